"""KL-UCB: each request to the variant that could be the best, by the tightest bound there is for successes."""

from dataclasses import dataclass
from math import log
from typing import Literal

from scipy.special import rel_entr

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out
from banditctl.core.units import Array
from banditctl.core.waterfilling import fill


@dataclass(frozen=True, kw_only=True)
class KlUcb(Undemanding):
    """The index is the largest rate q with n * kl(mean, q) <= ln t after n of t trials (Garivier and Cappe 2011)."""

    rewards = ("bernoulli",)
    estimators = ("pooled",)

    kind: Literal["kl_ucb"] = "kl_ucb"

    def propose(self, belief: Belief, record: Record, /) -> Allocation:
        # Where successes cost, it is failures that are wanted.
        worth = belief.mean if belief.direction > 0 else 1 - belief.mean
        log_t = max(log(record.horizon), 1.0)

        def demand(level: float) -> Array:
            return trials_at(level, worth, log_t)

        return share_out(belief.variants, fill(demand, record.trials, record.batch, float(worth.max()), 1.0))


def trials_at(level: float, rates: Array, log_t: float) -> Array:
    """(K,) the number of trials at which the index of a variant with this success rate is `level`, a greater rate."""
    divergence: Array = rel_entr(rates, level) + rel_entr(1 - rates, 1 - level)
    return log_t / divergence
