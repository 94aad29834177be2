"""The bars that regret is held to, each beside what was measured: fixed numbers, not those of another noisy run."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot, log

import numpy as np
from benchmarks.regret.contest import DEFAULT, MABWISER, OURS, PER_REQUEST, RIVER, Regrets, Results
from benchmarks.regret.worlds import HORIZON, INSTANCES, gaps, hardness

# Mean regret at 100,000 requests: the bars, and what others had when the bars were set.
_MOST = {"I1": 47, "I2": 112, "I3": 130}
_MOST_OF_LAI_ROBBINS = {"I1": 0.40, "I2": 0.33, "I3": 0.66}
_KL_UCB = {"I1": 68, "I2": 176, "I3": 173}
_UCB1 = {"I1": 293.1, "I2": 557.3, "I3": 1856.9}
_UNIFORM = {"I1": 500, "I2": 1000, "I3": 6600}
_LEAST_REMOVED = {"I1": 0.90, "I2": 0.88, "I3": 0.98}
_MOST_GROWING = {"I1": 1.2, "I2": 1.25, "I3": 1.1}

_BATCHES = {"thompson, every 100": 100, "thompson": 1000, "thompson, every 10000": 10_000}


@dataclass(frozen=True)
class Goal:
    """One bar: what is measured where, the value it must not pass, ours, and the default policy's."""

    name: str
    what: str
    instance: str
    bar: float
    measured: float
    default: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar


def goals(results: Results) -> Iterator[Goal]:
    """Every bar there is."""
    for instance in INSTANCES:
        yield from _with_a_turn_every_thousand(results, instance)
    yield Goal("G5", "regret, every 100", "I3", 128, *_pair(results, "thompson, every 100", "I3"))
    for instance in INSTANCES:
        ratios = _ratios(results, "thompson, growing", "thompson", instance)
        yield Goal("G7", "growing / every 1000", instance, _MOST_GROWING[instance], *ratios)
    yield Goal(
        "G7", "growing / every 10000", "I3", 0.25, *_ratios(results, "thompson, growing", "thompson, every 10000", "I3")
    )
    for instance in INSTANCES:
        yield from _beside_others(results, instance)


def _with_a_turn_every_thousand(results: Results, instance: str) -> Iterator[Goal]:
    both = _pair(results, "thompson", instance)
    slope = hardness(INSTANCES[instance]) * log(HORIZON)
    rows = [
        ("G5", "regret, every 1000", _MOST, both, False),
        ("G6", "regret / C ln T", _MOST_OF_LAI_ROBBINS, [regret / slope for regret in both], False),
        ("G6", "regret, below KL-UCB's", _KL_UCB, both, False),
        ("G6", "UCB1's regret / regret", dict.fromkeys(INSTANCES, 4.5), [_UCB1[instance] / r for r in both], True),
        ("G6", "regret of an equal split removed", _LEAST_REMOVED, [1 - r / _UNIFORM[instance] for r in both], True),
    ]
    for name, what, bars, (ours, default), at_least in rows:
        yield Goal(name, what, instance, bars[instance], ours, default, at_least)


def _beside_others(results: Results, instance: str) -> Iterator[Goal]:
    for name, batch in _BATCHES.items():
        allowed = batch * float(np.mean(gaps(INSTANCES[instance])))
        more = [_over_per_request(results[whose, name, instance], results, instance) for whose in (OURS, DEFAULT)]
        yield Goal("G8", f"regret over learning from each, every {batch}", instance, allowed, *more)
    for library in (MABWISER, RIVER):
        theirs = results[library, "thompson", instance]
        pair = [abs(apart(results[whose, "thompson", instance], theirs)) for whose in (OURS, DEFAULT)]
        yield Goal("G8", f"standard errors from {library}'s", instance, 3, *pair)


def _over_per_request(one: Regrets, results: Results, instance: str) -> float:
    return one.mean - results[OURS, PER_REQUEST, instance].first(len(one.of)).mean


def apart(ours: Regrets, theirs: Regrets) -> float:
    """How many standard errors lie between two means over the same worlds."""
    both = ours.first(len(theirs.of))
    return (both.mean - theirs.mean) / hypot(both.error, theirs.error)


def _pair(results: Results, name: str, instance: str) -> tuple[float, float]:
    return results[OURS, name, instance].mean, results[DEFAULT, name, instance].mean


def _ratios(results: Results, name: str, other: str, instance: str) -> list[float]:
    pairs = zip(_pair(results, name, instance), _pair(results, other, instance), strict=True)
    return [one / two for one, two in pairs]
