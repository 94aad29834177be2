"""Beliefs: the density of each variant's mean reward, all along one axis, drawn through quantiles of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from banditctl.core.belief import PROBABILITIES
from banditctl.core.units import Array
from banditctl.dashboard.figures import HEIGHT, WIDTH, moving

_POINTS = 60

# How far beyond the outermost quantiles a curve goes on, as a part of their distance.
_BEYOND = 0.15
_DEVIATES: Array = np.array([NormalDist().inv_cdf(probability) for probability in PROBABILITIES])


@dataclass(frozen=True)
class Beliefs:
    """The pictures by variant, as paths, and the mean rewards at both ends and the middle of their axis."""

    curves: Mapping[str, str]
    axis: tuple[float, float, float]

    def x(self, reward: float) -> float:
        """Where a mean reward is, within the picture."""
        low, _, high = self.axis
        return round(WIDTH * min(max((reward - low) / (high - low), 0.0), 1.0), 1)


def beliefs(quantiles: Mapping[str, Sequence[float]]) -> Beliefs | None:
    """Each as high as the others, so that a wide belief can be seen beside a narrow one; None before there is any."""
    if not quantiles:
        return None
    rows = {name: np.array(row) for name, row in quantiles.items()}
    ends = [_ends(row) for row in rows.values()]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    margin = 0.0 if low < high else 1.0
    low, high = low - margin, high + margin
    curves = {name: _curve(row, low, high) for name, row in rows.items()}
    return Beliefs(curves, (low, (low + high) / 2, high))


def _curve(quantiles: Array, low: float, high: float) -> str:
    """One belief on the axis from `low` to `high`; one without any width is an upright line."""
    along = np.linspace(*_ends(quantiles), _POINTS)
    height = _density(quantiles, along)
    across = WIDTH * (along - low) / (high - low)
    return moving([(across[0], HEIGHT), *zip(across, HEIGHT * (1 - height), strict=True), (across[-1], HEIGHT)]) + "Z"


def _ends(quantiles: Array) -> tuple[float, float]:
    """Where the curve begins and ends: somewhat beyond the outermost quantiles, but at a bound where they are one."""
    beyond = _BEYOND * float(quantiles[-1] - quantiles[0])
    low = beyond if quantiles[0] < quantiles[1] else 0.0
    high = beyond if quantiles[-2] < quantiles[-1] else 0.0
    return float(quantiles[0]) - low, float(quantiles[-1]) + high


def _density(quantiles: Array, along: Array) -> Array:
    """The density at `along` beside its largest: that of a normal variable, stretched from knot to knot.

    A normal belief comes out as it is. Where a belief ends at a bound, several quantiles are that bound: of them
    only the one next to the middle says where it lies.
    """
    middle, rising = len(quantiles) // 2, np.diff(quantiles) > 0
    apart = np.flatnonzero([*rising[:middle], True, *rising[middle:]])
    if len(apart) < 2:
        return np.ones_like(along)
    knots, deviates = quantiles[apart], _DEVIATES[apart]
    slopes = np.gradient(deviates, knots)
    inside = np.interp(along, knots, deviates)
    outside = np.minimum(along - knots[0], 0) * slopes[0] + np.maximum(along - knots[-1], 0) * slopes[-1]
    density = np.exp(-((inside + outside) ** 2) / 2) * np.interp(along, knots, slopes)
    return np.asarray(density / density.max())
