"""Requests and their rewards: routed by the shares in force, and counted when they would have been heard of."""

from collections import Counter
from collections.abc import Iterator
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

# When every simulation begins: with a year, at midnight.
START = datetime(2026, 1, 1, tzinfo=UTC)

MICROSECOND = timedelta(microseconds=1)

Counts = NDArray[np.int64]

# A table, one row for each reward that an application reports. Instants are microseconds since START, as exact as an
# event's; `begun` is when the interval of the exposure began, all of which belongs to one stratum.
Told = NDArray[np.void]
_ROW = np.dtype([("variant", "i8"), ("value", "f8"), ("begun", "i8"), ("exposed", "i8"), ("arrives", "i8")])

NOTHING: Told = np.empty(0, _ROW)


def instant(elapsed: timedelta) -> int:
    """Microseconds since START."""
    return elapsed // MICROSECOND


def serve(
    scenario: Scenario, lots: Generator, shares: Allocation, since: timedelta, until: timedelta
) -> tuple[Counts, Told]:
    """(K,) requests that each variant served in an interval of constant shares, and what will be told of them."""
    count = scenario.requests(until) - scenario.requests(since)
    served = lots.multinomial(count, [shares[name] for name in scenario.experiment.variants])
    means = scenario.means((since + until) / 2)
    interval = instant(since), instant(until)
    told = [
        _told(scenario, lots, number, scenario.nature.rewards(lots, float(mean), int(n)), interval)
        for number, (mean, n) in enumerate(zip(means, served, strict=True))
    ]
    return served, np.concatenate(told)


def _told(scenario: Scenario, lots: Generator, number: int, earned: Array, interval: tuple[int, int]) -> Told:
    """What an application reports of requests to variant `number`; what is the default goes without saying."""
    default = scenario.experiment.reward.default
    silent = scenario.counts_requests and default is not None
    value = earned[earned != default] if silent else earned
    told = np.empty(len(value), _ROW)
    told["variant"], told["value"], told["begun"] = number, value, interval[0]
    told["exposed"] = lots.integers(*interval, size=len(value))
    told["arrives"] = told["exposed"] + _late(scenario, lots, scenario.delays[number], len(value))
    return told


def _late(scenario: Scenario, lots: Generator, mean: timedelta, count: int) -> Counts:
    """How much later than their exposures rewards come: exponential, of what comes in time to count."""
    if not mean:
        return np.zeros(count, np.int64)
    in_time = -np.expm1(-scenario.patience / mean)
    spans: Array = -np.log1p(-in_time * lots.random(count)) * instant(mean)
    return spans.astype(np.int64)


def exposures(scenario: Scenario, since: timedelta, served: Counts) -> Iterator[Credit]:
    """Requests as they are counted; none where each reward is a trial by itself."""
    if scenario.counts_requests:
        for name, count in zip(scenario.experiment.variants, served, strict=True):
            if count:
                yield Credit(START + since, REWARD, name, Cell(exposed=float(count)))


def rewards(scenario: Scenario, told: Told) -> Iterator[Credit]:
    """Rewards as they are counted: in the stratum of their exposures, with how long they took."""
    for group in _groups(told):
        value, first = group["value"], group[0]
        earned = Statistics(float(len(value)), float(value.sum()), float((value * value).sum()))
        ages = _ages(group["arrives"] - group["exposed"]) if scenario.counts_requests else ()
        name = scenario.experiment.variants[first["variant"]]
        yield Credit(START + int(first["begun"]) * MICROSECOND, REWARD, name, Cell(0.0, earned, ages))


def _groups(told: Told) -> Iterator[Told]:
    """The rows of each interval and variant."""
    row = told[np.lexsort((told["variant"], told["begun"]))]
    edges = np.flatnonzero((np.diff(row["begun"]) != 0) | (np.diff(row["variant"]) != 0)) + 1
    return (group for group in np.split(row, edges) if len(group))


def _ages(spans: Counts) -> tuple[int, ...]:
    """How many took how long; where no reward is late they are all alike."""
    bins: Counter[int] = Counter()
    for span, count in zip(*np.unique(spans, return_counts=True), strict=True):
        bins[age_bin(int(span) * MICROSECOND)] += int(count)
    return tuple(bins[number] for number in range(max(bins) + 1))
