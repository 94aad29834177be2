"""All variants together: what they earn, how likely each is the best, and what a wrong choice costs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from banditctl.core.posterior import Posterior
from banditctl.core.quadrature import Direction, Mesh, Shape, mesh, shape
from banditctl.core.units import Array

Goal = Literal["maximize", "minimize"]

# Probability that the intervals hold which are shown.
SHOWN = 0.95

# Where `quantiles` look: close enough to draw the belief by, and the ends of what is shown among them.
PROBABILITIES = (0.005, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 0.995)

# Ten times what the default mesh was ever seen to be off; beyond it a finer one is tried.
_TOLERANCE = 1e-9


class Belief(Protocol):
    """A joint belief about the K variants' mean rewards, computed from evidence and never stored."""

    @property
    def variants(self) -> tuple[str, ...]: ...
    @property
    def goal(self) -> Goal: ...

    @property
    def direction(self) -> Direction:
        """+1 where more is better, -1 where less is."""
        ...

    @property
    def mean(self) -> Array:
        """(K,) mean rewards."""
        ...

    @property
    def deviation(self) -> Array:
        """(K,) standard deviation of the belief about each, but for what is common to all."""
        ...

    @property
    def best(self) -> Array:
        """(K,) probability of being the best variant; sums to one."""
        ...

    @property
    def leader(self) -> int:
        """The variant that is most likely the best; of several, the first."""
        ...

    @property
    def best_mean(self) -> float:
        """Expected mean reward of whichever variant is best: E[max], or E[min] when minimizing."""
        ...

    @property
    def expected_loss(self) -> Array:
        """(K,) reward per request given up, on average, by staying with one variant."""
        ...

    def interval(self, level: float) -> tuple[Array, Array]:
        """(K,) ends of the central intervals that hold each mean reward with probability `level`."""
        ...

    def difference(self, weights: Array) -> tuple[float, float]:
        """Mean and standard deviation of the sum of `weights` (K,) times mean rewards; the weights sum to zero.

        More is better: where less reward is, the sum is turned round.
        """
        ...

    def value_remaining(self, variant: int, margin: float) -> float | None:
        """Probability that another variant beats this one by more than `margin` of its mean reward.

        None, undefined, while the interval of that holds 0: there is nothing to take a part of.
        """
        ...


def quantiles(belief: Belief) -> Array:
    """(K, 9) mean rewards that each variant's lies below with PROBABILITIES."""
    middle = len(PROBABILITIES) // 2
    ends = [belief.interval(1 - 2 * probability) for probability in PROBABILITIES[: middle + 1]]
    return np.stack([*(low for low, _ in ends), *(high for _, high in reversed(ends[:middle]))], axis=1)


@dataclass(frozen=True)
class Independent:
    """Each variant's mean reward is believed by itself."""

    variants: tuple[str, ...]
    posterior: Posterior
    goal: Goal = "maximize"

    @property
    def mean(self) -> Array:
        return self.posterior.mean

    @property
    def deviation(self) -> Array:
        return self.posterior.deviation

    @property
    def direction(self) -> Direction:
        return 1 if self.goal == "maximize" else -1

    @cached_property
    def best(self) -> Array:
        wins = self._mesh.wins.sum(axis=1)
        return np.asarray(wins / wins.sum())

    @property
    def leader(self) -> int:
        return int(self.best.argmax())

    @cached_property
    def best_mean(self) -> float:
        reward = self.posterior.reward(self.direction * self._mesh.z)
        return float((self._mesh.wins * reward).sum())

    @property
    def expected_loss(self) -> Array:
        return self.direction * (self.best_mean - self.mean)

    def interval(self, level: float) -> tuple[Array, Array]:
        return self.posterior.interval(level)

    def difference(self, weights: Array) -> tuple[float, float]:
        mean = self.direction * weights @ self.mean
        return float(mean), float(np.sqrt((weights * self.deviation) @ (weights * self.deviation)))

    def value_remaining(self, variant: int, margin: float) -> float | None:
        """Scott (2010) by quadrature at this variant's own nodes: 1 - E[P(all others within the margin)]."""
        low, high = self.interval(SHOWN)
        if margin and low[variant] < 0 < high[variant]:
            return None
        own = self.posterior.take(variant)
        alone = mesh(own, self.direction, rivals=self._beaten_by(margin, shape(own, self.direction)))
        reward = self.posterior.reward(self.direction * alone.z)
        bar = self.posterior.coordinate(reward + self.direction * margin * np.abs(reward))
        below, above = self.posterior.tails(np.tile(bar, (len(self.variants), 1)))
        within = np.delete(below if self.direction > 0 else above, variant, axis=0)
        return max(0.0, float(1 - (alone.mass[0] * within.prod(axis=0)).sum()))

    def _beaten_by(self, margin: float, own: Shape) -> Shape:
        """Where, along one variant's coordinate, the others' mean rewards come to exceed its own by `margin`.

        A narrow rival makes a step there, which panels made for a wide belief alone would miss. What lies
        outside that belief by its whole width, or further, is as good as infinitely far.
        """
        all_of_them = shape(self.posterior, self.direction)
        mode, scale = all_of_them.mode, all_of_them.scale
        points = np.stack([all_of_them.low, mode - scale, mode, mode + scale, all_of_them.high])
        reward = self.posterior.reward(self.direction * points)
        beaten = reward / (1 + self.direction * margin * np.sign(reward))
        width = own.high - own.low
        pulled = np.clip(self.direction * self.posterior.coordinate(beaten), own.low - width, own.high + width)
        low, before, mode, after, high = pulled
        return Shape(low, mode, np.minimum(mode - before, after - mode), high)

    @cached_property
    def _mesh(self) -> Mesh:
        coarse = mesh(self.posterior, self.direction)
        off = abs(coarse.wins.sum() - 1)
        return coarse if off <= _TOLERANCE else mesh(self.posterior, self.direction, order=32, stretch=1.0)
