"""Requests and their rewards: routed by the shares in force, and counted when they would have come."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from banditctl.core.allocation import Allocation
from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, age_bin
from banditctl.core.statistics import Statistics
from banditctl.core.units import Array
from banditctl.simulator.scenario import Scenario

# When every simulation begins: the first of a year, at midnight.
START = datetime(2026, 1, 1, tzinfo=UTC)

MICROSECOND = timedelta(microseconds=1)

Instants = NDArray[np.int64]
"""Microseconds since START: what the events of an application are told to."""


@dataclass(frozen=True)
class Outcomes:
    """Rewards that an application reports, one entry each in every column."""

    variant: NDArray[np.int64]
    value: Array
    begun: Instants
    """When the interval of its exposure began: all of it belongs to one stratum."""
    exposed: Instants
    arrives: Instants

    def where(self, some: NDArray[np.bool_]) -> "Outcomes":
        """Those of `some`."""
        return Outcomes(
            self.variant[some], self.value[some], self.begun[some], self.exposed[some], self.arrives[some]
        )

    def and_(self, other: "Outcomes") -> "Outcomes":
        """These and the others."""
        columns = zip(vars(self).values(), vars(other).values(), strict=True)
        return Outcomes(*map(np.concatenate, columns))


NONE = Outcomes(*(np.empty(0, kind) for kind in (np.int64, np.float64, np.int64, np.int64, np.int64)))


def instant(elapsed: timedelta) -> int:
    """Microseconds since START."""
    return elapsed // MICROSECOND


def serve(
    scenario: Scenario, lots: Generator, shares: Allocation, since: timedelta, until: timedelta
) -> tuple[NDArray[np.int64], Outcomes]:
    """(K,) requests that each variant served in an interval of constant shares, and what will be heard of them.

    An outcome that is the default goes without saying. One that comes after its window would not be counted.
    """
    count = scenario.requests(until) - scenario.requests(since)
    served = lots.multinomial(count, [shares[name] for name in scenario.experiment.variants])
    means = scenario.means((since + until) / 2)
    parts = (
        _outcomes(scenario, lots, number, float(mean), int(n), (instant(since), instant(until)))
        for number, (mean, n) in enumerate(zip(means, served, strict=True))
    )
    told = NONE
    for part in parts:
        told = told.and_(part)
    return served, told


def _outcomes(
    scenario: Scenario, lots: Generator, number: int, mean: float, count: int, interval: tuple[int, int]
) -> Outcomes:
    """What will be heard of `count` requests that were served by variant `number`."""
    value = _told(scenario, scenario.nature.rewards(lots, mean, count))
    exposed = lots.integers(*interval, size=len(value))
    late = lots.standard_exponential(len(value)) * instant(scenario.delays[number])
    arrives = exposed + late.astype(np.int64)
    found = Outcomes(np.full(len(value), number), value, np.full(len(value), interval[0]), exposed, arrives)
    return found.where(arrives - exposed <= instant(scenario.patience))


def _told(scenario: Scenario, rewards: Array) -> Array:
    """Those that an application has to report."""
    default = scenario.experiment.maturity(START).default
    return rewards if default is None else rewards[rewards != default]


def exposures(scenario: Scenario, since: timedelta, served: NDArray[np.int64]) -> Iterator[Credit]:
    """Requests as they are counted; none where each reward is a trial by itself."""
    if scenario.experiment.evidence.trials == "exposures":
        for name, count in zip(scenario.experiment.variants, served, strict=True):
            if count:
                yield Credit(START + since, REWARD, name, Cell(exposed=float(count)))


def rewards(scenario: Scenario, heard: Outcomes) -> Iterator[Credit]:
    """Rewards as they are counted: in the stratum of their exposures, with how long they took."""
    aged = scenario.experiment.evidence.trials == "exposures"
    order = np.lexsort((heard.variant, heard.begun))
    edges = np.flatnonzero(np.diff(heard.begun[order]) | np.diff(heard.variant[order])) + 1
    for group in np.split(order, edges) if len(order) else ():
        value, first = heard.value[group], group[0]
        earned = Statistics(float(len(value)), float(value.sum()), float((value * value).sum()))
        ages = _ages(heard.arrives[group] - heard.exposed[group]) if aged else ()
        name = scenario.experiment.variants[heard.variant[first]]
        yield Credit(START + int(heard.begun[first]) * MICROSECOND, REWARD, name, Cell(0.0, earned, ages))


def _ages(taken: Instants) -> tuple[int, ...]:
    bins = Counter(age_bin(int(one) * MICROSECOND) for one in taken)
    return tuple(bins[number] for number in range(max(bins) + 1))
