"""What can go wrong, one module for each kind: before a call, after it, in what is read, in what changes lead to."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, with_config
from starlette.requests import Request
from starlette.responses import Response

from banditctl.core.units import Share
from banditctl.emulator.calls import Call
from banditctl.emulator.state import Endpoint
from banditctl.emulator.written import STRICT, ResourceName

# Only faults that name it strike it: what is tested is what steers, while the application goes on.
INVOKE = "InvokeEndpoint"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Fault:
    """Which calls a fault strikes."""

    operation: str | None = None
    """Of these only; left out, of all but InvokeEndpoint."""
    endpoint: ResourceName | None = None
    """Those on this endpoint only."""
    skip: Annotated[int, Field(ge=0)] = 0
    """How many calls it spares first."""
    times: Annotated[int, Field(ge=1)] | None = None
    """How often it strikes; left out, until it is removed."""
    chance: Share = 1.0
    """How likely it strikes when it could."""

    def concerns(self, call: Call) -> bool:
        """Whether it could strike that call."""
        if self.endpoint is not None and call.name.lower() != self.endpoint.lower():
            return False
        return call.operation == self.operation if self.operation else call.operation != INVOKE


class Before(Fault):
    """A fault that a call meets before anything is done."""

    async def meet(self, call: Call) -> Response | None:
        """An answer in place of the real one, or None to go on. Raises `ServiceError`."""
        raise NotImplementedError


class After(Fault):
    """A fault that an answer meets once everything is done."""

    async def spoil(self, request: Request, answer: Response) -> Response:
        """What is answered instead. Raises `ServiceError`."""
        raise NotImplementedError


class Reading(Fault):
    """A fault in what an endpoint is described as."""

    def read(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint that is described instead."""
        raise NotImplementedError


class Outcome(Fault):
    """A fault in what a change leads to, once it was accepted."""

    def turn(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint on another course."""
        raise NotImplementedError
