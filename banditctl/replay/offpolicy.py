"""Off-policy evaluation: what other shares would have earned on requests that were routed by known propensities.

It judges what was recorded; no decision follows from it, so it is no part of the core.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from banditctl.core.units import Array

# The textbooks' rule for the normal approximation of a count: ten of either kind.
_LEAST_DIFFERING = 10


@dataclass(frozen=True)
class Log:
    """n requests, in order of time, for K variants."""

    variant: NDArray[np.int64]
    """(n,) which of the K served it; -1 if it was another, which the shares to be judged never choose."""
    propensity: Array
    """(n,) how likely it was to be that one when the request was routed; more than 0."""
    reward: Array
    """(n,) what it earned."""

    def weights(self, shares: Array) -> Array:
        """(n,) how much likelier `shares`, (n, K), were to choose the variant that served each request."""
        chosen = np.take_along_axis(shares, np.maximum(self.variant, 0)[:, None], axis=1)[:, 0]
        return np.asarray(np.where(self.variant < 0, 0.0, chosen) / self.propensity)

    def telling(self, shares: Array) -> bool:
        """Whether rewards that `shares` could have earned differ often enough for a normal approximation to hold.

        Of three clicks it would make an interval that is far too narrow, and of none one of no width.
        """
        _, counts = np.unique(self.reward[self.weights(shares) > 0], return_counts=True)
        return bool(counts.sum() - counts.max(initial=0) >= _LEAST_DIFFERING)


@dataclass(frozen=True)
class Estimate:
    """A mean reward per request, and its standard error."""

    value: float
    error: float

    def interval(self, level: float) -> tuple[float, float]:
        """Wald's: the normal approximation for one look at a log of fixed length, not for watching one grow."""
        reach = float(ndtri((1 + level) / 2)) * self.error
        return self.value - reach, self.value + reach


def inverse_propensity(log: Log, shares: Array) -> Estimate:
    """The mean of weight times reward (Horvitz and Thompson 1952): unbiased, and wide where weights are large."""
    return mean_of(log.weights(shares) * log.reward)


def self_normalised(log: Log, shares: Array) -> Estimate:
    """The same divided by the mean weight (Hajek 1971): a little biased, mostly narrower; error by the delta method.

    `shares` must have chosen at least one of the requests.
    """
    weights = log.weights(shares)
    value = float(weights @ log.reward / weights.sum())
    return Estimate(value, float(np.linalg.norm(weights * (log.reward - value)) / weights.sum()))


def doubly_robust(log: Log, shares: Array) -> Estimate:
    """What a model expects of `shares`, and by inverse propensity what it missed (Dudik and others 2011).

    The model of each request is the running mean of those before it: it cannot have seen what it is asked
    for, so the estimate is unbiased however bad the model is.
    """
    model = running_means(log, shares.shape[1])
    modelled = np.take_along_axis(model, np.maximum(log.variant, 0)[:, None], axis=1)[:, 0]
    return mean_of((shares * model).sum(axis=1) + log.weights(shares) * (log.reward - modelled))


def running_means(log: Log, variants: int) -> Array:
    """(n, K) the mean reward of each variant before each request, with the mean of all as one more reward."""
    served = log.variant[:, None] == np.arange(variants)
    before = _before(served.astype(float))
    earned = _before(served * log.reward[:, None])
    overall = earned.sum(axis=1) / np.maximum(before.sum(axis=1), 1.0)
    return np.asarray((earned + overall[:, None]) / (before + 1.0))


def effective(log: Log, shares: Array) -> float:
    """How many requests, all of one weight, would say as much (Kish 1965)."""
    weights = log.weights(shares)
    return float(weights.sum() ** 2 / (weights @ weights))


def mean_of(scores: Array) -> Estimate:
    """The mean of n numbers, at least two."""
    return Estimate(float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(len(scores))))


def _before(amounts: Array) -> Array:
    """Sums of the rows above each row."""
    return np.asarray(np.cumsum(amounts, axis=0) - amounts)
