"""Softmax: shares in proportion to exp(mean / temperature), however much or little is known."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt
from scipy.special import softmax

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out


@dataclass(frozen=True, kw_only=True)
class Softmax(Undemanding):
    """A variant that is better by one temperature has e times the share; it never stops exploring."""

    kind: Literal["softmax"] = "softmax"
    temperature: Annotated[float, Gt(0)] = 0.01
    """The difference of mean rewards, in their unit, that is worth e times the share."""

    def propose(self, belief: Belief, _record: Record, /) -> Allocation:
        return share_out(belief.variants, softmax(belief.direction * belief.mean / self.temperature))
