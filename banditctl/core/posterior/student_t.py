"""Student-t beliefs, for mean rewards that can be any number, of a variance that is not known."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from banditctl.core.units import Array


@dataclass(frozen=True)
class StudentT:
    """Student-t about `mean` for each variant, with `freedom` (> 2) degrees; the coordinate is the mean reward."""

    freedom: Array
    mean: Array
    scale: Array

    @property
    def deviation(self) -> Array:
        return self.scale * np.sqrt(self.freedom / (self.freedom - 2))

    @property
    def mode(self) -> Array:
        return self.mean

    def log_density(self, distance: Array) -> Array:
        freedom = self.freedom[:, None]
        return -(freedom + 1) / 2 * np.log1p((distance / self.scale[:, None]) ** 2 / freedom)

    def reach(self, log_mass: float) -> tuple[Array, Array]:
        """By the quantile itself: with tails like these no bound by the density holds."""
        span = -self.scale * stdtrit(self.freedom, np.exp(log_mass))
        return -span, span

    def tails(self, z: Array) -> tuple[Array, Array]:
        standard = ((z.T - self.mean) / self.scale).T
        freedom = self.freedom if z.ndim == 1 else self.freedom[:, None]
        return stdtr(freedom, standard), stdtr(freedom, -standard)

    def reward(self, z: Array) -> Array:
        return z

    def coordinate(self, reward: Array) -> Array:
        return reward

    def interval(self, level: float) -> tuple[Array, Array]:
        span = self.scale * stdtrit(self.freedom, (1 + level) / 2)
        return self.mean - span, self.mean + span

    def affine(self, factor: float, shift: Array) -> "StudentT":
        return StudentT(self.freedom, factor * self.mean + shift, factor * self.scale)

    def take(self, variant: int) -> "StudentT":
        return StudentT(self.freedom[[variant]], self.mean[[variant]], self.scale[[variant]])
