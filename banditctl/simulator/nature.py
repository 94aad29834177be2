"""What requests earn, drawn by lot, and what Thompson sampling believes of it: one class a kind of reward."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator

from banditctl.core.units import Array

# Beyond it rounding would swallow the one by which rewards scatter.
_LARGEST = 1e6


@dataclass(frozen=True)
class Earned:
    """(K,) rewards of each variant, their sum, and the sum of their squares."""

    count: Array
    total: Array
    squares: Array

    @classmethod
    def of(cls, rewards: Sequence[Array]) -> "Earned":
        """Those of each variant, counted."""
        sums = [(float(len(one)), float(one.sum()), float((one * one).sum())) for one in rewards]
        return cls(*np.array(sums).T)

    def __add__(self, other: "Earned") -> "Earned":
        return Earned(self.count + other.count, self.total + other.total, self.squares + other.squares)


class Nature(Protocol):
    """Rewards of one kind, of which the mean can be chosen."""

    rate: float
    """The mean reward of a variant for which none is given."""

    def refusal(self, rate: float) -> str | None:
        """Why `rate` cannot be a mean reward, as a sentence; None if it can."""
        ...

    def rewards(self, lots: Generator, mean: float, count: int) -> Array:
        """(count,) rewards, in any order."""
        ...

    def beliefs(self, lots: Generator, earned: Earned, draws: int) -> Array:
        """(draws, K) draws from the posterior of each mean; NaN where nothing can be said of it yet."""
        ...


class Bernoulli:
    """0 or 1, believed by a Beta with the uniform prior."""

    rate = 0.05

    def refusal(self, rate: float) -> str | None:
        return None if 0 <= rate <= 1 else "the rate of a bernoulli lies between 0 and 1"

    def rewards(self, lots: Generator, mean: float, count: int) -> Array:
        hits = lots.binomial(count, mean)
        return np.repeat([1.0, 0.0], [hits, count - hits])

    def beliefs(self, lots: Generator, earned: Earned, draws: int) -> Array:
        misses = earned.count - earned.total
        return lots.beta(1 + earned.total, 1 + misses, size=(draws, len(misses)))


class Poisson:
    """A count, believed by a Gamma with Jeffreys' prior."""

    rate = 1.0

    def refusal(self, rate: float) -> str | None:
        return None if 0 <= rate <= _LARGEST else f"a mean count lies between 0 and {_LARGEST:g}"

    def rewards(self, lots: Generator, mean: float, count: int) -> Array:
        return lots.poisson(mean, count).astype(float)

    def beliefs(self, lots: Generator, earned: Earned, draws: int) -> Array:
        count = np.where(earned.count > 0, earned.count, np.nan)
        return lots.standard_gamma(0.5 + earned.total, size=(draws, len(count))) / count


class Gaussian:
    """A number with a standard deviation of 1, believed by a Student-t with Jeffreys' prior."""

    rate = 1.0

    def refusal(self, rate: float) -> str | None:
        return None if abs(rate) <= _LARGEST else f"a mean is at most {_LARGEST:g} in size"

    def rewards(self, lots: Generator, mean: float, count: int) -> Array:
        return lots.normal(mean, 1.0, count)

    def beliefs(self, lots: Generator, earned: Earned, draws: int) -> Array:
        count = np.where(earned.count > 1, earned.count, np.nan)
        mean, freedom = earned.total / count, np.maximum(earned.count - 1, 1)
        within = np.maximum(earned.squares - earned.total * mean, 0.0) / freedom
        return mean + np.sqrt(within / count) * lots.standard_t(freedom, size=(draws, len(count)))


NATURES: dict[str, Nature] = {"bernoulli": Bernoulli(), "gaussian": Gaussian(), "poisson": Poisson()}
