"""Worlds of two variants in looks of a thousand requests, many seeds at once; what is watched in them is ours alone.

Thompson sampling is in closed form here, by the normal distribution: it is what makes shares follow the rewards, and
need not be exact.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from banditctl.core.trials import Trials

LOOK = 1000


@dataclass(frozen=True)
class World:
    """How the rate of the first variant moves, what the second has more, and how shares follow.

    `sampling` is fixed, pooled or stratified; `amounts` draws what a success is worth, 1 where there is none.
    """

    sampling: str = "fixed"
    baseline: str = "flat"
    floor: float = 0.05
    lift: float = 0.0
    rate: float = 0.05
    looks: int = 100
    discount: float = 1.0
    swap: int | None = None
    amounts: Callable[[np.random.Generator, np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None

    def rates(self, look: int) -> np.ndarray:
        """(2,) success rates; what the second has more is the same at every look."""
        day = 1 + 0.4 * np.sin(2 * np.pi * look / 24)
        level = {"flat": self.rate, "day": self.rate * day, "trend": self.rate * (0.6 + 0.8 * look / self.looks)}
        more = self.lift * self.rate * (-1 if self.swap is not None and look >= self.swap else 1)
        return level[self.baseline] + np.array([0.0, more])


@dataclass(frozen=True)
class Played:
    """(seeds, looks, 2) each: requests, rewards and their squares, and the (seeds, looks, 2) shares."""

    count: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    shares: np.ndarray

    def trials(self, seed: int) -> Trials:
        """All looks of one seed, an hour each."""
        looks = len(self.count[seed])
        every = np.ones(looks, dtype=bool)
        elapsed = np.arange(looks)[::-1].astype(float)
        return Trials(
            variants=("A", "B"),
            elapsed=elapsed,
            settled=every,
            ripe=every,
            shares=self.shares[seed],
            exposed=self.count[seed],
            count=self.count[seed],
            total=self.total[seed],
            squares=self.squares[seed],
        )


def played(world: World, seeds: int, entropy: tuple[int, ...]) -> Played:
    """Play `world` with so many seeds, all drawn from one generator."""
    draw = np.random.default_rng(entropy)
    looks: list[tuple[np.ndarray, ...]] = []
    shares = np.full((seeds, 2), 0.5)
    for look in range(world.looks):
        second = draw.binomial(LOOK, shares[:, 1])
        count = np.stack([LOOK - second, second], axis=1)
        successes = draw.binomial(count, world.rates(look))
        total, squares = world.amounts(draw, successes) if world.amounts else (successes, successes)
        looks.append((count, total, squares, shares))
        if world.sampling != "fixed":
            best = _SAMPLING[world.sampling](looks, world.discount)
            shares = world.floor + (1 - 2 * world.floor) * np.stack([1 - best, best], axis=1)
    return Played(*(np.stack(column, axis=1).astype(float) for column in zip(*looks, strict=True)))


def _pooled(looks: list, discount: float) -> np.ndarray:
    """(seeds,) probability that the second is best, all looks added up."""
    age = discount ** np.arange(len(looks))[::-1]
    count = np.tensordot(age, [look[0] for look in looks], axes=1) + 2
    total = np.tensordot(age, [look[1] for look in looks], axes=1) + 1
    mean = total / count
    variance = (mean * (1 - mean) / count).sum(axis=1)
    return ndtr((mean[:, 1] - mean[:, 0]) / np.sqrt(variance))


def _stratified(looks: list, discount: float) -> np.ndarray:
    """The same, compared within looks: the closed form of two variants."""
    information = pull = recent = 0.0
    for count, total, *_ in looks:
        recent = recent * (1 - 1 / 24) + np.stack([total.sum(axis=1), count.sum(axis=1)])
        rate = (recent[0] + 0.5) / (recent[1] + 1)
        variance = rate * (1 - rate) * LOOK
        information = discount * information + count.prod(axis=1) / variance
        pull = discount * pull + (total[:, 1] * count[:, 0] - total[:, 0] * count[:, 1]) / variance
    return ndtr(pull / np.sqrt(information + LOOK / variance))


_SAMPLING = {"pooled": _pooled, "stratified": _stratified}
