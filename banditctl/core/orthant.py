"""Which of several correlated normal variables is the largest, at fixed points: nothing is drawn."""

from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from banditctl.core.units import Array

# With so many points no probability was off by more than 2e-3 (docs/statistics.md).
_POINTS = 2048

# Square roots of primes are incommensurable: the multiples of each fill the unit interval evenly.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)

# Below it the inverse of the distribution function has no values any more.
_TINY = 1e-300


def largest(mean: Array, covariance: Array) -> tuple[Array, float]:
    """(K,) probabilities of being the largest of K normal variables, and the expectation of the largest.

    For each variable k the differences to the others are normal, and it is the largest where all are positive. They
    are integrated one after the other, each over what those before it leave (Genz 1992); the last one exactly. The
    expectation is that of the favourite and of what others exceed it by, where they are the largest.
    """
    favourite = int(mean.argmax())
    others = _order(mean, covariance, favourite)
    ahead = mean[:, None] - mean[others]
    root = np.linalg.cholesky(_differences(covariance, others))
    points = _points(max(len(mean) - 2, 0))
    chance = np.ones((len(mean), _POINTS))
    standard = np.empty((len(mean), len(mean) - 1, _POINTS))
    for step in range(len(mean) - 1):
        given = ahead[:, step, None] + np.einsum("kj,kjm->km", root[:, step, :step], standard[:, :step])
        positive = ndtr(given / root[:, step, step, None])
        chance *= positive
        if step < len(points):
            standard[:, step] = -ndtri(np.maximum(points[step] * positive, _TINY))
    best = chance.mean(axis=1)
    excess = chance * (ahead[:, :1] + root[:, 0, :1] * standard[:, 0])
    excess[favourite] = 0.0
    return best / best.sum(), float(mean[favourite] + excess.mean(axis=1).sum() / best.sum())


def _order(mean: Array, covariance: Array, favourite: int) -> Array:
    """(K, K - 1): the others of each variable, the favourite first and then as they are likely to exceed it.

    So neither names nor places matter, and what is decided early is what decides most.
    """
    variance = np.diag(covariance)
    spread = np.sqrt(variance[:, None] + variance - 2 * covariance)
    rows = []
    for own in range(len(mean)):
        others = np.delete(np.arange(len(mean)), own)
        behind = np.round((mean[own] - mean[others]) / spread[own, others], 9)
        rows.append(others[np.lexsort((spread[own, others], behind, others != favourite))])
    return np.array(rows)


def _differences(covariance: Array, others: Array) -> Array:
    """(K, K - 1, K - 1): how the differences of each variable to its others vary together."""
    own = np.arange(len(covariance))[:, None]
    shared = covariance[own, others]
    among = covariance[others[:, :, None], others[:, None, :]]
    return np.asarray(np.diag(covariance)[:, None, None] - shared[:, :, None] - shared[:, None, :] + among)


@cache
def _points(dimensions: int) -> Array:
    """(dimensions, m) points that fill the unit cube evenly, folded at its middle so that opposite faces agree."""
    multiples = np.outer(np.sqrt(_PRIMES[:dimensions]), np.arange(1, _POINTS + 1))
    return np.abs(2 * (multiples % 1.0) - 1)
