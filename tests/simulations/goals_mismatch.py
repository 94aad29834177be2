"""Requests against the shares in force: false alarms where all is well, and how soon a tilted router is noticed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from simulations.goals import Figure, Goal, Rows, at_most

from banditctl.core.mismatch import judge, read

BATCHES, REQUESTS, SEEDS = 200, 1000, 100


@dataclass(frozen=True)
class Router:
    """Sends requests in blocks, each by the shares, but for the odds of one variant; shares may follow what came."""

    variants: int = 3
    adaptive: bool = True
    odds: float = 1.0
    block: int = 1
    told: int = 1

    def send(self, shares: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        tilted = shares * np.where(np.arange(self.variants) == 1, self.odds, 1.0)
        return self.block * draw.multinomial(REQUESTS // self.block, tilted / tilted.sum())

    def follow(self, scores: np.ndarray, count: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """A walk that goes towards whichever variant just got more than the others: as dependent as shares get."""
        return scores + 0.2 * draw.normal(size=self.variants) + 2 * (count / REQUESTS - 1 / self.variants)


def watch(world: Router, number: int, chunk: int, seeds: int = SEEDS) -> Rows:
    """Of each seed: the batch at which the alarm first rang, None if never."""
    draw = np.random.default_rng((number, chunk))
    return [_alarmed(world, draw) for _ in range(seeds)]


def _alarmed(world: Router, draw: np.random.Generator) -> int | None:
    names, routed, scores = tuple("ABCDEFGHIJ"[: world.variants]), {}, np.zeros(world.variants)
    shares = np.full(world.variants, 1 / world.variants)
    for batch in range(BATCHES):
        count = world.send(shares, draw)
        routed = read(routed, names, [(count.astype(float), shares)])
        found = judge(routed, names, world.told)
        if found and found.alarm:
            return batch + 1
        if world.adaptive:
            scores = world.follow(np.clip(scores, -3, 3), count, draw)
            shares = 0.01 + (1 - 0.01 * world.variants) * np.exp(scores) / np.exp(scores).sum()
    return None


def quiet(rows: Rows) -> Sequence[Figure]:
    """At alpha 0.001 two of 2,000 are expected at most; three may happen."""
    return [at_most("false alarms", sum(row is not None for row in rows), 3, "d")]


def noticed(median: float, rows: Rows) -> Sequence[Figure]:
    found = [np.inf if row is None else row for row in rows]
    share = Figure("alarms", f"{np.mean(np.isfinite(found)):.4g}")
    return [at_most("median batch of the alarm", float(np.median(found)), median), share]


def told(rows: Rows) -> Sequence[Figure]:
    return [Figure("alarms", f"{np.mean([row is not None for row in rows]):.4g}")]


WORLDS = {
    "3 variants, adaptive shares": (Router(), quiet),
    "3 variants, fixed shares": (Router(adaptive=False), quiet),
    "10 variants, adaptive shares": (Router(10), quiet),
    "blocks of 5, told": (Router(block=5, told=5), quiet),
    "blocks of 5, not told": (Router(block=5), told),
    "odds 10% up, fixed shares": (Router(odds=1.1, adaptive=False), partial(noticed, 15)),
    "odds 50% up, fixed shares": (Router(odds=1.5, adaptive=False), partial(noticed, 1)),
    "odds 5% up, fixed shares": (Router(odds=1.05, adaptive=False), told),
    "odds 10% up, adaptive shares": (Router(odds=1.1), told),
}
SETTING = "2,000 seeds, 200 batches of 1,000, alpha 0.001"
GOALS = [
    Goal(f"mismatch {name}", SETTING, 2000 // SEEDS, partial(watch, world, number), sums)
    for number, (name, (world, sums)) in enumerate(WORLDS.items())
]
