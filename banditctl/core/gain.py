"""What moving the traffic has brought: the reward of a trial beside that under an equal split of the same trials."""

import numpy as np
from msgspec import Struct

from banditctl.core.belief import Belief
from banditctl.core.trials import Trials

# Standard deviations on either side of a normal variable's mean that hold 95% of it.
_REACH = 1.959963984540054


class Gain(Struct, frozen=True):
    """Reward a trial above that of an equal split, its 95% interval, and what the equal split is believed to earn.

    More is better whatever the goal: less of what is to be minimized is a gain.
    """

    mean: float
    interval: tuple[float, float]
    equal: float


def gain(trials: Trials, belief: Belief) -> Gain | None:
    """The gain of all `trials` together; None before there is one.

    Only differences between variants matter to it, so that a base rate that drifts is neither gain nor loss. In each
    stratum the equal split is one among the variants that the endpoint had then.
    """
    count = trials.count.sum()
    if not count > 0:
        return None
    present = (trials.shares > 0) | (trials.count > 0)
    each = trials.count.sum(axis=1) / np.maximum(present.sum(axis=1), 1)
    equal = (each[:, None] * present).sum(axis=0) / count
    moved = trials.count.sum(axis=0) / count - equal
    mean, deviation = belief.difference(moved)
    low, high = mean - _REACH * deviation, mean + _REACH * deviation
    return Gain(mean, (low, high), float(equal @ belief.mean))
