"""UCB1: each request to the variant that could be the best, by a bound that holds for any reward between 0 and 1."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out
from banditctl.core.units import Array
from banditctl.core.waterfilling import fill


@dataclass(frozen=True, kw_only=True)
class Ucb1(Undemanding):
    """The index is mean + sqrt(2 ln t / n) after n of t trials (Auer and others 2002)."""

    rewards = ("bernoulli",)
    estimators = ("pooled",)

    kind: Literal["ucb1"] = "ucb1"

    def propose(self, belief: Belief, record: Record, /) -> Allocation:
        worth = belief.direction * belief.mean
        log_t = max(log(record.horizon), 1.0)
        best = float(worth.max())
        # So high that no variant takes more than an equal part of the batch.
        high = best + sqrt(2 * log_t * len(worth) / record.batch)

        def demand(level: float) -> Array:
            return 2 * log_t / (level - worth) ** 2

        return share_out(belief.variants, fill(demand, record.trials, record.batch, best, high))
