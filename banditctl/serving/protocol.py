"""uvicorn's protocol with a fast path in front: an ordinary POST that is short is answered without ASGI.

For a single event ASGI costs as much as all the rest: a task, a scope, four messages. The fast path sees only whole
requests with ordinary heads, and only between two others; everything else uvicorn gets byte for byte, as if nobody had
looked.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from banditctl.serving.heads import END, ordinary

# Called with status, headers and body.
Answer = Callable[[int, Iterable[tuple[bytes, bytes]], bytes], None]
# Called with headers, body and `answer`; says whether it takes the request: then it calls `answer` once, now or later.
Take = Callable[[Mapping[bytes, bytes], bytes, Answer], bool]

# In bytes. What is longer is worth a task.
_LONGEST_HEAD = 2048
_LONGEST_BODY = 16_384

# For how long the rest of a body is waited for. Who is refused on the long way is told so without it.
_PATIENCE_SECONDS = 1


class _Request(NamedTuple):
    """An ordinary request, who may take it, and how many bytes of its body are still to come."""

    headers: Mapping[bytes, bytes]
    body: bytes
    take: Take
    missing: int


class FastProtocol(HttpToolsProtocol):
    """One connection; `takers` are by the paths for which they take ordinary requests."""

    def __init__(self, takers: Mapping[bytes, Take], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._takers = takers
        # Of a request that is not whole yet, or of what follows the one that is being answered.
        self._heard = b""
        self._answering = False
        # Whether uvicorn has heard a part of a request and not yet its end.
        self._amid = False
        self._ending = False

    def data_received(self, data: bytes) -> None:
        data, self._heard = self._heard + data, b""
        if self._answering:
            self._heard = data
            self.flow.pause_reading()
            return
        request = self._ordinary(data) if self._between() else None
        if request and request.missing:
            self._wait(data)
        elif not request or not self._taken(request):
            super().data_received(data)

    def _wait(self, heard: bytes) -> None:
        """Keep what was heard of a request until the rest comes, but not for long."""
        self._heard = heard
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(_PATIENCE_SECONDS, self._hand_over)

    def _hand_over(self) -> None:
        """Leave to uvicorn what was heard, whole or not."""
        heard, self._heard = self._heard, b""
        if heard and not self.transport.is_closing():
            super().data_received(heard)

    def _between(self) -> bool:
        """Whether uvicorn owes no answer, has heard nothing that it is still to take up, and is listened to."""
        # Before the first request there is no cycle.
        owing = not getattr(self.cycle, "response_complete", True)
        return not (owing or self._amid or self.flow.write_paused)

    def _ordinary(self, data: bytes) -> _Request | None:
        """The request that `data` is, or is going to be if nothing else comes than its body."""
        end = data.find(END, 0, _LONGEST_HEAD) + len(END)
        head = ordinary(data[:end]) if end >= len(END) and data.startswith(b"POST ") else None
        take = self._takers.get(head.path) if head else None
        if not head or not take or head.size > _LONGEST_BODY or end + head.size < len(data):
            return None
        return _Request(head.headers, data[end:], take, end + head.size - len(data))

    def _taken(self, request: _Request) -> bool:
        self._unset_keepalive_if_required()
        self._answering = True
        taken = request.take(request.headers, request.body, self._answer)
        # It may have been answered at once.
        self._answering = self._answering and taken
        return taken

    def _answer(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        self._answering = False
        if self.transport.is_closing():
            return
        fields = [b"%b: %b\r\n" % field for field in (*self.server_state.default_headers, *headers)]
        if self._ending and not self._heard:
            fields.append(b"connection: close\r\n")
        self.transport.write(b"".join((STATUS_LINE[status], *fields, b"\r\n", body)))
        self.on_response_complete()
        if self._ending:
            self.shutdown()
        # Blank lines begin no request: they wait with the timer running, which uvicorn would stop.
        elif self._heard.strip(b"\r\n"):
            self.data_received(b"")

    def on_message_begin(self) -> None:
        self._amid = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._amid = False
        super().on_message_complete()

    def shutdown(self) -> None:
        self._ending = True
        if self._answering:
            return
        # uvicorn waits for the rest of a request that has begun.
        self._hand_over()
        super().shutdown()
