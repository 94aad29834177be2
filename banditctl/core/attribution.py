"""Which variant and which stratum each reward belongs to: those of its exposure, never of its arrival."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.event import CLOCK_SKEW, Event, Exposure, Reward
from banditctl.core.evidence import Cell, Evidence, Trials
from banditctl.core.statistics import Statistics

# Rewards that wait for one exposure; thousands of them are a mistake, and would be written again each time.
_MOST_WAITING = 100

Repeat = Literal["first", "sum", "max"]


@dataclass(frozen=True)
class Rules:
    """How an experiment credits: the window, what a further reward of one exposure does, what a trial is."""

    window: timedelta
    repeat: Repeat
    trials: Trials

    @property
    def memory(self) -> timedelta:
        """How old an event may be when it is received; one that is older is late."""
        return self.window + CLOCK_SKEW


class Attribution(Struct, frozen=True, array_like=True, omit_defaults=True):
    """All that is known of one inference id, from whichever of its events came first.

    `stratum` is the `since` of the exposure's stratum; `waiting` holds rewards that came before it.
    """

    variant: str | None = None
    stratum: datetime | None = None
    at: datetime | None = None
    targeted: bool = False
    value: float | None = None
    waiting: tuple[tuple[float, datetime], ...] = ()


class Tally(Struct, frozen=True):
    """Events that were accepted and are shown, but are not (or not yet) trials."""

    late: int = 0
    orphaned: int = 0
    repeated: int = 0
    targeted: int = 0


@dataclass(frozen=True)
class Learned:
    """Evidence after a batch of events, and the inference ids whose attribution changed."""

    evidence: Evidence
    attributions: dict[str, Attribution]
    tally: Tally


def attribute(
    evidence: Evidence,
    tally: Tally,
    known: Mapping[str, Attribution],
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
    earned = ((since, variant, cell) for (since, variant), cell in fold.cells.items())
    return Learned(evidence.credit(earned), fold.touched, replace(tally, **counts))


class _Fold:
    """One pass over a batch; mutable, and gone when the pass ends."""

    def __init__(self, evidence: Evidence, known: dict[str, Attribution], rules: Rules) -> None:
        self.evidence = evidence
        self.known = known
        self.rules = rules
        self.cells: dict[tuple[datetime, str], Cell] = {}
        self.touched: dict[str, Attribution] = {}
        self.shown = dict.fromkeys(Tally.__struct_fields__, 0)

    def take(self, event: Event, received: datetime) -> None:
        # A clock that runs ahead must not move an event into a stratum that has not begun.
        at = min(event.at, received)
        if received - at > self.rules.memory:
            self.shown["late"] += 1
        elif isinstance(event, Exposure):
            self.expose(event, at)
        elif event.inference_id is None:
            self.add(self.evidence.at(at).since, str(event.variant), Cell(0.0, Statistics.of(event.value)))
        else:
            self.reward(event, event.inference_id, at)

    def expose(self, event: Exposure, at: datetime) -> None:
        before = self.known.get(event.id, Attribution())
        if before.variant is not None:
            self.shown["repeated"] += 1
            return
        stratum = self.evidence.at(at).since
        self.shown["targeted"] += event.targeted
        if self.rules.trials == "exposures" and not event.targeted:
            self.add(stratum, event.variant, Cell(exposed=1.0))
        exposed = Attribution(event.variant, stratum, at, event.targeted)
        self.remember(event.id, exposed)
        for value, rewarded_at in before.waiting:
            self.shown["orphaned"] -= 1
            self.settle(event.id, value, rewarded_at)

    def reward(self, event: Reward, inference_id: str, at: datetime) -> None:
        before = self.known.get(inference_id, Attribution())
        if before.variant is None:
            self.shown["orphaned"] += 1
            if len(before.waiting) < _MOST_WAITING:
                self.remember(inference_id, replace(before, waiting=(*before.waiting, (event.value, at))))
        else:
            self.settle(inference_id, event.value, at)

    def settle(self, inference_id: str, value: float, at: datetime) -> None:
        """Credit a reward to its exposure, which is known."""
        exposed = self.known[inference_id]
        if exposed.variant is None or exposed.stratum is None or exposed.at is None or exposed.targeted:
            return
        if not -CLOCK_SKEW <= at - exposed.at <= self.rules.window:
            self.shown["late"] += 1
            return
        self.shown["repeated"] += exposed.value is not None and self.rules.repeat == "first"
        worth = combined(self.rules.repeat, exposed.value, value)
        before = Statistics() if exposed.value is None else Statistics.of(exposed.value)
        self.add(exposed.stratum, exposed.variant, Cell(0.0, Statistics.of(worth) - before))
        self.remember(inference_id, replace(exposed, value=worth))

    def add(self, since: datetime, variant: str, cell: Cell) -> None:
        self.cells[since, variant] = self.cells.get((since, variant), Cell()) + cell

    def remember(self, inference_id: str, attribution: Attribution) -> None:
        self.known[inference_id] = self.touched[inference_id] = attribution


def combined(repeat: Repeat, before: float | None, value: float) -> float:
    """What one exposure is worth after a further reward of `value`."""
    if before is None:
        return value
    return {"first": before, "sum": before + value, "max": max(before, value)}[repeat]
