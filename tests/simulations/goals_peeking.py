"""Two variants watched a hundred times: how often equal ones are told apart, and how soon unequal ones are."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from simulations.goals import Figure, Goal, Rows, at_least, at_most
from simulations.pairs import World, played

from banditctl.core.certainty import log_mixture, radius
from banditctl.core.past import Past
from banditctl.core.sequences import read

ALPHA, LIFT = 0.05, 0.1
SEEDS = 100


def watch(world: World, number: int, chunk: int, seeds: int = SEEDS) -> Rows:
    """Of each seed: the looks at which the two sequences first told the variants apart, None if never; whether the
    confidence sequence held the truth at every look; and half its width at the end.
    """
    binary = world.amounts is None
    seen = played(world, seeds, (number, chunk))
    return [_watched(seen.trials(seed), world, binary=binary) for seed in range(seeds)]


def _watched(trials, world: World, *, binary: bool) -> list:
    past, first, held, half = Past(), {"mixture": None, "wealth": None}, True, None
    bar = np.log(1 / ALPHA)
    truth = world.lift * world.rate
    for look in range(world.looks):
        past = read(past, trials, [look], LIFT, binary=binary)
        pair = past.pairs.get("A", {}).get("B")
        if pair is None:
            continue
        deviation = LIFT * past.scale
        half = radius(pair, deviation, ALPHA)
        held &= abs(pair.score / pair.information - truth) <= half
        for name, evidence in (("mixture", log_mixture(pair, deviation)), ("wealth", pair.log_wealth)):
            if first[name] is None and evidence >= bar:
                first[name] = look + 1
    return [first["mixture"], first["wealth"], bool(held), half]


def never(rows: Rows) -> Sequence[Figure]:
    """Equal variants: both sequences keep their promise, and so does the confidence sequence."""
    false = [np.mean([row[place] is not None for row in rows]) for place in (0, 1)]
    return [
        at_most("told apart by the normal mixture", false[0], ALPHA),
        at_most("told apart by the safe e-process", false[1], ALPHA),
        at_least("confidence sequence held throughout", np.mean([row[2] for row in rows]), 1 - ALPHA),
    ]


def never_by_amounts(rows: Rows) -> Sequence[Figure]:
    return [figure for figure in never(rows) if "safe" not in figure.what]


def soon(power: float, median: float | None, rows: Rows) -> Sequence[Figure]:
    """Unequal variants: found by the last look, and in how many of a thousand requests."""
    found = []
    for place, name in enumerate(("normal mixture", "safe e-process")):
        looks = [row[place] or np.inf for row in rows]
        found.append(at_least(f"found by the {name}", np.mean(np.isfinite(looks)), power))
        middle = float(np.median(looks))
        bounded = median is not None
        found.append(
            at_most(f"median look, {name}", middle, median)
            if bounded
            else Figure(f"median look, {name}", f"{middle:g}")
        )
    half = np.median([row[3] for row in rows])
    return [*found, Figure("half width of the sequence at the end, median", f"{1e4 * half:.0f} bp"), held(rows)[0]]


def held(rows: Rows) -> Sequence[Figure]:
    return [at_least("confidence sequence held throughout", np.mean([row[2] for row in rows]), 1 - ALPHA)]


def revenue(draw: np.random.Generator, successes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each success is worth a lognormal amount: many small ones, a few large."""
    amounts = draw.lognormal(0.0, 1.0, int(successes.sum()))
    edges = np.concatenate([[0], np.cumsum(successes.ravel())])
    sums = [np.concatenate([[0.0], np.cumsum(column)])[edges] for column in (amounts, amounts**2)]
    total, squares = (np.diff(column).reshape(successes.shape) for column in sums)
    return total, squares


EQUAL = {
    "fixed, flat": World(),
    "fixed, day": World(baseline="day"),
    "Thompson, flat, floor 1%": World("pooled", floor=0.01),
    "Thompson, flat, floor 5%": World("pooled"),
    "Thompson pooled, day, floor 5%": World("pooled", "day"),
    "Thompson stratified, day, floor 5%": World("stratified", "day"),
    "Thompson stratified, trend, floor 5%": World("stratified", "trend"),
}
SPARSE = {
    "Thompson, day, rate 0.5%": World("stratified", "day", rate=0.005),
    "Thompson, day, rate 0.05%": World("stratified", "day", rate=0.0005),
}
AMOUNTS = {
    "revenue, fixed, flat": World(amounts=revenue),
    "revenue, Thompson, day, floor 1%": World("stratified", "day", floor=0.01, amounts=revenue),
    "rare revenue, Thompson, day": World("stratified", "day", rate=0.0005, amounts=revenue),
}
UNEQUAL = {
    "fixed, lift 20%": (World(lift=0.2), partial(soon, 0.99, 23)),
    "fixed, lift 10%": (World(lift=0.1), partial(soon, 0.72, None)),
    "Thompson, day, floor 1%, lift 10%": (World("stratified", "day", 0.01, 0.1), held),
    "Thompson, day, floor 1%, lift 20%": (World("stratified", "day", 0.01, 0.2), held),
    "Thompson, trend, floor 5%, lift 20%": (World("stratified", "trend", 0.05, 0.2), held),
    "Thompson pooled, day, floor 5%, lift 20%": (World("pooled", "day", 0.05, 0.2), held),
}
WORLDS = [
    *((name, world, never) for name, world in (EQUAL | SPARSE).items()),
    *((name, world, never_by_amounts) for name, world in AMOUNTS.items()),
    *((name, world, sums) for name, (world, sums) in UNEQUAL.items()),
]
SETTING = "2,000 seeds, 100 looks of 1,000, rate 5% if not said, alpha 0.05"
GOALS = [
    Goal(f"peeking {name}", SETTING, 2000 // SEEDS, partial(watch, world, number), sums)
    for number, (name, world, sums) in enumerate(WORLDS)
]
