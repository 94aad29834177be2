"""One post, to a server on a real socket that does what servers do."""

import asyncio
from datetime import timedelta

import pytest
from support.redis_servers import free_port

from banditctl.notify import posting as module
from banditctl.notify.posting import posting
from banditctl.notify.receivers import Letter


async def posted(url):
    async with posting() as post:
        return await post(Letter(url, {"content-type": "application/json"}, b"{}"))


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.3)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_any_2xx_is_taken(receiver, status):
    receiver.answers.append(status)
    assert (await posted(receiver.url))[:2] == (True, f"{status}")
    (got,) = receiver.got
    assert (got.path, got.body) == ("/told?token=abc", b"{}")
    assert got.headers["user-agent"].startswith("banditctl/")


async def test_a_refusal_is_told_in_its_own_words_as_far_as_a_kilobyte(receiver):
    receiver.answers.append((400, {}, b"no such\n channel" + b"." * 100_000))
    taken, said, rest = await posted(receiver.url)
    assert (taken, rest) == (False, timedelta(0))
    assert said.startswith("400 no such channel...")
    assert len(said) <= 1024 + len("400 ")


async def test_a_redirect_is_not_followed(receiver):
    receiver.answers.append((307, {"Location": receiver.url}, b""))
    assert (await posted(receiver.url))[:2] == (
        False,
        "307, which leads elsewhere; name the address that it leads to",
    )
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("told", "rest"), [("30", 30), ("999999", 3600), ("Fri, 20 Nov 2026 10:00:00 GMT", 0), ("-1", 0), ("9" * 5000, 0)]
)
async def test_how_long_it_asks_to_be_left_alone_is_heard_up_to_an_hour(receiver, told, rest):
    receiver.answers.append((429, {"Retry-After": told}, b""))
    assert (await posted(receiver.url)).rest == timedelta(seconds=rest)


async def test_one_that_hangs_is_given_up(receiver, released, impatient):
    receiver.answers.append(released.wait)
    assert await posted(receiver.url) == (False, "no answer within 0.3 s", timedelta(0))


async def test_one_whose_answer_never_ends_is_given_up_as_well(impatient):
    ended = asyncio.Event()

    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 ")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        ended.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await posted(f"http://127.0.0.1:{port}/")).said == "no answer within 0.3 s"
        await ended.wait()


async def test_nobody_there_and_a_line_that_is_cut_are_failures(receiver):
    assert not (await posted(f"http://127.0.0.1:{free_port()}/")).taken
    receiver.answers.append(lambda: None)
    taken, said, _ = await posted(receiver.url)
    assert (taken, bool(said)) == (False, True)
