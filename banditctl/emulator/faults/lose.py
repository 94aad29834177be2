"""An answer that never arrives."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.errors import ServiceError
from banditctl.emulator.faults import After
from banditctl.emulator.lost import BrokenOff, hung_up


@dataclass(frozen=True, kw_only=True)
class Lose(After):
    """Everything is done, and the caller does not get to know."""

    kind: Literal["lose"] = "lose"
    answer: Literal["close", "error", "silence"] = "close"
    """The connection breaks; or InternalFailure is answered, with status 500; or nothing, until the caller gives up."""

    async def spoil(self, request: Request, answer: Response) -> Response:
        if self.answer == "error":
            raise ServiceError("InternalFailure", "Something went wrong.", HTTPStatus.INTERNAL_SERVER_ERROR)
        if self.answer == "silence":
            await hung_up(request)
        return BrokenOff()
