"""A connection to an HTTP server, byte by byte."""

import asyncio

# What is held back is never sent: nobody needs to wait for long to know.
PATIENCE_SECONDS = 3


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    def send(self, *lines, body=b""):
        self._writer.write("\r\n".join([*lines, "Host: 127.0.0.1", "", ""]).encode() + body)

    def send_body(self, body):
        self._writer.write(body)

    @property
    def unsent(self):
        """How many bytes wait for the other side to listen."""
        return self._writer.transport.get_write_buffer_size()

    async def pause(self):
        """So long that what was sent is read by itself, not along with what comes next."""
        await self._writer.drain()
        await asyncio.sleep(0.01)

    async def head(self):
        """The first line of an answer, and its headers by name."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        return first, dict(line.split(": ", 1) for line in lines if line)

    async def exactly(self, expected):
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await self._reader.readexactly(len(expected)) == expected

    async def rest(self):
        """All that comes until the other side hangs up."""
        return await self._reader.read()

    async def answer(self):
        """The status of a whole answer, and its body."""
        first, headers = await self.head()
        async with asyncio.timeout(PATIENCE_SECONDS):
            body = await self._reader.readexactly(int(headers["content-length"]))
        return int(first.split()[1]), body.decode()
