"""Epsilon-greedy: a fixed share explores all variants alike, the rest goes to the best mean so far."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.units import Share


@dataclass(frozen=True, kw_only=True)
class EpsilonGreedy:
    """epsilon/K to each variant, and 1 - epsilon shared by those with the best mean."""

    kind: Literal["epsilon_greedy"] = "epsilon_greedy"
    epsilon: Share = 0.1
    """The share that is spent on exploring."""

    def propose(self, belief: Belief) -> Allocation:
        worth = belief.direction * belief.mean
        leads = worth == worth.max()
        shares = self.epsilon / len(worth) + (1 - self.epsilon) * leads / np.count_nonzero(leads)
        return Allocation(dict(zip(belief.variants, shares.tolist(), strict=True)))
