"""The long way over a real socket: what uvicorn answers, and when."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from support.wire import PATIENCE_SECONDS, Client

from banditctl.serving import listen, serving


@pytest.fixture
def go_on():
    """What a streamed answer waits for before each part of its body."""
    return asyncio.Semaphore(0)


@pytest.fixture
async def client(go_on):
    async def alive(_):
        return PlainTextResponse("alive")

    async def events(request):
        return PlainTextResponse(f"took {len(await request.body())}", 202)

    async def parts():
        for part in ("one", "two"):
            await go_on.acquire()
            yield part
        await go_on.acquire()

    async def stream(_):
        return StreamingResponse(parts())

    routes = [Route("/livez", alive), Route("/v1/events", events, methods=["POST"]), Route("/stream", stream)]
    listener = listen("127.0.0.1", 0)
    async with serving(Starlette(routes=routes), listener):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        yield Client(reader, writer)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(("path", "status"), [("/livez", "200 OK"), ("/v1/events", "405 Method Not Allowed")])
async def test_a_head_request_is_answered_at_once_and_the_connection_goes_on(client, path, status):
    for _ in range(2):
        client.send(f"HEAD {path} HTTP/1.1")
        first, headers = await client.head()
        assert first == f"HTTP/1.1 {status}"
        assert int(headers["content-length"]) > 0
    client.send("GET /livez HTTP/1.1")
    assert await client.answer() == (200, "alive")


async def test_who_asks_first_whether_to_send_a_body_is_told_to_before_it_is_sent(client):
    client.send("POST /v1/events HTTP/1.1", "Content-Length: 3", "Expect: 100-continue")
    assert await client.head() == ("HTTP/1.1 100 Continue", {})
    client.send_body(b"abc")
    assert await client.answer() == (202, "took 3")


async def test_an_answer_that_does_not_know_its_length_goes_out_part_by_part(client, go_on):
    client.send("GET /stream HTTP/1.1")
    first, headers = await client.head()
    assert (first, headers["transfer-encoding"]) == ("HTTP/1.1 200 OK", "chunked")
    for part in (b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"):
        go_on.release()
        await client.exactly(part)
    client.send("GET /livez HTTP/1.1")
    assert await client.answer() == (200, "alive")


async def test_one_connection_serves_one_request_after_another(client):
    for body in (b"a", b"ab", b"abc"):
        client.send("POST /v1/events HTTP/1.1", f"Content-Length: {len(body)}", body=body)
        assert await client.answer() == (202, f"took {len(body)}")


async def test_who_says_nothing_more_for_five_seconds_is_hung_up_on_and_who_does_is_not(client):
    """The pauses are what is tested: two of them are longer together than one may be."""
    for _ in range(2):
        client.send("GET /livez HTTP/1.1")
        assert await client.answer() == (200, "alive")
        await asyncio.sleep(3)
    client.send("GET /livez HTTP/1.1")
    assert await client.answer() == (200, "alive")
    async with asyncio.timeout(5 + PATIENCE_SECONDS):
        assert await client.rest() == b""


async def test_requests_that_are_sent_before_their_answers_came_are_answered_in_their_order(client):
    client.send("POST /v1/events HTTP/1.1", "Content-Length: 2", body=b"ab")
    client.send("HEAD /livez HTTP/1.1")
    client.send("GET /livez HTTP/1.1")
    client.send("POST /v1/events HTTP/1.1", "Content-Length: 4", body=b"abcd")
    assert await client.answer() == (202, "took 2")
    assert (await client.head())[0] == "HTTP/1.1 200 OK"
    assert await client.answer() == (200, "alive")
    assert await client.answer() == (202, "took 4")
