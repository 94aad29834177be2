"""From proposal to what it may have now: one file a rollout, named as policy files name it."""

from typing import Protocol

from banditctl.core.allocation import Allocation


class Rollout(Protocol):
    """What a policy file names under `rollout`."""

    @property
    def kind(self) -> str: ...

    def grant(self, proposal: Allocation) -> Allocation:
        """How much of `proposal` may be asked for at this turn, before the limits."""
        ...
