"""A permission that is missing."""

from dataclasses import dataclass
from typing import Literal

from banditctl.emulator.calls import Call
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.faults import Before


@dataclass(frozen=True, kw_only=True)
class Deny(Before):
    """`AccessDeniedException`, as for a role whose policy does not allow the call."""

    kind: Literal["deny"] = "deny"

    async def meet(self, call: Call) -> None:
        action = f"{call.service}:{call.operation}"
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:iam::123456789012:user/local is not authorized to perform: {action} on resource: "
            f"{call.resource} because no identity-based policy allows the {action} action",
        )
