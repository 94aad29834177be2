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
    low, high = min(row[0] for row in quantiles.values()), max(row[-1] for row in quantiles.values())
    margin = _BEYOND * (high - low) or 1.0
    low, high = low - margin, high + margin
    curves = {name: _curve(np.array(row), low, high) for name, row in quantiles.items()}
    return Beliefs(curves, (low, (low + high) / 2, high))


def _curve(quantiles: Array, low: float, high: float) -> str:
    """One belief on the axis from `low` to `high`; one without any width is an upright line."""
    beyond = _BEYOND * (quantiles[-1] - quantiles[0])
    along = np.linspace(quantiles[0] - beyond, quantiles[-1] + beyond, _POINTS)
    height = _density(quantiles, along)
    across = WIDTH * (along - low) / (high - low)
    return moving([(across[0], HEIGHT), *zip(across, HEIGHT * (1 - height), strict=True), (across[-1], HEIGHT)]) + "Z"


def _density(quantiles: Array, along: Array) -> Array:
    """The density at `along` beside its largest: that of a normal variable, stretched from knot to knot.

    A normal belief comes out as it is. Where a belief ends at a bound, several quantiles are that bound.
    """
    apart = np.flatnonzero(np.diff(quantiles, prepend=-np.inf) > 0)
    if len(apart) < 2:
        return np.ones_like(along)
    knots, deviates = quantiles[apart], _DEVIATES[apart]
    slopes = np.gradient(deviates, knots)
    inside = np.interp(along, knots, deviates)
    outside = np.minimum(along - knots[0], 0) * slopes[0] + np.maximum(along - knots[-1], 0) * slopes[-1]
    density = np.exp(-((inside + outside) ** 2) / 2) * np.interp(along, knots, slopes)
    return np.asarray(density / density.max())
