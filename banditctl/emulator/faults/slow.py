"""A service that takes its time."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.calls import Call
from banditctl.emulator.faults import Before


@dataclass(frozen=True, kw_only=True)
class Slow(Before):
    """A call is done and answered late, by the caller's time and not the emulator's; done even if nobody waits."""

    kind: Literal["slow"] = "slow"
    delay: Duration
    """How late."""

    async def meet(self, call: Call) -> None:
        await asyncio.sleep(self.delay.total_seconds())
