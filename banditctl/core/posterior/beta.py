"""Beta beliefs, for the success rates of rewards that are 0 or 1."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, expit, logit

from banditctl.core.posterior.chernoff import reach
from banditctl.core.units import Array


@dataclass(frozen=True)
class Beta:
    """Beta(a, b) for each variant; the coordinate is the log odds of the rate, never its end points."""

    a: Array
    b: Array

    @property
    def mean(self) -> Array:
        return self.a / (self.a + self.b)

    @property
    def deviation(self) -> Array:
        return np.sqrt(self.mean * (self.b / (self.a + self.b)) / (self.a + self.b + 1))

    @property
    def mode(self) -> Array:
        return np.log(self.a / self.b)

    @property
    def scale(self) -> Array:
        """That of two gammas, a and b, whose ratio the odds are."""
        return np.asarray(np.sqrt(np.log1p(1 / self.a) + np.log1p(1 / self.b)))

    def log_density(self, distance: Array) -> Array:
        """a*d - (a+b)*log(q + p*exp(d)) with p = a/(a+b), q = 1 - p.

        Written around the rarer outcome, where log1p(expm1) loses nothing: rates near one are as exact
        as rates near zero.
        """
        rare_success = (self.a <= self.b)[:, None]
        slope = np.where(self.a <= self.b, self.a, self.b)[:, None]
        count = (self.a + self.b)[:, None]
        outward = np.where(rare_success, distance, -distance)
        return slope * outward - count * np.log1p(slope / count * np.expm1(outward))

    def reach(self, log_mass: float) -> tuple[Array, Array]:
        """By the Chernoff bound, from where a normal density would have fallen as far."""
        span = self.scale * np.sqrt(-2.0 * log_mass)
        rate, mode, count = self.mean[:, None], self.mode[:, None], (self.a + self.b)[:, None]
        start = np.stack([-span, span], axis=1)
        return reach(self.log_density, lambda distance: count * (rate - expit(mode + distance)), start, log_mass)

    def tails(self, z: Array) -> tuple[Array, Array]:
        """By the incomplete beta function of the smaller of x and 1 - x, which the other would round away."""
        a, b = (self.a, self.b) if z.ndim == 1 else (self.a[:, None], self.b[:, None])
        x, y = expit(z), expit(-z)
        small = x < 0.5
        outcome, other = np.where(small, a, b), np.where(small, b, a)
        nearer = betainc(outcome, other, np.minimum(x, y))
        # What is left of a tail is had exactly; for a = b = 0.5 betaincc of a tiny x has ten digits only.
        further = np.where(nearer < 0.5, 1 - nearer, betaincc(outcome, other, np.minimum(x, y)))
        below, above = np.where(small, nearer, further), np.where(small, further, nearer)
        return below, above

    def reward(self, z: Array) -> Array:
        return np.asarray(expit(z))

    def coordinate(self, reward: Array) -> Array:
        return np.asarray(logit(np.clip(reward, 0.0, 1.0)))

    def interval(self, level: float) -> tuple[Array, Array]:
        outside = (1 - level) / 2
        return betaincinv(self.a, self.b, outside), betaincinv(self.a, self.b, 1 - outside)

    def take(self, variant: int) -> "Beta":
        return Beta(self.a[[variant]], self.b[[variant]])
