"""A refusal because of a change that is not to be seen."""

from dataclasses import dataclass
from typing import Literal

from banditctl.emulator.calls import Call
from banditctl.emulator.faults import Before
from banditctl.emulator.state import in_progress

_CHANGES = ("Update", "Delete")


@dataclass(frozen=True, kw_only=True)
class Busy(Before):
    """`Cannot update in-progress endpoint`, though it is described as `InService`: somebody was a moment earlier."""

    kind: Literal["busy"] = "busy"

    def concerns(self, call: Call) -> bool:
        """Only changes of an endpoint that is there."""
        return super().concerns(call) and call.endpoint is not None and call.operation.startswith(_CHANGES)

    async def meet(self, call: Call) -> None:
        if call.endpoint is not None:
            raise in_progress(call.endpoint)
