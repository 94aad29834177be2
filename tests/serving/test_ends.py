"""How a connection with a fast path ends: after silence, and when the server does."""

import asyncio

from serving.taking import POST, WHOLE
from support.wire import PATIENCE_SECONDS


async def closed(listener, client):
    """Returns once nobody is let in any more."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while listener.fileno() >= 0:
            await client.pause()


async def test_who_is_silent_after_an_answer_is_hung_up_on_after_five_seconds(client, taker):
    taker.at_once = True
    client.send(POST, "Content-Length: 1", body=b"a")
    assert await client.answer() == (202, "fast a")
    async with asyncio.timeout(5 + PATIENCE_SECONDS):
        assert await client.rest() == b""


async def test_who_is_silent_but_for_a_blank_line_is_hung_up_on_too(client, taker):
    client.send_body(WHOLE)
    taken = await taker.next()
    client.send_body(b"\r\n")
    await client.pause()
    taker.say(*taken)
    assert await client.answer() == (202, "fast a")
    async with asyncio.timeout(5 + PATIENCE_SECONDS):
        assert await client.rest() == b""


async def test_at_the_end_what_is_taken_is_answered_and_the_connection_closed(served, client, taker):
    listener, end = served
    client.send(POST, "Content-Length: 1", body=b"a")
    taken = await taker.next()
    ending = asyncio.create_task(end())
    await closed(listener, client)
    taker.say(*taken)
    first, headers = await client.head()
    assert (first, headers["connection"]) == ("HTTP/1.1 202 Accepted", "close")
    assert await client.rest() == b"fast a"
    await ending


async def test_at_the_end_a_request_that_has_begun_may_be_finished(served, client, taker):
    listener, end = served
    client.send(POST, "Content-Length: 2", body=b"a")
    await client.pause()
    ending = asyncio.create_task(end())
    await closed(listener, client)
    client.send_body(b"b")
    assert await client.answer() == (200, "slow 2")
    assert await client.rest() == b""
    await ending


async def test_at_the_end_what_was_sent_before_the_answer_came_is_answered_too(served, client, taker):
    listener, end = served
    client.send_body(WHOLE)
    taken = await taker.next()
    client.send_body(WHOLE)
    await client.pause()
    ending = asyncio.create_task(end())
    await closed(listener, client)
    taker.say(*taken)
    assert await client.answer() == (202, "fast a")
    assert await client.answer() == (200, "slow 1")
    assert await client.rest() == b""
    await ending
