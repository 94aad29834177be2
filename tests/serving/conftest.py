"""A server with a fast path, and one connection to it."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from serving.taking import Taker, slow
from support.wire import Client

from banditctl.serving import listen, serving


@pytest.fixture
def taker():
    return Taker()


@pytest.fixture
async def served(taker):
    """Where it listens, and how to end that."""
    listener = listen("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(slow, listener, {b"/fast": taker, b"/refused": taker}))
        yield listener, stack.aclose


@pytest.fixture
async def client(served):
    listener, _ = served
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    yield Client(reader, writer)
    writer.transport.abort()
