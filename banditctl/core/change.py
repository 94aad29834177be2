"""Whether what came lately contradicts what is remembered: a best variant that is so no longer.

An alert for people. It moves no traffic: the variant that has become better gets so few requests by then that
discounting what is old notices sooner (docs/statistics.md).
"""

import numpy as np
from msgspec import Struct

from banditctl.core.sequences import contrast
from banditctl.core.trials import Flags, Trials
from banditctl.core.units import Array

# How long "lately" is, in longest strata: of an hour, a day and three.
_WINDOWS = (24.0, 72.0)

# So many standard deviations are no accident, though one looks at every turn.
RINGS_BEYOND = 4.0

# Fewer trials of a variant, lately or before, are nothing to compare.
_LEAST = 100


class Change(Struct, frozen=True):
    """The rival whose distance from the leader has changed the most: within the last `window` strata against before.

    `z` is positive where the rival has gained, in standard deviations.
    """

    rival: str
    window: float
    z: float
    alert: bool


def change(trials: Trials, leader: int, discount: float) -> Change | None:
    """The clearest change, what is older counting as little as it does for the belief; None if there is none to tell.

    Only settled strata whose windows have closed are compared.
    """
    read = trials.settled & trials.ripe
    if not read.any():
        return None
    age = trials.elapsed[read] - trials.elapsed[read].min()
    rivals = [number for number in range(len(trials.variants)) if number != leader]
    # (2, T, K - 1): the leader, and beside it every rival.
    sides = np.array([[leader] * len(rivals), rivals])
    count, total = (np.moveaxis(column[read][:, sides], 1, 0) for column in (trials.count, trials.total))
    strata = contrast(count, total, _variance(trials, read)[sides][:, np.newaxis])
    found = [
        Change(trials.variants[rival], window, float(z), bool(abs(z) > RINGS_BEYOND))
        for window in _WINDOWS
        for rival, z in zip(rivals, _deviations(strata, count, age, window, discount), strict=True)
        if np.isfinite(z)
    ]
    return max(found, key=lambda one: abs(one.z), default=None)


def _deviations(strata: tuple[Array, Array], count: Array, age: Array, window: float, discount: float) -> Array:
    """(K - 1,) how far what came within `window` is from what came before, in standard deviations; nan: too few."""
    parts = age < window, age >= window
    enough = np.min([count[:, part].sum(axis=1) for part in parts], axis=(0, 1)) >= _LEAST
    (now, error), (before, former) = (_mean(strata[0][part], strata[1][part], age[part], discount) for part in parts)
    return np.asarray((now - before) / np.sqrt(np.where(enough, error + former, np.nan)))


def _mean(information: Array, score: Array, age: Array, discount: float) -> tuple[Array, Array]:
    """(K - 1,) the difference that the strata given, (T, K - 1), show, and its variance; nan where they show none."""
    # Against the youngest of them, or all would vanish where they are old.
    weight = (discount ** (age - age.min(initial=np.inf)))[:, np.newaxis]
    whole = (weight * information).sum(axis=0)
    whole = np.where(whole > 0, whole, np.nan)
    return (weight * score).sum(axis=0) / whole, (weight**2 * information).sum(axis=0) / whole**2


def _variance(trials: Trials, read: Flags) -> Array:
    """(K,) of one reward within a stratum: a variant's own or that of all, whichever is larger."""
    count, total, squares = trials.count[read], trials.total[read], trials.squares[read]
    within = np.maximum(squares - total**2 / np.maximum(count, 1e-300), 0.0).sum(axis=0)
    freedom = np.maximum(count - 1, 0.0).sum(axis=0)
    overall = within.sum() / max(freedom.sum(), 1.0)
    return np.asarray(np.maximum((within + overall) / (freedom + 1), overall))
