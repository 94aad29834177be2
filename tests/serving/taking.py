"""What a fast path ends at in these tests, and the long way beside it."""

import asyncio

from support.wire import PATIENCE_SECONDS

HEADERS = ((b"content-type", b"text/plain"),)
POST = "POST /fast HTTP/1.1"
WHOLE = b"POST /fast HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"


class Taker:
    """Takes what it is sent, and answers when told to; `unwanted` is not taken."""

    def __init__(self):
        self.taken = []
        self.at_once = False
        self.padding = b""
        self._owed = asyncio.Queue()

    def __call__(self, headers, body, answer):
        if body == b"unwanted":
            return False
        self.taken.append(body)
        if self.at_once:
            self.say(answer, body)
        else:
            self._owed.put_nowait((answer, body))
        return True

    def say(self, answer, body):
        told = b"fast " + body + self.padding
        answer(202, (*HEADERS, (b"content-length", b"%d" % len(told))), told)

    async def next(self):
        """The next one's answer and body, as soon as it has come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._owed.get()


async def slow(scope, receive, send):
    """The long way: tells that it was gone, and how long the body was; two paths do not look at that."""
    size, more = 0, scope["path"] not in {"/early", "/refused"}
    if scope["path"] == "/late":
        await asyncio.sleep(0.05)
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    told = b"slow %d" % size
    headers = [(b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})
