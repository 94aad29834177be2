"""Gamma beliefs, for the mean of rewards that are counts."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv, xlogy

from banditctl.core.posterior.chernoff import reach
from banditctl.core.units import Array


@dataclass(frozen=True)
class Gamma:
    """Gamma(shape, rate) for each variant; the coordinate is the logarithm of the mean reward."""

    shape: Array
    rate: Array

    @property
    def mean(self) -> Array:
        return self.shape / self.rate

    @property
    def deviation(self) -> Array:
        return np.sqrt(self.shape) / self.rate

    @property
    def mode(self) -> Array:
        return np.log(self.mean)

    @property
    def scale(self) -> Array:
        """That of the log-normal of the same mean and deviation: with a shape below one the density is no wider."""
        return np.sqrt(np.log1p(1 / self.shape))

    def log_density(self, distance: Array) -> Array:
        return self.shape[:, None] * (distance - np.expm1(distance))

    def reach(self, log_mass: float) -> tuple[Array, Array]:
        """By the Chernoff bound, upwards from where Bernstein's inequality already puts less than that.

        Newton's method comes down from further out by no more than one a step: there the density is a double
        exponential.
        """
        excess = -log_mass / self.shape
        start = np.stack([-np.sqrt(2 * excess), np.log1p(excess + np.sqrt(2 * excess))], axis=1)
        return reach(self.log_density, lambda distance: -self.shape[:, None] * np.expm1(distance), start, log_mass)

    def tails(self, z: Array) -> tuple[Array, Array]:
        shape, rate = (self.shape, self.rate) if z.ndim == 1 else (self.shape[:, None], self.rate[:, None])
        reward = rate * np.exp(z)
        return gammainc(shape, reward), gammaincc(shape, reward)

    def reward(self, z: Array) -> Array:
        return np.exp(z)

    def coordinate(self, reward: Array) -> Array:
        # The logarithm of zero without a warning.
        return np.asarray(xlogy(1.0, np.maximum(reward, 0.0)))

    def interval(self, level: float) -> tuple[Array, Array]:
        outside = (1 - level) / 2
        return gammaincinv(self.shape, outside) / self.rate, gammainccinv(self.shape, outside) / self.rate

    def take(self, variant: int) -> "Gamma":
        return Gamma(self.shape[[variant]], self.rate[[variant]])
