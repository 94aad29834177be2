"""Thompson sampling, exactly: each variant's share is its probability of being the best."""

from dataclasses import dataclass
from typing import Literal

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief


@dataclass(frozen=True, kw_only=True)
class Thompson:
    """Routing a batch of requests by these shares is drawing each one's variant from the posterior."""

    kind: Literal["thompson"] = "thompson"

    def propose(self, belief: Belief) -> Allocation:
        return Allocation(dict(zip(belief.variants, belief.best.tolist(), strict=True)))
