"""The load generator: connections that each send the next request when the last was answered, and check each answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, process_time

import msgspec
import uvloop

_HEADERS = "Host: 127.0.0.1\r\nContent-Type: application/json\r\n"


class Answer(msgspec.Struct):
    accepted: int


_answer = msgspec.json.Decoder(Answer)


class WrongAnswerError(Exception):
    """An answer that was not 202 for every event: what is measured then is not what was asked for."""


@dataclass
class Load:
    """What is sent: bodies of `events` events each, over so many connections, for so many seconds.

    `fields` are further headers, each with its line's end.
    """

    port: int
    path: str
    key: str
    body: Callable[[], bytes]
    events: int
    connections: int
    seconds: float
    fields: str = ""
    until: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def request(self) -> bytes:
        body = self.body()
        head = f"POST {self.path} HTTP/1.1\r\n{_HEADERS}{self.fields}Authorization: Bearer {self.key}\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True)
class Measured:
    """Events acknowledged, in how many seconds; p50 and p99 in ms; how much of its core the generator used."""

    events: int
    seconds: float
    p50: float
    p99: float
    busy: float

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def drive(load: Load) -> Measured:
    """Send the load until its time is over and everything is answered. Raises WrongAnswerError."""
    began, worked = perf_counter(), process_time()
    uvloop.run(_drive(load))
    seconds, worked = perf_counter() - began, process_time() - worked
    load.latencies.sort()
    p50, p99 = (1000 * load.latencies[int(share * len(load.latencies))] for share in (0.5, 0.99))
    return Measured(load.events * len(load.latencies), seconds, p50, p99, worked / seconds)


async def _drive(load: Load) -> None:
    loop = asyncio.get_running_loop()
    load.until = perf_counter() + load.seconds
    opened = [
        await loop.create_connection(lambda: _Connection(load), "127.0.0.1", load.port) for _ in range(load.connections)
    ]
    try:
        await asyncio.gather(*(connection.ended for _, connection in opened))
    finally:
        for transport, _ in opened:
            transport.close()


class _Connection(asyncio.Protocol):
    def __init__(self, load: Load) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._load = load
        self._heard = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, _, body = self._heard.partition(b"\r\n\r\n")
        # Both servers answer with one JSON object.
        if not body.endswith(b"}"):
            return
        if not head.startswith(b"HTTP/1.1 202 ") or _answer.decode(body).accepted != self._load.events:
            self._fail(WrongAnswerError(self._heard.decode(errors="replace")))
            return
        now = perf_counter()
        self._load.latencies.append(now - self._sent)
        if now < self._load.until:
            self._send()
        elif not self.ended.done():
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or WrongAnswerError("the connection was closed before the answer"))

    def _send(self) -> None:
        self._heard = b""
        request = self._load.request()
        self._sent = perf_counter()
        self._transport.write(request)

    def _fail(self, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)
