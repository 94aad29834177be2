"""How long rewards take: of those that come within the window, the share that has come by some age.

Called G_k(age) in docs/statistics.md. Ages are in seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import chain
from typing import Protocol

import numpy as np

from banditctl.core.evidence import Cell, bin_edges
from banditctl.core.trials import Flags
from banditctl.core.units import Array

# Of fewer rewards of one variant the shares are guesses; 200 leave a deviation of 3.5 points at most.
_ENOUGH = 200


class Delay(Protocol):
    """G of each of K variants: it rises from 0 at age 0 to 1 at the window."""

    def area(self, age: Array) -> Array:
        """(T, K): G integrated from 0 to each `age` (T,), exactly; 0 for what is not served yet."""
        ...


@dataclass(frozen=True)
class Exponential:
    """Delays of known `means` (K,), of which only those within the window are heard of."""

    means: Array
    window: float

    def area(self, age: Array) -> Array:
        inside = np.clip(age, 0.0, self.window)
        come = inside[:, None] + self.means * np.expm1(-inside[:, None] / self.means)
        return np.asarray(come / -np.expm1(-self.window / self.means) + np.maximum(age - self.window, 0.0)[:, None])


@dataclass(frozen=True)
class Observed:
    """G at some ages, the `edges` (B + 1,), as `shares` (B + 1, K), and straight between them."""

    edges: Array
    shares: Array

    def area(self, age: Array) -> Array:
        inside = np.clip(age, 0.0, self.edges[-1])
        left = np.clip(np.searchsorted(self.edges, inside, side="right") - 1, 0, len(self.edges) - 2)
        beyond = (inside - self.edges[left])[:, None]
        come = self._areas[left] + (self.shares[left] + self._slopes[left] * beyond / 2) * beyond
        return np.asarray(come + np.maximum(age - self.edges[-1], 0.0)[:, None])

    @cached_property
    def _slopes(self) -> Array:
        return np.diff(self.shares, axis=0) / np.diff(self.edges)[:, None]

    @cached_property
    def _areas(self) -> Array:
        """(B + 1, K): the integral from 0 to each edge."""
        panels = (self.shares[1:] + self.shares[:-1]) / 2 * np.diff(self.edges)[:, None]
        return np.vstack([np.zeros_like(panels[:1]), np.cumsum(panels, axis=0)])


def observed(cells: Sequence[Sequence[Cell]], weights: Array, served: Flags, window: timedelta) -> Observed | None:
    """G by the ages of the rewards in `cells` (T, K), those of each stratum counting its weight (T,).

    Their windows must have closed: of others the late rewards are still to come. None as long as there are too few
    of some variant that was `served` (K,); of one that was not there is nothing to correct, and any G does.
    """
    edges = np.array(bin_edges(window))
    counts = _histograms(cells, len(served), len(edges) - 1)
    bins = np.tensordot(weights, counts, axes=1).T
    known = bins.sum(axis=0)
    few = (counts.sum(axis=(0, 2)) < _ENOUGH) | (known == 0)
    if np.any(few[served]):
        return None
    shares = np.cumsum(bins, axis=0) / np.where(known > 0, known, 1.0)
    return Observed(edges, np.vstack([np.zeros_like(shares[:1]), shares]))


def _histograms(cells: Sequence[Sequence[Cell]], variants: int, bins: int) -> Array:
    """(T, K, bins): how many rewards came at which age."""
    ages = [cell.ages for row in cells for cell in row]
    lengths = np.fromiter(map(len, ages), dtype=np.intp, count=len(ages))
    width = max(bins, int(lengths.max(initial=0)))
    found = np.zeros((len(ages), width))
    found[np.arange(width) < lengths[:, None]] = np.fromiter(chain.from_iterable(ages), dtype=np.int64)
    # A reward at the very end of the window may have a bin that begins there.
    found[:, bins - 1] = found[:, bins - 1 :].sum(axis=1)
    return found[:, :bins].reshape(len(cells), variants, bins)
