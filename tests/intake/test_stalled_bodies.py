"""A client that vanishes in the middle of a body is not waited for, and holds nothing any more."""

import asyncio
import json

import pytest
from core.builders import NOON, experiment
from support.wire import Client

from banditctl.intake import body
from banditctl.intake.app import Intake
from banditctl.intake.pressure import Bounds
from banditctl.serving import listen, serving

POST = "POST /v1/events HTTP/1.1"
JSON = "Content-Type: application/json"


class Store:
    async def append(self, experiment, events, at, memory):
        return []


@pytest.fixture
async def connect(monkeypatch):
    """Opens connections to an intake that holds one body of 40 kB, and waits for the rest of it but a moment."""
    monkeypatch.setattr(body, "_PATIENCE_SECONDS", 0.3)
    bounds = Bounds(held=50_000)
    app = Intake(None, {"fares": experiment()}, Store(), lambda: NOON, lambda *_: None, float, bounds)
    listener, writers = listen("127.0.0.1", 0), []

    async def opened():
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writers.append(writer)
        return Client(reader, writer)

    async with serving(app, listener):
        yield opened
        for writer in writers:
            writer.transport.abort()


async def test_it_is_answered_408_and_hung_up_on(connect):
    client = await connect()
    client.send(POST, JSON, "Content-Length: 100", body=b"[")
    first, headers = await client.head()
    assert (first, headers["connection"]) == ("HTTP/1.1 408 Request Timeout", "close")
    told = json.loads(await client.rest())
    assert told["detail"].startswith("no more of the body came for 0.3 s; send the same request again")


async def test_what_it_held_others_may_hold_again(connect):
    stalled, other = await connect(), await connect()
    whole = json.dumps([{"type": "exposure", "id": "r", "experiment": "fares", "variant": "A"}] * 500).encode()
    assert 25_000 < len(whole) < 50_000
    stalled.send(POST, JSON, f"Content-Length: {len(whole)}", body=whole[:-1])
    await stalled.pause()
    other.send(POST, JSON, f"Content-Length: {len(whole)}", body=whole)
    assert (await other.answer())[0] == 503
    assert (await stalled.head())[0] == "HTTP/1.1 408 Request Timeout"
    third = await connect()
    third.send(POST, JSON, f"Content-Length: {len(whole)}", body=whole)
    assert (await third.answer())[0] == 202


async def test_one_that_is_slow_but_does_not_stop_is_heard_out(connect):
    client = await connect()
    client.send(POST, JSON, "Content-Length: 10")
    for _ in range(10):
        client.send_body(b" ")
        await asyncio.sleep(0.1)
    assert (await client.answer())[0] == 422
