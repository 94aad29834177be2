"""Too many calls: a bucket of tokens for each operation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from banditctl.emulator.calls import Call
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.faults import INVOKE, Before


@dataclass(frozen=True, kw_only=True)
class Throttle(Before):
    """`ThrottlingException: Rate exceeded` for calls that come faster than `rate` once `burst` is used up."""

    kind: Literal["throttle"] = "throttle"
    rate: Annotated[float, Field(gt=0)]
    """Calls a second that are let through, of each operation."""
    burst: Annotated[int, Field(ge=1)] = 1
    """Calls at once that are let through after a while without any."""
    # By operation: the tokens that were left, and when.
    _left: Annotated[dict[str, tuple[float, datetime]], Field(exclude=True)] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def concerns(self, call: Call) -> bool:
        """Only calls for which no token is left; one that finds a token takes it."""
        if not super().concerns(call):
            return False
        left, since = self._left.get(call.operation, (float(self.burst), call.at))
        left = min(float(self.burst), left + self.rate * (call.at - since).total_seconds())
        self._left[call.operation] = (left - 1 if left >= 1 else left, call.at)
        return left < 1

    async def meet(self, call: Call) -> None:
        # All that the runtime says is the code.
        members = {"message": None} if call.operation == INVOKE else {}
        raise ServiceError("ThrottlingException", "Rate exceeded", members=members)
