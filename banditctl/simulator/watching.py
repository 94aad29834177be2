"""What is noted of a run: what it missed, what it favoured, when a winner was proved, and how the shares went."""

from bisect import bisect_right
from datetime import timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from banditctl.core.allocation import Allocation
from banditctl.core.decision import Decision
from banditctl.simulator.scenario import HOUR, Scenario

# Instants, evenly spread from the start to the horizon, for which shares and regret are kept.
POINTS = 97

_DAY = timedelta(days=1)
_SURE = 0.95


class Run(Struct, frozen=True):
    """One run, as it is kept in a file.

    `regret` is what requests missed beside the best variant of their time, `equal` the same for an equal split and
    `thompson` for Thompson sampling by request. `certain` is after how many hours a winner was proved, None if
    none was; `wrong`, if after its first day it ever favoured a variant that is not the best, by P(best) above 95%.
    `shares` (POINTS, K) and `missed` (POINTS,), the regret until then, go from the start to the horizon.
    """

    number: int
    regret: float
    equal: float
    thompson: float
    certain: float | None
    wrong: bool
    updates: int
    turns: int
    shares: list[list[float]]
    missed: list[float]


class Watch:
    """Looks on while a run goes; mutable, and gone when it ends."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._regret = self._equal = 0.0
        self._certain: timedelta | None = None
        self._wrong = False
        self._updates = self._turns = 0
        self._looks: list[tuple[timedelta, Allocation, float]] = []

    def served(self, since: timedelta, until: timedelta, served: NDArray[np.int64]) -> None:
        """(K,) requests that each variant served in an interval."""
        gaps = self._scenario.gaps((since + until) / 2)
        self._regret += float(served @ gaps)
        self._equal += float(served.sum() * gaps.mean())

    def decided(self, now: timedelta, decision: Decision) -> None:
        """What a turn came to."""
        self._turns += 1
        self._updates += decision.verdict == "move"
        if decision.stop == "winner" and self._certain is None:
            self._certain = now
        if now > _DAY and (sure := _favourite(decision)) is not None:
            gaps = self._scenario.gaps(now)
            alone = np.count_nonzero(gaps == 0) == 1
            self._wrong |= bool(gaps[sure] > 0 or not alone)

    def looked(self, now: timedelta, shares: Allocation) -> None:
        """What is in force from a look on."""
        self._looks.append((now, shares, self._regret))

    def summary(self, number: int, thompson: float) -> Run:
        """All of it, after the last look."""
        begun = [now for now, *_ in self._looks]
        instants = [self._scenario.horizon * (point / (POINTS - 1)) for point in range(POINTS)]
        kept = [self._looks[bisect_right(begun, instant) - 1] for instant in instants]
        return Run(
            number=number,
            regret=self._regret,
            equal=self._equal,
            thompson=thompson,
            certain=None if self._certain is None else self._certain / HOUR,
            wrong=self._wrong,
            updates=self._updates,
            turns=self._turns,
            shares=[[shares[name] for name in self._scenario.experiment.variants] for _, shares, _ in kept],
            missed=[regret for *_, regret in kept],
        )


def _favourite(decision: Decision) -> int | None:
    """The variant that is best with more than 95%."""
    best = [believed.best for believed in decision.belief.values()]
    return next((number for number, probability in enumerate(best) if probability > _SURE), None)
