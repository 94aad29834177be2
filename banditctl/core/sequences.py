"""Each pair of variants followed from stratum to stratum: differences added up, and bets against there being none.

Within a stratum shares are constant and both variants met the same world, so neither drift nor shares that follow
what was learned favour one of them. What is guessed for a stratum comes from those before it, so that no guess knows
what it is guessed of. docs/statistics.md has the formulas and why they hold.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from msgspec.structs import astuple, replace
from numpy.typing import NDArray

from banditctl.core.past import Pair, Past, Recent, scale_of
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials
from banditctl.core.units import Array

# What a stratum still counts one stratum later in the guess of level and variance: of hourly ones, about a day.
_MEMORY = 1 - 1 / 24

# A success rate that is guessed is never nearer to 0 or 1: one surprise would ruin the bettor.
_SUREST = 1e-5

# Squared deviations below this part of the squares are rounding.
_ROUNDING = 1e-12


def contrast(count: Array, total: Array, variance: Array) -> tuple[Array, Array]:
    """What a stratum adds to (information, score) of each pair; all (2, P): of the first and of the second variant."""
    spread = variance[0] * count[1] + variance[1] * count[0]
    # Where nothing has ever varied there is no telling how much a difference means.
    per_spread = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    return count[0] * count[1] * per_spread, (total[1] * count[0] - total[0] * count[1]) * per_spread


def wager(count: Array, total: Array, rates: Array) -> Array:
    """(P,) log of what a stratum makes of 1 that was staked on the success rates guessed; all arguments (2, P).

    Whatever rate both variants have in common, the expectation is at most 1 (Turner, Ly and Grünwald 2024). Where one
    of them has no trial there is nothing to tell apart.
    """
    middle = (count * rates).sum(axis=0) / np.maximum(count.sum(axis=0), 1e-300)
    middle = np.where(count.min(axis=0) > 0, middle, rates)
    gains = total * np.log(rates / middle) + (count - total) * np.log((1 - rates) / (1 - middle))
    return np.asarray(gains.sum(axis=0))


def read(past: Past, trials: Trials, rows: Iterable[int], lift: float, *, binary: bool) -> Past:
    """The past after these rows of `trials`, in order: settled strata whose windows have closed.

    An effect of `lift` times the mean reward is what is looked for; rewards are 0 or 1 if `binary`.
    """
    following = _Following(past, trials.variants, lift, binary=binary)
    for row in rows:
        # An empty stratum says nothing, not even that time has passed.
        if trials.count[row].any():
            following.take(trials.count[row], trials.total[row], trials.squares[row])
    return following.past()


class _Following:
    """One pass over strata; mutable, and gone when the pass ends."""

    def __init__(self, before: Past, variants: Sequence[str], lift: float, *, binary: bool) -> None:
        self.before = before
        self.variants = variants
        self.lift = lift
        self.binary = binary
        self.first = before.first
        # (4, K): count, total, within, freedom.
        self.recent = np.array([astuple(before.recent.get(name, Recent())) for name in variants]).T
        self.names = [tuple(sorted(pair)) for pair in combinations(variants, 2)]
        # (2, P) where the variants of each pair stand, and (3, P): information, score, log wealth.
        self.where: NDArray[np.intp] = np.array([[variants.index(name) for name in pair] for pair in self.names]).T
        pairs = (before.pairs.get(first, {}).get(second, Pair()) for first, second in self.names)
        self.pairs = np.array([astuple(pair) for pair in pairs]).T

    def take(self, count: Array, total: Array, squares: Array) -> None:
        """One stratum, (K,) each."""
        scale, before = scale_of(self.first), self.recent
        self.recent = _MEMORY * before + _column(count, total, squares)
        if scale is None:
            self.first += Statistics(float(count.sum()), float(total.sum()), float(squares.sum()))
            return
        if self.binary:
            self.bet(count[self.where], total[self.where], self.pooled(before), self.lift * scale)
        self.pairs[:2] += contrast(count[self.where], total[self.where], self.variances(before))

    def bet(self, count: Array, total: Array, level: Array, deviation: float) -> None:
        """Stake on the level, and around it the difference that was seen so far, shrunk."""
        information, score, _ = self.pairs
        half = score / (information + deviation**-2) / 2
        rates = np.clip(np.stack([level - half, level + half]), _SUREST, 1 - _SUREST)
        self.pairs[2] += wager(count, total, rates)

    def variances(self, before: Array) -> Array:
        """(2, P) of one reward: that of the variant before this stratum or of the pair with it, if that is larger.

        Too large a variance costs power, too small a one the guarantee. The pair's holds the stratum itself, so that
        a rare large reward does not count as if it had been expected; both variants are alike to it.
        """
        pooled, (top, base) = self.pooled(before), self._part(before)[:, self.where]
        found = np.stack([*(top + pooled) / (base + 1), self.pooled(self.recent)])
        one, other, both = found * (1 - found) if self.binary else found
        return np.stack([np.maximum(one, both), np.maximum(other, both)])

    def pooled(self, recent: Array) -> Array:
        """(P,) the success rates of pairs, or the variances; that of all variants stands in for a pair that is new."""
        part = self._part(recent)
        top, base = part[:, self.where].sum(axis=1)
        whole = part.sum(axis=1)
        return np.asarray((top + whole[0] / max(whole[1], 1.0)) / (base + 1))

    def _part(self, recent: Array) -> Array:
        """(2, K): what makes a rate, or a variance, and how many it is divided by."""
        return recent[[1, 0]] if self.binary else recent[[2, 3]]

    def past(self) -> Past:
        """What is to be carried on; of variants that have left, as it was."""
        recent = {name: Recent(*row) for name, row in zip(self.variants, self.recent.T.tolist(), strict=True)}
        pairs = {first: dict(others) for first, others in self.before.pairs.items()}
        for (first, second), row in zip(self.names, self.pairs.T.tolist(), strict=True):
            if row[0] > 0:
                pairs.setdefault(first, {})[second] = Pair(*row)
        return replace(self.before, first=self.first, recent={**self.before.recent, **recent}, pairs=pairs)


def _column(count: Array, total: Array, squares: Array) -> Array:
    """(4, K): what a stratum adds to what is recent; deviations are from the mean of all variants together."""
    mean = total.sum() / count.sum()
    within = squares - 2 * mean * total + mean**2 * count
    within[within < _ROUNDING * squares] = 0.0
    return np.stack([count, total, within, count * (1 - 1 / count.sum())])
