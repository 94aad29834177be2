"""The bandit's own rollout: every proposal may be had at once, the limits alone hold it back."""

from dataclasses import dataclass
from typing import Literal

from banditctl.core.allocation import Allocation


@dataclass(frozen=True, kw_only=True)
class Continuous:
    """Follows the policy from turn to turn, without stages and without an end."""

    kind: Literal["continuous"] = "continuous"

    def grant(self, proposal: Allocation) -> Allocation:
        return proposal
