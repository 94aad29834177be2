"""Credentials that are over."""

from dataclasses import dataclass
from typing import Literal

from banditctl.emulator.calls import Call
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.faults import Before


@dataclass(frozen=True, kw_only=True)
class Expire(Before):
    """`ExpiredTokenException`, as for a session whose credentials nobody renewed."""

    kind: Literal["expire"] = "expire"

    async def meet(self, call: Call) -> None:
        raise ServiceError("ExpiredTokenException", "The security token included in the request is expired")
