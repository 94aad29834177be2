"""Serving HTTP until a signal: the socket first, so that the address is known before anything starts."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from ipaddress import ip_address
from types import MappingProxyType

import uvicorn
from starlette.types import ASGIApp

from banditctl.errors import UsageError
from banditctl.serving.protocol import FastProtocol, Take

# How long requests that are being answered may hold up a stop.
_GRACE_SECONDS = 10


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
async def serving(
    web: ASGIApp, listener: socket.socket, takers: Mapping[bytes, Take] = MappingProxyType({})
) -> AsyncIterator[None]:
    """Answer requests inside the block; leaving it finishes those that are being answered.

    Ordinary requests for a path in `takers` go the fast path: see banditctl.serving.protocol.
    """
    config = uvicorn.Config(
        web,
        # Told, for it would take a callable that is no coroutine function for ASGI 2.
        interface="asgi3",
        http=partial(FastProtocol, takers),  # type: ignore[arg-type] # A class in all but its type.
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
