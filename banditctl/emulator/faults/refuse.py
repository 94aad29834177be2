"""Any other error."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field

from banditctl.emulator.calls import Call
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.faults import Before


@dataclass(frozen=True, kw_only=True)
class Refuse(Before):
    """An error with a code, text and HTTP status of your own, and nothing done."""

    kind: Literal["refuse"] = "refuse"
    code: str = "InternalFailure"
    """What clients find as `Error.Code`."""
    message: str = "The request processing has failed because of an unknown error, exception or failure."
    """What they find as `Error.Message`."""
    status: Annotated[int, Field(ge=400, le=599)] = 500
    """The status of the answer; boto3 tries again after a 500, 502, 503 or 504."""

    async def meet(self, call: Call) -> None:
        raise ServiceError(self.code, self.message, HTTPStatus(self.status))
