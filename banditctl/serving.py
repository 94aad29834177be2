"""Serving HTTP until a signal: the socket first, so that the address is known before anything starts."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from banditctl.errors import UsageError
from banditctl.request_ids import identified

# How long requests that are being answered may hold up a stop.
_GRACE_SECONDS = 10


class _OneWrite:
    """A transport that sends the head of an answer along with its body: a system call less for each request.

    Into the head it puts the id of the request, which is answered in the task that writes.

    Only a head that says how long its body is waits for it, and at most until the answer is complete.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._head = b""
        # Asked for at every request, where __getattr__ would be felt.
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 ") and not self._head:
            if b"content-length: " in data:
                self._head = identified(data)
                return
            data = identified(data)
        self._transport.write(self._head + data)
        self._head = b""

    def flush(self) -> None:
        """Send a head whose body does not come: that of a HEAD request, or of an answer that was broken off."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _OneTimer:
    """A loop for one connection that keeps a single timer, for who has nothing more to say.

    It is set anew at every answer and called off at every request: that is noted, and looked at when it rings.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: float | None = None
        self._set = False
        # Asked for at every request, where __getattr__ would be felt.
        self.create_task = loop.create_task

    def call_later(self, delay: float, ring: Callable[[], None]) -> "_OneTimer":
        self._due = self._loop.time() + delay
        if not self._set:
            self._wait(self._due, ring)
        return self

    def cancel(self) -> None:
        self._due = None

    def _wait(self, until: float, ring: Callable[[], None]) -> None:
        self._set = True
        self._loop.call_at(until, self._rung, ring)

    def _rung(self, ring: Callable[[], None]) -> None:
        self._set = False
        if self._due is None:
            return
        if self._due > self._loop.time():
            self._wait(self._due, ring)
        else:
            ring()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


class _Protocol(HttpToolsProtocol):
    """uvicorn's own, on such a transport and such a loop."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.loop = _OneTimer(self.loop)  # type: ignore[assignment]

    def connection_made(self, transport: Any) -> None:
        # A transport in all but its type.
        self._joined = _OneWrite(transport)
        super().connection_made(self._joined)  # type: ignore[arg-type]

    def on_response_complete(self) -> None:
        self._joined.flush()
        super().on_response_complete()


class _Server(uvicorn.Server):
    """Leaves signals alone: uvicorn's own handling ends a clean stop with exit code 143."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises UsageError where the address cannot be had."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named TCP, or asyncio leaves Nagle's algorithm on and every small answer waits 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return listener


def address(listener: socket.socket) -> str:
    """Where it listens, as people type it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_this_machine(host: str) -> bool:
    """Whether nobody but this machine reaches what listens on `host`."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def serving(web: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Answer requests inside the block; leaving it finishes those that are being answered."""
    config = uvicorn.Config(
        web,
        # Told, for it would take a callable that is no coroutine function for ASGI 2.
        interface="asgi3",
        http=_Protocol,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def stop_signal() -> None:
    """Returns at SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
