"""The policy file at work on recorded requests: the daemon's own learn and steer, on the recording's time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from banditctl.controller import learn, steer
from banditctl.core.allocation import Allocation
from banditctl.core.decision import Decision
from banditctl.core.event import EXPOSED, REWARD, Event, Exposure, Reward, rewarded
from banditctl.core.experiment import Experiment
from banditctl.core.stopping import Conclusion
from banditctl.replay.recording import Row
from banditctl.simulator.ends import MemoryBooks, MemoryTarget

Document = Mapping[str, object]

# The number of a row, the variant that served it, and its reward; None if none came.
Served = tuple[int, str, float | None]


class Post:
    """What applications report: each request as it is served, its reward when that has come."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._coming: list[tuple[datetime, int, float]] = []

    def served(self, requests: Iterable[Served]) -> Iterator[tuple[datetime, Event]]:
        """The exposures of `requests`, each with when it was received; their rewards are kept until they come."""
        for number, variant, reward in requests:
            at, arrival, *_ = self._rows[number]
            yield at, Exposure(EXPOSED.of(str(number)), variant, at)
            if reward is not None:
                heappush(self._coming, (arrival, number, reward))

    def came(self, until: datetime) -> Iterator[tuple[datetime, Event]]:
        """The rewards that have come by `until`, in the order in which they did."""
        while self._coming and self._coming[0][0] <= until:
            at, number, reward = heappop(self._coming)
            written = str(number)
            yield at, Reward(rewarded(REWARD).of(written), reward, at, EXPOSED.of(written))


@dataclass
class Course:
    """How a replay of so many `requests` went, turn by turn."""

    requests: int
    begins: list[int] = field(default_factory=list)
    """The first row after each turn."""
    at: list[datetime] = field(default_factory=list)
    shares: list[Allocation] = field(default_factory=list)
    """From each turn to the next."""
    last: Decision | None = None
    concluded: dict[Conclusion, datetime] = field(default_factory=dict)
    """When each was first said."""

    def note(self, row: int, decision: Decision, shares: Allocation) -> None:
        """One more turn; of those after the last request only what is believed in the end matters."""
        self.last = decision
        if decision.stop:
            self.concluded.setdefault(decision.stop, decision.seen.at)
        if row < self.requests:
            self.begins.append(row)
            self.at.append(decision.seen.at)
            self.shares.append(shares)

    @property
    def updates(self) -> int:
        """How often shares changed."""
        return sum(before != after for before, after in zip(self.shares, self.shares[1:], strict=False))

    def document(self) -> Document:
        """Turns, updates, shares over time, what was believed in the end, and when what was concluded."""
        turns = zip(self.at, self.begins, self.shares, strict=True)
        return {
            "turns": len(self.at),
            "updates": self.updates,
            "shares": [{"at": at, "requests": row, "shares": shares.shares} for at, row, shares in turns],
            "belief": self.last.belief if self.last else None,
            "reason": self.last.reason if self.last else None,
            "concluded": self.concluded,
        }


async def run(
    experiment: Experiment,
    target: MemoryTarget,
    rows: Sequence[Row],
    serve: Callable[[range], Iterable[Served]],
    turned: Callable[[int, Decision], None],
) -> None:
    """Serve `rows`, which are in order of time, learning and steering until a turn has seen all of them mature.

    `serve` is asked for the rows until the next look, while shares are constant; `turned` hears each decision
    and the row that comes next.
    """
    books, post = MemoryBooks(), Post(rows)
    now, last, following = rows[0].at, rows[0].at, 0
    end = rows[-1].at + experiment.evidence.stratum + experiment.reward.window + experiment.schedule.every
    while now <= end:
        target.now = now
        books.receive(post.came(now))
        await learn(experiment, books, now)
        if decision := await steer(experiment, books, target, now):
            last = now
            turned(following, decision)
            if decision.verdict == "move":
                # What was pushed is in force at once: a second look says so, and no stratum is left in transition.
                await steer(experiment, books, target, now)
        now = await _next_look(experiment, books, now, last)
        first = following
        while following < len(rows) and rows[following].at < now:
            following += 1
        books.receive(post.served(serve(range(first, following))))


async def _next_look(experiment: Experiment, books: MemoryBooks, now: datetime, last: datetime) -> datetime:
    """When a turn may be due after the one at `last`, or the open stratum has grown old."""
    ledger = await books.ledger(experiment.name)
    aged = ledger.evidence.strata[-1].since + experiment.evidence.stratum
    return min(now + experiment.schedule.at_least, last + experiment.schedule.every, aged)
