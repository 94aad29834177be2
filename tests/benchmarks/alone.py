"""The HTTP server alone: the service's own, in front of an app that reads a body and answers 202 at once."""

import asyncio

import uvloop
from starlette.types import Receive, Scope, Send

from banditctl.serving import address, listen, serving, stop_signal

_BODY = b'{"accepted":1,"duplicates":0,"rejected":[]}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]


async def accept(_scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def serve() -> None:
    listener = listen("127.0.0.1", 0)
    print(address(listener), flush=True)  # noqa: T201 - as banditctl itself says where it listens
    async with serving(accept, listener):
        await stop_signal()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
