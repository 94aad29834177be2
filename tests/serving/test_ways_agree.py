"""Whatever is sent, in whatever pieces: with the fast path the same answers come as without it."""

import asyncio
import re
import socket
from contextlib import closing, contextmanager
from functools import partial
from itertools import accumulate
from select import select

import pytest
from hypothesis import example, given, settings, strategies as st
from intake.conftest import running

from banditctl.serving.protocol import FastProtocol

_DATE = re.compile(rb"date: [^\r]*\r\n")
_PAUSE_SECONDS = 0.002
_LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def told(body):
    answer = b"%d bytes" % len(body)
    return [(b"content-length", b"%d" % len(answer))], answer


async def long_way(_scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers, answer = told(body)
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


class Takes:
    """Answers every other request at once, and those between when the next may have come."""

    def __init__(self):
        self.taken = 0

    def __call__(self, _headers, body, answer):
        self.taken += 1
        say = partial(answer, 202, *told(body))
        if self.taken % 2:
            say()
        else:
            asyncio.get_running_loop().call_later(2 * _PAUSE_SECONDS, say)
        return True


@pytest.fixture(scope="module")
def places():
    """Where a server with the fast path listens, and one without."""
    takes = Takes()
    with served({b"/fast": takes}) as fast, served({}) as slow:
        yield fast, slow
    assert takes.taken > 50


@contextmanager
def served(takers):
    with running(long_way, partial(FastProtocol, takers)) as url:
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)


def heard(place, pieces):
    """All that is answered to pieces of what one connection says, but for the time of day."""
    with closing(socket.create_connection(place, timeout=5)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                # Most of the time the answer comes meanwhile; what is sent without waiting for it is tried too.
                if select([connection], [], [], _PAUSE_SECONDS)[0]:
                    answers += connection.recv(65_536)
            while more := connection.recv(65_536):
                answers += more
        except ConnectionError:
            # What is sent on after a request that could not be read meets a closed door.
            pass
    return _DATE.sub(b"", answers)


bodies = st.binary(max_size=40) | st.sampled_from([b"a" * 16_384, b"a" * 16_385, _LAST])


def sized(first, fields):
    return st.builds(
        lambda body, field: b"%b\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (first, field, len(body), body),
        bodies,
        st.sampled_from(fields),
    )


def chunked(body):
    return b"POST /fast HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
        len(body),
        body,
    )


requests = st.one_of(
    sized(b"POST /fast HTTP/1.1", [b"", b"X-Id: 1\r\n"]),
    sized(b"POST /fast HTTP/1.1", [b"Connection: Keep-Alive\r\n", b"TE: trailers\r\n"]),
    sized(b"POST /slow HTTP/1.1", [b""]),
    bodies.filter(bool).map(chunked),
    st.sampled_from([b"GET /fast HTTP/1.1\r\nHost: a\r\n\r\n", b"HEAD /fast HTTP/1.1\r\nHost: a\r\n\r\n", b"\r\n"]),
)


@st.composite
def conversations(draw):
    """Some requests in pieces: most of them whole, some cut anywhere, some together with the next."""
    said = [*draw(st.lists(requests, min_size=2, max_size=8)), _LAST]
    whole, ends = b"".join(said), set(accumulate(map(len, said)))
    joined = draw(st.sets(st.sampled_from(sorted(ends)), max_size=1))
    cuts = sorted((ends - joined) | draw(st.sets(st.integers(1, len(whole)), max_size=3)) | {len(whole)})
    return [whole[begin:end] for begin, end in zip([0, *cuts], cuts, strict=False)]


@settings(max_examples=200, deadline=None)
@given(pieces=conversations())
@example(pieces=[b"POST /fast HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", _LAST])
@example(pieces=[b"POST /fast HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"])
@example(pieces=[b"POST /fast HTTP/1.1\r\nContent-Length : 1\r\n\r\na", _LAST])
@example(pieces=[b"POST /fast HTTP/1.1\nContent-Length: 1\n\na", _LAST])
@example(pieces=[b"POST /fast HTTP/1.1\r\nA: b\r\n c\r\nContent-Length: 1\r\n\r\na", _LAST])
@example(pieces=[b"POST /fast HTTP/1.1\r\nProxy-Connection: close\r\nContent-Length: 1\r\n\r\na", _LAST])
@example(pieces=[b"POST /fast HTTP/1.1\r\nContent-Length: 1\r\n\r\n", b"a", b"NONSENSE\r\n\r\n"])
def test_nobody_can_tell_from_the_answers_which_way_requests_went(places, pieces):
    fast, slow = places
    assert heard(fast, pieces) == heard(slow, pieces)
