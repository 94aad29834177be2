"""Beliefs that hang together: how far their chances are off, and how often a success costs a variant share."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from core.entangled import anyhow, by_draws, compared, more_successes
from simulations.goals import Figure, Goal, Rows, at_most

from banditctl.core.orthant import largest

DRAWS = 4_000_000
BELIEFS, HISTORIES = 5, 150


def off(made: Callable, number: int, chunk: int) -> Rows:
    """The largest error of each belief's chances."""
    rng = np.random.default_rng((number, chunk))
    return [_off(*made(int(rng.integers(4, 11)), rng), rng) for _ in range(BELIEFS)]


def _off(mean: np.ndarray, covariance: np.ndarray, rng: np.random.Generator) -> float:
    chances, _ = by_draws(mean, covariance, rng, DRAWS)
    return float(np.abs(largest(mean, covariance)[0] - chances).max())


def close(rows: Rows) -> Sequence[Figure]:
    return [at_most("largest error", max(rows), 2e-3, ".2g"), Figure("median error", f"{np.median(rows):.2g}")]


def succeed(variants: int, chunk: int) -> Rows:
    """The change of P(best) of each variant that succeeded more."""
    rng = np.random.default_rng((variants, chunk))
    return [float(more_successes(variants, rng)) for _ in range(HISTORIES)]


def lost(rows: Rows) -> Sequence[Figure]:
    losses = [-row for row in rows if row < -1e-12]
    return [
        at_most("lost share by it", len(losses) / len(rows), 0.03, ".2%"),
        Figure("median loss", f"{np.median(losses):.2g}" if losses else "none"),
        Figure("largest loss", f"{max(losses, default=0):.2g}"),
    ]


GOALS = [
    *(
        Goal(
            f"chances of {name}",
            f"60 beliefs of 4 to 10 variants, {DRAWS:,} draws",
            12,
            partial(off, made, number),
            close,
        )
        for number, (name, made) in enumerate({"strata": compared, "any covariance": anyhow}.items())
    ),
    *(
        Goal(
            f"more success, {variants} variants",
            "3,000 histories of up to 30 strata",
            20,
            partial(succeed, variants),
            lost,
        )
        for variants in (2, 3, 6)
    ),
]
