"""Top-two Thompson sampling: traffic for finding out which variant is the best, and how surely."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out
from banditctl.core.units import Array, Share

# Probabilities as small as this have too few correct digits to be divided by.
_CERTAIN = 1e-12


@dataclass(frozen=True, kw_only=True)
class TopTwo(Undemanding):
    """Draw the best variant; with probability 1 - beta, draw again until another one comes (Russo 2016)."""

    kind: Literal["top_two"] = "top_two"
    # Below one half, the better of two variants would have the smaller share.
    beta: Annotated[Share, Ge(0.5)] = 0.5
    """The share of the variant that is drawn first; the rest goes to its challengers."""

    def propose(self, belief: Belief, _record: Record, /) -> Allocation:
        best, leader = belief.best, belief.leader
        others = 1.0 - np.eye(len(best))
        # Sums of the others: 1 - P(best) would have lost its digits.
        beaten = others @ best
        if beaten[leader] < _CERTAIN:
            first, second = np.eye(len(best))[leader], _closest(belief, leader)
        else:
            first, second = best, best * (others @ (best / beaten))
        return share_out(belief.variants, self.beta * first + (1 - self.beta) * second)


def _closest(belief: Belief, leader: int) -> Array:
    """(K,) all to the challenger that is the fewest standard deviations behind; ties share."""
    behind = np.abs(belief.mean[leader] - belief.mean) / np.hypot(belief.deviation[leader], belief.deviation)
    behind[leader] = np.inf
    closest = behind == behind.min()
    return np.asarray(closest / np.count_nonzero(closest))
