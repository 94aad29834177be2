"""A request that never arrives."""

from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from banditctl.emulator.calls import Call
from banditctl.emulator.faults import Before
from banditctl.emulator.lost import BrokenOff


@dataclass(frozen=True, kw_only=True)
class Drop(Before):
    """Nothing is done, and the connection breaks."""

    kind: Literal["drop"] = "drop"

    async def meet(self, call: Call) -> Response:
        return BrokenOff()
