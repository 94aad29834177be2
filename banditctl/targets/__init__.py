"""The contract of a target: what serves the traffic and lets its split be moved."""

from typing import Protocol

from banditctl.core.allocation import Allocation, Live


class Target(Protocol):
    """Once it has settled after `push(a)`, `read()` answers `a`.

    Both raise TargetUnavailable when the target did not answer or refused, and leave it as it was.
    """

    async def read(self) -> Live:
        """What is in force now."""
        ...

    async def push(self, allocation: Allocation) -> None:
        """Ask for new shares; returns when they were accepted, not when they are in force.

        Raises TargetBusy while the target is changing.
        """
        ...
