"""A goal for tests of the frame: chunks that are worth twice their number."""

from functools import partial
from pathlib import Path

from simulations.goals import Goal, at_most


def doubled(played, chunk):
    """Twice the number; every chunk that is played leaves a file in `played`."""
    Path(played, f"{chunk}").touch(exist_ok=False)
    return [2 * chunk]


def doubling(played, *, bar=4, setting="by two"):
    return Goal(
        "doubling", setting, 3, partial(doubled, str(played)), lambda rows: [at_most("largest", max(rows), bar)]
    )
