"""A connection that stays open and posts events, with nothing between a test and what is really answered."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

# Longer than a daemon takes to give up on Redis.
_PATIENCE_SECONDS = 15


@dataclass(frozen=True)
class Posted:
    """What was answered."""

    status: int
    headers: dict[str, str]
    document: Any


def request(body: bytes) -> bytes:
    """A whole POST of events, as it goes over the wire."""
    head = "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Line:
    """One connection to 127.0.0.1, opened when it is needed, and again after it broke.

    An answer that takes longer than `patience` seconds is one that never comes.
    """

    def __init__(self, port: int, patience: float = _PATIENCE_SECONDS) -> None:
        self._port = port
        self._patience = patience
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, sent: bytes) -> Posted:
        """Send one whole request; raises OSError or EOFError where no whole answer comes."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._post(sent)
        except (OSError, EOFError):
            self.close()
            raise

    async def _post(self, sent: bytes) -> Posted:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(sent)
        await writer.drain()
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        return Posted(int(first.split()[1]), headers, json.loads(body))

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None
