"""Exp3: exponential weights on what each variant would have earned, for rewards that someone may choose against us."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

from scipy.special import softmax

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out
from banditctl.core.units import Share


@dataclass(frozen=True, kw_only=True)
class Exp3(Undemanding):
    """mix/K to each variant, and 1 - mix by exp(eta * gain) with eta = sqrt(ln K / (K t)) after t trials."""

    rewards = ("bernoulli",)
    estimators = ("pooled",)

    kind: Literal["exp3"] = "exp3"
    mix: Share = 0.02
    """The share that is spread over all variants alike, so that no gain is divided by almost nothing."""

    def propose(self, belief: Belief, record: Record, /) -> Allocation:
        number = len(belief.variants)
        eta = sqrt(log(number) / (number * record.horizon))
        earned = softmax(belief.direction * eta * record.gains)
        return share_out(belief.variants, self.mix / number + (1 - self.mix) * earned)
