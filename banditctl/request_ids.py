"""Request ids: by them an answer, its problem and what is logged of a request are found to belong together."""

import re
from collections.abc import Awaitable, Iterable, MutableMapping
from contextvars import ContextVar
from itertools import count
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

_HEADER = b"x-request-id"

# What UUIDs, ULIDs and the ids of tracing systems are made of, and what no log or header has to escape.
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._:;=+/@-]{1,128}")

# Each request is answered in a task of its own, and so has its own; b"" outside of any.
_current: ContextVar[bytes] = ContextVar("request_id", default=b"")


def request_id() -> str:
    """That of the request being answered; empty outside of any."""
    return _current.get().decode()


def identified(head: bytes) -> bytes:
    """The head of an answer, as it goes out, with the id of its request."""
    identity = _current.get()
    return b"%sx-request-id: %s\r\n\r\n" % (head[:-2], identity) if identity else head


def add_request_id(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor for structlog: names the request in each line that is logged while it is answered."""
    if identity := request_id():
        event["request_id"] = identity
    return event


class RequestIds:
    """An ASGI callable in front of `app`: takes each request's `X-Request-Id`, or makes one.

    The server puts it into the answer, where it costs less. Ids that are made begin with `prefix`, which tells one
    daemon's from another's.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix.encode()
        self._numbers = count(1)

    # Not a coroutine function, which would cost every request a frame more.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        _current.set(_sent(scope["headers"]) or b"%s-%x" % (self._prefix, next(self._numbers)))
        return self._app(scope, receive, send)


def _sent(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The id that came with the request, if it is well-formed."""
    for name, value in headers:
        if name == _HEADER:
            return value if _WELL_FORMED.fullmatch(value) else None
    return None
