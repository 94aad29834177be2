"""A joint belief of normal mean rewards that vary together, as those of variants compared within strata do."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from banditctl.core.belief import SHOWN, Goal, Independent
from banditctl.core.orthant import largest
from banditctl.core.posterior.normal import Normal
from banditctl.core.quadrature import Direction
from banditctl.core.units import Array


@dataclass(frozen=True)
class Correlated:
    """Mean rewards about a common level: what they have in common matters to intervals, not to which is best.

    `covariance` (K, K) is that of the contrasts to the level, `level` the standard deviation of the level itself,
    `bounds` (K,) the least and the greatest mean rewards that there can be.
    """

    variants: tuple[str, ...]
    mean: Array
    covariance: Array
    level: float
    bounds: tuple[Array, Array]
    goal: Goal = "maximize"

    @property
    def direction(self) -> Direction:
        return 1 if self.goal == "maximize" else -1

    @property
    def deviation(self) -> Array:
        return np.sqrt(np.diag(self.covariance))

    @property
    def best(self) -> Array:
        return self._won[0]

    @property
    def leader(self) -> int:
        return int(self.best.argmax())

    @property
    def best_mean(self) -> float:
        return self.direction * self._won[1]

    @property
    def expected_loss(self) -> Array:
        return self.direction * (self.best_mean - self.mean)

    def interval(self, level: float) -> tuple[Array, Array]:
        span = np.hypot(self.deviation, self.level) * ndtri((1 + level) / 2)
        return np.clip(self.mean - span, *self.bounds), np.clip(self.mean + span, *self.bounds)

    def difference(self, weights: Array) -> tuple[float, float]:
        # Rounding may leave a variance of nothing a little below it.
        variance = max(float(weights @ self.covariance @ weights), 0.0)
        return float(self.direction * weights @ self.mean), float(np.sqrt(variance))

    def value_remaining(self, variant: int, margin: float) -> float | None:
        """As likely as not being the best with the margin added, for the mean that it is taken of is one number."""
        low, high = self.interval(SHOWN)
        if margin and low[variant] <= 0 <= high[variant]:
            return None
        helped = self.direction * self.mean
        helped[variant] += margin * abs(self.mean[variant])
        return max(0.0, float(1 - _winning(helped, self.covariance)[0][variant]))

    @cached_property
    def _won(self) -> tuple[Array, float]:
        return _winning(self.direction * self.mean, self.covariance)


def _winning(mean: Array, covariance: Array) -> tuple[Array, float]:
    """(K,) probabilities of being the largest of K normal variables, and the expectation of the largest."""
    apart = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    if len(mean) == 2:
        return _of_two(mean, float(np.sqrt(apart[0, 1])))
    # Three vary as independent ones do: each difference has the variance of two of three.
    alone = apart.sum(axis=1) - apart.sum() / 4
    if len(mean) == 3 and np.all(alone > 0):
        belief = Independent(("", "", ""), Normal(mean, np.sqrt(alone)))
        return belief.best, belief.best_mean
    return largest(mean, covariance)


def _of_two(mean: Array, spread: float) -> tuple[Array, float]:
    """In closed form, by the standard normal distribution of their difference (Clark 1961)."""
    ahead = (mean - mean[::-1]) / spread
    best = ndtr(ahead)
    return best, float(best @ mean + spread * np.exp(-(ahead[0] ** 2) / 2) / np.sqrt(2 * np.pi))
