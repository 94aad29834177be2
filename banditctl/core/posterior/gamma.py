"""Gamma beliefs, for the mean of rewards that are counts."""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyval
from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv, ndtr, xlogy

from banditctl.core.posterior.chernoff import reach
from banditctl.core.units import Array

# From here on gammainc is wrong beyond 4.5 deviations, by 3e-6 at worst, and an expansion in 1 / shape is exact.
_LARGE = 1e5


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
        below, above = gammainc(shape, reward), gammaincc(shape, reward)
        if self.shape.max() < _LARGE:
            return below, above
        below_large, above_large = _tails_of_large(shape, z - np.log(shape / rate))
        return np.where(shape < _LARGE, below, below_large), np.where(shape < _LARGE, above, above_large)

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


def _tails_of_large(shape: Array, distance: Array) -> tuple[Array, Array]:
    """Probabilities below and above a distance from the mode, for shapes of 1e5 and more (Temme 1979).

    Those of a normal variable eta, of which the log density is -shape * eta**2 / 2, and what corrects them. Beyond a
    distance of 0.5 nothing is left in a float.
    """
    distance = np.clip(distance, -0.5, 0.5)
    # eta**2 / 2 = expm1(d) - d, by its series: the difference would lose half of the digits.
    eta = distance * np.sqrt(polyval(distance, [1, 1 / 3, 1 / 12, 1 / 60, 1 / 360]))
    series = polyval(eta, [-1 / 3, 1 / 12, -2 / 135, 1 / 864]) - 1 / (540 * shape)
    correction = series * np.exp(-shape * eta**2 / 2) / np.sqrt(2 * np.pi * shape)
    standard = np.sqrt(shape) * eta
    return ndtr(standard) - correction, ndtr(-standard) + correction
