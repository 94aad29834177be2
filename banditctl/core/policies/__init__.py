"""From belief to proposal: one file a policy, named as policy files name it.

Each returns shares, never picks a variant: shares are the propensities of the requests they will route.
"""

from typing import Protocol

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief


class Policy(Protocol):
    """What a policy file names under `policy`."""

    @property
    def kind(self) -> str: ...

    def propose(self, belief: Belief) -> Allocation:
        """The shares that this belief asks for, before any limit."""
        ...
