"""The best variant changes at half time, or nothing does: how often and how soon the change alert says so."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from simulations.goals import Figure, Goal, Rows, at_most
from simulations.pairs import Played, World, played

from banditctl.core.change import change
from banditctl.core.trials import Trials

HOURS, SEEDS = 336, 25


def watch(world: World, number: int, chunk: int, seeds: int = SEEDS) -> Rows:
    """Of each seed: the hour of the first alert, None if there was none."""
    seen = played(world, seeds, (number, chunk))
    return [_alerted(seen, seed, world.discount) for seed in range(seeds)]


def _alerted(seen: Played, seed: int, discount: float) -> int | None:
    whole = seen.trials(seed)
    for hour in range(24, HOURS):
        found = change(_until(whole, hour), _leader(whole, hour), discount)
        if found and found.alert:
            return hour
    return None


def _until(whole: Trials, hour: int) -> Trials:
    rows = slice(0, hour)
    columns = (whole.shares, whole.exposed, whole.count, whole.total, whole.squares)
    return Trials(
        whole.variants, whole.elapsed[-hour:], whole.settled[rows], whole.ripe[rows], *(each[rows] for each in columns)
    )


def _leader(whole: Trials, hour: int) -> int:
    return int(whole.shares[hour, 1] > 0.5)


def rare(rows: Rows) -> Sequence[Figure]:
    """It looks at two windows at every turn for two weeks, and is no test: it may err more than a test would."""
    return [at_most("false alerts in two weeks", np.mean([row is not None for row in rows]), 0.11)]


def seen(rows: Rows) -> Sequence[Figure]:
    after = [np.inf if row is None or row < HOURS // 2 else row - HOURS // 2 for row in rows]
    early = np.mean([row is not None and row < HOURS // 2 for row in rows])
    return [
        Figure("alerts after the swap", f"{np.mean(np.isfinite(after)):.4g}"),
        Figure("median hours to the alert", f"{np.median(after):g}"),
        Figure("false alerts before it", f"{early:.4g}"),
    ]


WORLDS = {
    "none, flat": (World("stratified", floor=0.01, lift=0.1, looks=HOURS, discount=0.995), rare),
    "none, day": (World("stratified", "day", 0.01, 0.1, looks=HOURS, discount=0.995), rare),
    "swap, flat": (World("stratified", floor=0.01, lift=0.2, looks=HOURS, discount=0.995, swap=HOURS // 2), seen),
    "swap, day": (World("stratified", "day", 0.01, 0.2, looks=HOURS, discount=0.995, swap=HOURS // 2), seen),
}
SETTING = "500 seeds, 336 hours of 1,000, Thompson stratified, floor 1%, discount 0.995"
GOALS = [
    Goal(f"change {name}", SETTING, 500 // SEEDS, partial(watch, world, number), sums)
    for number, (name, (world, sums)) in enumerate(WORLDS.items())
]
