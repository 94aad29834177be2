"""Epsilon-greedy: a share explores all variants alike, the rest goes to the best mean so far."""

from dataclasses import dataclass
from math import e, log
from typing import Literal

import numpy as np

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out
from banditctl.core.units import Share


@dataclass(frozen=True, kw_only=True)
class EpsilonGreedy(Undemanding):
    """epsilon/K to each variant, and 1 - epsilon shared by those with the best mean."""

    kind: Literal["epsilon_greedy"] = "epsilon_greedy"
    epsilon: Share = 0.1
    """The share that is spent on exploring; with `decay`, the most that is."""
    decay: bool = False
    """Whether to explore less as trials come in."""

    def propose(self, belief: Belief, record: Record, /) -> Allocation:
        worth = belief.direction * belief.mean
        leads = worth == worth.max()
        epsilon = min(self.epsilon, _decayed(len(worth), record.horizon)) if self.decay else self.epsilon
        return share_out(belief.variants, epsilon / len(worth) + (1 - epsilon) * leads / np.count_nonzero(leads))


def _decayed(variants: int, trials: float) -> float:
    """(K ln t / t)^(1/3), the rate at which the regret of exploring and that of not having explored are alike."""
    # Below e, ln t / t would fall again.
    t = max(trials, e)
    return float((variants * log(t) / t) ** (1 / 3))
