"""How requests that the target counts itself become exposures: each minute once, when all of it is told."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from operator import attrgetter

import numpy as np
from msgspec.structs import replace

from banditctl.core import mismatch
from banditctl.core.event import REWARD
from banditctl.core.evidence import MINUTE, Cell, Credit, Evidence, Metered, Stratum, whole_minute
from banditctl.core.past import Routed
from banditctl.core.units import Array

# Half a minute after its end CloudWatch was seen to lack a third of a minute's requests, and a minute after it 7%.
PUBLISHED = 3 * MINUTE

# Of a minute in which none was served nothing is told. Nor is it of one that comes late, so it is given this long, and
# longer where nothing later is told either: then CloudWatch as a whole may be late.
_LATE = 10 * MINUTE
_SILENT = timedelta(hours=1)

# From then on it is not for such minutes that no later one was counted.
OVERDUE = _SILENT + timedelta(minutes=10)

# CloudWatch keeps single minutes for 15 days. What was missed is read a day at a time: 14,400 numbers of ten variants.
_KEPT = timedelta(days=15) - timedelta(hours=1)
_AT_ONCE = timedelta(days=1)

# By the minute's beginning and by variant; what is not told is left out.
Minutes = Mapping[datetime, Mapping[str, float]]


@dataclass(frozen=True)
class Span:
    """Whole minutes from `since` up to but not including `until`."""

    since: datetime
    until: datetime


def begun(evidence: Evidence) -> Evidence:
    """The same evidence, whose exposures are counted by the target from its first whole minute on."""
    if evidence.metered or not evidence.strata:
        return evidence
    return replace(evidence, metered=Metered(evidence.first_minute))


def elsewhere(evidence: Evidence, now: datetime) -> Evidence:
    """The same evidence for another target, which tells nothing of the minutes before `now` that were not read."""
    metered = evidence.metered
    if metered is None:
        return evidence
    return replace(evidence, metered=replace(metered, until=max(metered.until, whole_minute(now) + MINUTE)))


def unread(evidence: Evidence, now: datetime) -> Span | None:
    """Which minutes to ask for next; None where there is none."""
    if evidence.metered is None:
        return None
    since = max(evidence.metered.until, whole_minute(now - _KEPT))
    until = min(whole_minute(now - PUBLISHED), since + _AT_ONCE)
    return Span(since, until) if since < until else None


def meter(evidence: Evidence, variants: Sequence[str], told: Minutes, until: datetime, now: datetime) -> Evidence:
    """The same evidence after the minutes before `until` of which all is known; `told` is what the target tells.

    One that may still come is waited for, and with it those behind it. How requests were routed is read of minutes that
    lie within settled strata of the same shares: in others nobody knows which shares were in force.
    """
    if evidence.metered is None:
        return evidence
    final = list(takewhile(_Known(evidence, variants, told, now), _minutes(evidence.metered.until, until)))
    if not final:
        return evidence
    missing = Counter(evidence.metered.missing)
    missing.update(name for minute in final for name in _lacking(_stratum(evidence, minute), variants, told, minute))
    metered = Metered(final[-1] + MINUTE, {name: missing[name] for name in sorted(missing)})
    past = replace(evidence.past, routed=_routed(evidence, variants, told, final))
    credited = evidence.credit(_exposures(told, final))
    return replace(credited, past=past, metered=metered)


class _Known:
    """Whether all that will ever be told of a minute is told by `now`."""

    def __init__(self, evidence: Evidence, variants: Sequence[str], told: Minutes, now: datetime) -> None:
        self._evidence = evidence
        self._variants = variants
        self._told = told
        self._now = now
        self._latest = max(told, default=None)

    def __call__(self, minute: datetime) -> bool:
        age = self._now - minute - MINUTE
        passed = self._latest is not None and minute < self._latest
        if age >= (_LATE if passed else _SILENT):
            return True
        return not any(_lacking(_stratum(self._evidence, minute), self._variants, self._told, minute))


def _minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    return (since + number * MINUTE for number in range((until - since) // MINUTE))


def _stratum(evidence: Evidence, minute: datetime) -> Stratum:
    """The one in which `minute` began."""
    return evidence.strata[bisect_right(evidence.strata, minute, key=attrgetter("since")) - 1]


def _lacking(stratum: Stratum, variants: Sequence[str], told: Minutes, minute: datetime) -> Iterator[str]:
    """The variants with a share of which nothing is told."""
    known = told.get(minute, {})
    return (name for name in variants if stratum.shares.get(name) and name not in known)


def _exposures(told: Minutes, final: Iterable[datetime]) -> Iterator[Credit]:
    return (
        Credit(minute, REWARD, variant, Cell(exposed=count))
        for minute in final
        for variant, count in told.get(minute, {}).items()
    )


def _routed(evidence: Evidence, variants: Sequence[str], told: Minutes, final: Iterable[datetime]) -> dict[str, Routed]:
    """What is known of how requests were routed, after these minutes."""
    rows = (_row(evidence, variants, told[minute], minute) for minute in final if minute in told)
    return mismatch.read(evidence.past.routed, variants, (row for row in rows if row))


def _row(
    evidence: Evidence, variants: Sequence[str], told: Mapping[str, float], minute: datetime
) -> tuple[Array, Array] | None:
    """Requests and shares of a minute; None where the shares were not one and the same all along."""
    first = bisect_right(evidence.strata, minute, key=attrgetter("since")) - 1
    last = bisect_left(evidence.strata, minute + MINUTE, key=attrgetter("since"))
    here = evidence.strata[first:last]
    if not all(stratum.settled and stratum.shares == here[0].shares for stratum in here):
        return None
    count, shares = ([of.get(name, 0.0) for name in variants] for of in (told, here[0].shares))
    return np.array(count), np.array(shares)
