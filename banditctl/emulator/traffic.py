"""What the variants were asked, minute by minute, as it comes to be known some time later."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)

# Instances publish in batches, and not together: their lags are spread evenly over this part of the longest.
BATCH = 10
LAGS = tuple(eighths / 8 for eighths in range(2, 9))

# CloudWatch keeps minutes for fifteen days; what is steered by them looks back for hours.
RETAINED = timedelta(days=1)


@dataclass(frozen=True)
class Invocation:
    """One request that reached a variant: its container's status, how many microseconds it took, and how many
    instances the variant had.
    """

    status: int
    latency: float
    instance_count: int

    @classmethod
    def of(cls, status: int, latency: timedelta, instance_count: int) -> "Invocation":
        """Latencies are told in two digits, so that a busy minute is no longer than a quiet one."""
        return cls(status, float(f"{latency / timedelta(microseconds=1):.1e}"), instance_count)


Minute = Counter[tuple[Invocation, datetime]]


class Traffic:
    """Invocations by endpoint, variant and minute. The last of a minute are known `publishing` after it."""

    def __init__(self, publishing: timedelta) -> None:
        self.publishing = publishing
        self._minutes: defaultdict[tuple[str, str], dict[datetime, Minute]] = defaultdict(dict)
        self._recorded = 0

    def record(self, endpoint: str, variant: str, invocation: Invocation, at: datetime) -> None:
        """Note it, to be known a while after `at`."""
        self._recorded += 1
        lag = self.publishing * LAGS[self._recorded % len(LAGS)]
        minutes = self._minutes[endpoint, variant]
        minute = whole_minute(at)
        if minute not in minutes:
            _forget(minutes, before=minute - RETAINED)
        minutes.setdefault(minute, Counter())[invocation, _batch(at + lag)] += 1

    def published(
        self, endpoint: str, variant: str, since: datetime, until: datetime, now: datetime
    ) -> Iterator[tuple[datetime, Counter[Invocation]]]:
        """The minutes from `since` up to but not including `until` of which anything is known, oldest first."""
        minutes = self._minutes.get((endpoint, variant), {})
        for minute in sorted(minute for minute in minutes if since <= minute < until):
            known = _known(minutes[minute], now)
            if known:
                yield minute, known

    def settled(self, now: datetime) -> datetime:
        """Until when, in whole minutes, all is known at `now`."""
        return whole_minute(now - self.publishing)


def whole_minute(at: datetime) -> datetime:
    """The beginning of its minute."""
    return at.replace(second=0, microsecond=0)


def _known(minute: Minute, now: datetime) -> Counter[Invocation]:
    known: Counter[Invocation] = Counter()
    for (invocation, published_at), times in minute.items():
        if published_at <= now:
            known[invocation] += times
    return known


def _forget(minutes: dict[datetime, Minute], before: datetime) -> None:
    for minute in [minute for minute in minutes if minute < before]:
        del minutes[minute]


def _batch(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // BATCH * BATCH, UTC)
