"""Thompson sampling, exactly: each variant's share is its probability of being the best."""

from dataclasses import dataclass
from typing import Literal

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding, share_out


@dataclass(frozen=True, kw_only=True)
class Thompson(Undemanding):
    """Routing a batch of requests by these shares is drawing each one's variant from the posterior."""

    kind: Literal["thompson"] = "thompson"

    def propose(self, belief: Belief, _record: Record, /) -> Allocation:
        return share_out(belief.variants, belief.best)
