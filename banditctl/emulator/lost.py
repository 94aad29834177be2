"""Answers that do not arrive."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class BrokenOff(Response):
    """An answer whose connection breaks before any of its body came; clients take it for no answer at all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        # A body in pieces that never come: all that a server can do then is to close the connection.
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def hung_up(request: Request) -> None:
    """Returns once the client has given up waiting."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
