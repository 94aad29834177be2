"""Which variant and which stratum each reward belongs to: those of its exposure, never of its arrival."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.event import CLOCK_SKEW, REWARD, Event, Exposure, Reward
from banditctl.core.evidence import Cell, Credit, Evidence, Trials, age_bin, whole_minute
from banditctl.core.statistics import Statistics

# Rewards that wait for one exposure; thousands of them are a mistake, and would be written again each time.
_MOST_WAITING = 100

Repeat = Literal["first", "sum", "max"]


@dataclass(frozen=True)
class Rule:
    """How one metric credits: how long after its exposure a reward may come, and what a further one does."""

    window: timedelta
    repeat: Repeat


@dataclass(frozen=True)
class Rules:
    """How an experiment credits: each metric by its name, and what a trial is."""

    metrics: Mapping[str, Rule]
    trials: Trials
    memory: timedelta
    """How old an event may be when it is received; one that is older is late."""


class Waiting(Struct, frozen=True, array_like=True, gc=False):
    """A reward that came before its exposure."""

    metric: str
    value: float
    at: datetime


class Attribution(Struct, frozen=True, array_like=True):
    """All that is known of one inference id, from whichever of its events came first.

    `stratum` is the `since` of the exposure's stratum; `values` is what each metric has earned, None for a
    request that named its variant: it earns nothing.
    """

    variant: str | None = None
    stratum: datetime | None = None
    at: datetime | None = None
    values: dict[str, float] | None = None
    waiting: tuple[Waiting, ...] = ()


class Tally(Struct, frozen=True):
    """Events that were accepted and are shown, but are not (or not yet) trials."""

    late: int = 0
    orphaned: int = 0
    repeated: int = 0
    targeted: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Learned:
    """Evidence after a batch of events, and the inference ids whose attribution changed."""

    evidence: Evidence
    attributions: dict[bytes, Attribution]
    tally: Tally


def attribute(
    evidence: Evidence,
    tally: Tally,
    known: Mapping[bytes, Attribution],
    events: Iterable[tuple[datetime, Event]],
    rules: Rules,
) -> Learned:
    """Credit `events`, each with the time it was received, to the strata of `evidence`.

    `known` must hold what earlier batches left of the inference ids in `events`. Evidence needs a stratum.
    """
    fold = _Fold(evidence, dict(known), rules)
    for received, event in events:
        fold.take(event, received)
    counts = {name: getattr(tally, name) + fold.shown[name] for name in fold.shown}
    return Learned(evidence.credit(fold.credits()), fold.touched, replace(tally, **counts))


@dataclass
class _Sum:
    """What one variant is to be credited in one stratum by one metric, as it grows."""

    exposed: int = 0
    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    ages: list[int] = field(default_factory=list)

    def earn(self, before: float | None, worth: float) -> None:
        """An exposure that was worth `before`, None if nothing yet, is now worth `worth`."""
        self.count += before is None
        self.total += worth - (before or 0.0)
        self.squares += worth * worth - (before or 0.0) * (before or 0.0)

    def came(self, after: timedelta) -> None:
        """The first reward of an exposure came so long after it."""
        number = age_bin(after)
        self.ages += [0] * (number + 1 - len(self.ages))
        self.ages[number] += 1

    def cell(self) -> Cell:
        statistics = Statistics(float(self.count), self.total, self.squares)
        return Cell(float(self.exposed), statistics, tuple(self.ages))


class _Fold:
    """One pass over a batch; mutable, and gone when the pass ends."""

    def __init__(self, evidence: Evidence, known: dict[bytes, Attribution], rules: Rules) -> None:
        self.known = known
        self.rules = rules
        self.begun = [stratum.since for stratum in evidence.strata]
        self.first_minute = evidence.first_minute
        self.sums: dict[tuple[datetime, str, str], _Sum] = {}
        self.touched: dict[bytes, Attribution] = {}
        self.shown = dict.fromkeys(Tally.__struct_fields__, 0)

    def take(self, event: Event, received: datetime) -> None:
        # A clock that runs ahead must not move an event into a stratum that has not begun.
        at = min(event.at, received)
        if received - at > self.rules.memory:
            self.shown["late"] += 1
        elif isinstance(event, Exposure):
            self.expose(event, at)
        elif event.metric not in self.rules.metrics:
            self.shown["unknown"] += 1
        elif event.exposure is None:
            self.earned(event, str(event.variant), at, received)
        else:
            self.reward(event, event.exposure, at)

    def expose(self, event: Exposure, at: datetime) -> None:
        before = self.known.get(event.id)
        if before and before.variant is not None:
            self.shown["repeated"] += 1
            return
        stratum = self.stratum(at)
        if event.targeted:
            self.shown["targeted"] += 1
        elif self.rules.trials == "exposures":
            self.sum(stratum, REWARD, event.variant).exposed += 1
        self.remember(event.id, Attribution(event.variant, stratum, at, None if event.targeted else {}))
        for waited in before.waiting if before else ():
            self.shown["orphaned"] -= 1
            if waited.metric in self.rules.metrics:
                self.settle(event.id, waited.metric, waited.value, waited.at)
            else:
                self.shown["unknown"] += 1

    def reward(self, event: Reward, exposure: bytes, at: datetime) -> None:
        before = self.known.get(exposure) or Attribution()
        if before.variant is not None:
            self.settle(exposure, event.metric, event.value, at)
            return
        self.shown["orphaned"] += 1
        if len(before.waiting) < _MOST_WAITING:
            waiting = (*before.waiting, Waiting(event.metric, event.value, at))
            self.remember(exposure, Attribution(waiting=waiting))

    def earned(self, event: Reward, variant: str, at: datetime, received: datetime) -> None:
        """Credit a reward to its variant, which served the request at `at`."""
        if self.rules.trials != "invocations":
            self.sum(self.stratum(at), event.metric, variant).earn(None, event.value)
        elif at < self.first_minute:
            self.shown["orphaned"] += 1
        elif received - at > self.rules.metrics[event.metric].window:
            self.shown["late"] += 1
        else:
            # Where its request is counted, too.
            credit = self.sum(self.stratum(whole_minute(at)), event.metric, variant)
            credit.earn(None, event.value)
            credit.came(received - at)

    def settle(self, exposure: bytes, metric: str, value: float, at: datetime) -> None:
        """Credit a reward to its exposure, which is known."""
        exposed, rule = self.known[exposure], self.rules.metrics[metric]
        if exposed.variant is None or exposed.stratum is None or exposed.at is None or exposed.values is None:
            return
        if not -CLOCK_SKEW <= at - exposed.at <= rule.window:
            self.shown["late"] += 1
            return
        before = exposed.values.get(metric)
        self.shown["repeated"] += before is not None and rule.repeat == "first"
        worth = combined(rule.repeat, before, value)
        credit = self.sum(exposed.stratum, metric, exposed.variant)
        credit.earn(before, worth)
        if before is None:
            credit.came(at - exposed.at)
        if worth != before:
            values = {**exposed.values, metric: worth}
            self.remember(exposure, Attribution(exposed.variant, exposed.stratum, exposed.at, values))

    def stratum(self, at: datetime) -> datetime:
        """The `since` of the stratum in force at `at`; of the first one for what came before it."""
        return self.begun[max(bisect_right(self.begun, at) - 1, 0)]

    def sum(self, since: datetime, metric: str, variant: str) -> _Sum:
        where = since, metric, variant
        if where not in self.sums:
            self.sums[where] = _Sum()
        return self.sums[where]

    def remember(self, exposure: bytes, attribution: Attribution) -> None:
        self.known[exposure] = self.touched[exposure] = attribution

    def credits(self) -> Iterator[Credit]:
        return (Credit(*where, credit.cell()) for where, credit in self.sums.items())


def combined(repeat: Repeat, before: float | None, value: float) -> float:
    """What one exposure is worth after a further reward of `value`."""
    if before is None:
        return value
    return {"first": before, "sum": before + value, "max": max(before, value)}[repeat]
