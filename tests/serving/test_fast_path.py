"""The fast path over a real socket: what goes by it, what does not, and that nobody can tell from the answers."""

import asyncio

import pytest
from serving.taking import POST, WHOLE
from support.wire import Client


def length(body):
    return f"Content-Length: {len(body)}"


async def test_an_ordinary_request_is_taken_and_answered_once_its_taker_says_so(client, taker):
    for body in (b"one", b"two"):
        client.send(POST, length(body), body=body)
        taker.say(*await taker.next())
        first, headers = await client.head()
        assert first == "HTTP/1.1 202 Accepted"
        assert list(headers) == ["date", "content-type", "content-length"]
        await client.exactly(b"fast " + body)
    assert taker.taken == [b"one", b"two"]


async def test_one_may_be_answered_at_once(client, taker):
    taker.at_once = True
    for body in (b"one", b"two"):
        client.send(POST, length(body), body=body)
        assert await client.answer() == (202, f"fast {body.decode()}")


async def test_a_body_that_comes_in_pieces_is_waited_for(client, taker):
    taker.at_once = True
    client.send(POST, "Content-Length: 6")
    for piece in (b"ab", b"cd", b"ef"):
        await client.pause()
        client.send_body(piece)
    assert await client.answer() == (202, "fast abcdef")


@pytest.mark.parametrize(
    ("lines", "body", "told"),
    [
        (["POST /elsewhere HTTP/1.1", "Content-Length: 2"], b"ab", "slow 2"),
        (["PUT /fast HTTP/1.1", "Content-Length: 2"], b"ab", "slow 2"),
        ([POST, "Content-Length: 8"], b"unwanted", "slow 8"),
        ([POST, "Content-Length: 16385"], b"a" * 16_385, "slow 16385"),
        ([POST, "Transfer-Encoding: chunked"], b"2\r\nab\r\n0\r\n\r\n", "slow 2"),
        ([POST, "Content-Length: 2", f"X-Long: {'a' * 2048}"], b"ab", "slow 2"),
        ([POST, "Content-Length: 2", "Content-Encoding: gzip"], b"ab", "slow 2"),
    ],
)
async def test_everything_else_goes_the_long_way_and_the_next_may_be_fast_again(client, taker, lines, body, told):
    taker.at_once = True
    client.send(*lines, body=body)
    assert await client.answer() == (200, told)
    client.send(POST, "Content-Length: 1", body=b"c")
    assert await client.answer() == (202, "fast c")
    assert taker.taken == [b"c"]


async def test_the_longest_body_is_taken(client, taker):
    taker.at_once = True
    client.send(POST, "Content-Length: 16384", body=b"a" * 16_384)
    assert (await client.answer())[0] == 202


async def test_what_is_sent_before_the_answer_came_is_answered_after_it(client, taker):
    client.send(POST, "Content-Length: 3", body=b"one")
    one = await taker.next()
    client.send(POST, "Content-Length: 3", body=b"two")
    await client.pause()
    taker.say(*one)
    two = await taker.next()
    client.send("GET /elsewhere HTTP/1.1")
    await client.pause()
    taker.say(*two)
    assert await client.answer() == (202, "fast one")
    assert await client.answer() == (202, "fast two")
    assert await client.answer() == (200, "slow 0")


async def test_a_body_that_does_not_come_keeps_nobody_from_being_answered_without_it(client, taker):
    client.send("POST /refused HTTP/1.1", "Content-Length: 2", body=b"a")
    assert await client.answer() == (200, "slow 0")
    client.send_body(b"b")
    await client.pause()
    client.send_body(WHOLE)
    taker.say(*await taker.next())
    assert await client.answer() == (202, "fast a")


async def test_what_comes_in_one_piece_with_another_goes_the_long_way_with_it(client, taker):
    client.send_body(2 * WHOLE)
    assert await client.answer() == (200, "slow 1")
    assert await client.answer() == (200, "slow 1")


async def test_a_body_of_the_long_way_that_looks_like_a_request_stays_a_body(client, taker):
    client.send(POST, "Transfer-Encoding: chunked")
    await client.pause()
    client.send_body(b"%x\r\n" % len(WHOLE))
    await client.pause()
    client.send_body(WHOLE)
    await client.pause()
    client.send_body(b"\r\n0\r\n\r\n")
    assert await client.answer() == (200, f"slow {len(WHOLE)}")
    assert taker.taken == []


async def test_so_does_one_of_a_request_that_was_answered_before_it_ended(client, taker):
    client.send("POST /early HTTP/1.1", f"Content-Length: {len(WHOLE)}")
    assert await client.answer() == (200, "slow 0")
    client.send_body(WHOLE)
    await client.pause()
    client.send("GET /elsewhere HTTP/1.1")
    assert await client.answer() == (200, "slow 0")
    assert taker.taken == []


async def test_an_ordinary_request_waits_its_turn_behind_one_of_the_long_way(client, taker):
    taker.at_once = True
    client.send("GET /late HTTP/1.1")
    await client.pause()
    client.send_body(WHOLE)
    assert await client.answer() == (200, "slow 0")
    assert await client.answer() == (200, "slow 1")


async def test_who_sends_on_without_waiting_for_an_answer_is_not_listened_to_meanwhile(client, taker):
    client.send_body(WHOLE)
    taken = await taker.next()
    client.send_body(b"a" * 16_000_000)
    for _ in range(30):
        await asyncio.sleep(0.01)
    # The rest is in the buffers of both sockets.
    assert client.unsent > 4_000_000
    taker.say(*taken)
    assert await client.answer() == (202, "fast a")


async def test_who_does_not_listen_to_answers_is_given_no_more_of_them(client, taker):
    taker.at_once, taker.padding = True, b"a" * 4_000_000
    for _ in range(20):
        client.send_body(WHOLE)
        await client.pause()
    assert 1 <= len(taker.taken) < 10


async def test_a_client_that_leaves_before_its_answer_keeps_nobody_else_from_theirs(served, client, taker):
    reader, writer = await asyncio.open_connection(*served[0].getsockname())
    Client(reader, writer).send(POST, "Content-Length: 4", body=b"gone")
    client.send(POST, "Content-Length: 4", body=b"here")
    taken = [await taker.next() for _ in range(2)]
    writer.close()
    await writer.wait_closed()
    await client.pause()
    for one in taken:
        taker.say(*one)
    assert await client.answer() == (202, "fast here")
