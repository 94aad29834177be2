"""A target that tells what becomes of each push, and else is the one behind it."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from banditctl.core.allocation import Allocation, Live
from banditctl.core.limits import Limits
from banditctl.errors import TargetBusy
from banditctl.targets import Target

Outcome = Literal["accepted", "busy", "failed"]


class Told:
    """Implements banditctl.targets.Target; `tell` is called as soon as the outcome of a push is known."""

    def __init__(self, target: Target, tell: Callable[[Outcome], None]) -> None:
        self._target = target
        self._tell = tell

    async def read(self) -> Live:
        return await self._target.read()

    async def push(self, allocation: Allocation) -> None:
        outcome: Outcome = "failed"
        try:
            await self._target.push(allocation)
            outcome = "accepted"
        except TargetBusy:
            outcome = "busy"
            raise
        finally:
            self._tell(outcome)

    async def measure(self, live: Live, limits: Limits, at: datetime) -> Live:
        return await self._target.measure(live, limits, at)

    async def scale(self, variant: str, instances: int) -> None:
        await self._target.scale(variant, instances)
