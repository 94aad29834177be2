"""The contract of a target: what serves the traffic and lets its split be moved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banditctl.core.allocation import Allocation, Live
from banditctl.core.limits import Limits


class Target(Protocol):
    """Once it has settled after `push(a)`, `read()` answers `a`.

    Reading, pushing and scaling raise TargetUnavailable when the target did not answer or refused, and leave it as it
    was.
    """

    async def read(self) -> Live:
        """What is in force now."""
        ...

    async def push(self, allocation: Allocation) -> None:
        """Ask for new shares; returns when they were accepted, not when they are in force.

        Raises TargetBusy while the target is changing.
        """
        ...

    async def measure(self, live: Live, limits: Limits, at: datetime) -> Live:
        """`live` with its traffic by `at`, as far as the capacity of `limits` depends on it.

        What could not be found out is left out, with the reason: it raises nothing.
        """
        ...

    async def scale(self, variant: str, instances: int) -> None:
        """Ask for so many instances of one variant; returns when they were accepted, not when they are in service.

        Raises TargetBusy while the target is changing.
        """
        ...


class MeteredTarget(Target, Protocol):
    """A target that counts its requests itself, as `trials: invocations` needs it."""

    async def invocations(
        self, variants: Sequence[str], since: datetime, until: datetime
    ) -> dict[datetime, dict[str, float]]:
        """How many requests each of `variants` served, by the minute (UTC), from `since` up to but not at `until`.

        A minute of which nothing is known for a variant is left out, whether none came or the number is not there yet.
        Raises TargetUnavailable where anything that is known was not told.
        """
        ...
