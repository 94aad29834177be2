"""Request ids: by them an answer, its problem and what is logged of a request are found to belong together."""

import re
from collections.abc import Awaitable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"

# What UUIDs, ULIDs and the ids of tracing systems are made of, and what no log or header has to escape.
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._:;=+/@-]{1,128}")

# Each request is answered in a task of its own, and so has its own; b"" outside of any.
_current: ContextVar[bytes] = ContextVar("request_id", default=b"")


def request_id() -> str:
    """That of the request being answered; empty outside of any."""
    return _current.get().decode()


@contextmanager
def answering(identity: bytes) -> Iterator[None]:
    """Inside the block the request of this id is being answered."""
    token = _current.set(identity)
    try:
        yield
    finally:
        _current.reset(token)


def add_request_id(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor for structlog: names the request in each line that is logged while it is answered."""
    if identity := request_id():
        event["request_id"] = identity
    return event


class RequestIds:
    """Takes each request's `X-Request-Id`, or makes one; as an ASGI callable in front of `app`, answers with it.

    Ids that are made begin with `prefix`, which tells one daemon's from another's.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix.encode()
        self._numbers = count(1)

    # Not a coroutine function, which would cost every request a frame more.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        identity = self.identity(next((value for name, value in scope["headers"] if name == HEADER), b""))
        _current.set(identity)

        def identified(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER, identity)]
            return send(message)

        return self._app(scope, receive, identified)

    def identity(self, sent: bytes) -> bytes:
        """The id that came with a request if it is well-formed, or else a new one."""
        return sent if _WELL_FORMED.fullmatch(sent) else b"%b-%x" % (self._prefix, next(self._numbers))
