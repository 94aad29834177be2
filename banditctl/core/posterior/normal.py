"""Normal beliefs, for mean rewards that can be any number."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from banditctl.core.units import Array


@dataclass(frozen=True)
class Normal:
    """Normal(mean, deviation) for each variant; the coordinate is the mean reward itself."""

    mean: Array
    deviation: Array

    @property
    def mode(self) -> Array:
        return self.mean

    @property
    def scale(self) -> Array:
        return self.deviation

    def log_density(self, distance: Array) -> Array:
        return -0.5 * (distance / self.deviation[:, None]) ** 2

    def reach(self, log_mass: float) -> tuple[Array, Array]:
        span = self.deviation * np.sqrt(-2.0 * log_mass)
        return -span, span

    def tails(self, z: Array) -> tuple[Array, Array]:
        standard = ((z.T - self.mean) / self.deviation).T
        return ndtr(standard), ndtr(-standard)

    def reward(self, z: Array) -> Array:
        return z

    def coordinate(self, reward: Array) -> Array:
        return reward

    def interval(self, level: float) -> tuple[Array, Array]:
        span = self.deviation * ndtri((1 + level) / 2)
        return self.mean - span, self.mean + span

    def affine(self, factor: float, shift: Array) -> "Normal":
        return Normal(factor * self.mean + shift, factor * self.deviation)

    def take(self, variant: int) -> "Normal":
        return Normal(self.mean[[variant]], self.deviation[[variant]])
