"""The HTTP server alone: the service's own and its fast path, in front of what answers 202 at once."""

import asyncio
from collections.abc import Mapping

import uvloop
from starlette.types import Receive, Scope, Send

from banditctl.serving import address, listen, serving, stop_signal
from banditctl.serving.protocol import Answer

_BODY = b'{"accepted":1,"duplicates":0,"rejected":[]}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]


async def nowhere(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404})
    await send({"type": "http.response.body"})


def accept(_headers: Mapping[bytes, bytes], _body: bytes, answer: Answer) -> bool:
    answer(202, _HEADERS, _BODY)
    return True


async def serve() -> None:
    listener = listen("127.0.0.1", 0)
    print(address(listener), flush=True)  # noqa: T201 - as banditctl itself says where it listens
    async with serving(nowhere, listener, {b"/": accept}):
        await stop_signal()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
