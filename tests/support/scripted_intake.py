"""A small intake on a real socket that fails as it is told to, and otherwise counts each event once."""

import gzip
import json
import socket
import struct
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import pytest


@dataclass
class Answer:
    """What the intake does with one request instead of taking it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    document: object = None


RESET, LOST, HANG = "cut the connection", "take the events, then cut the connection", "never answer"


class Intake(ThreadingHTTPServer):
    """`script` is what the next requests get; with nothing in it, events are taken."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script: deque[Answer | str] = deque()
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.at: list[float] = []
        self.deliveries: Counter[str] = Counter()
        self.events: dict[str, dict] = {}
        self.most_events = 10_000
        self.released = threading.Event()
        self.reached = threading.Semaphore(0)

    @property
    def ids(self) -> list[str]:
        return list(self.events)

    def take(self, events: list[dict]) -> dict[str, object]:
        """What intake answers; an event whose value is 2 is refused."""
        rejected = [
            {"index": index, "pointer": "/value", "detail": "a bernoulli reward is 0 or 1, not 2"}
            for index, event in enumerate(events)
            if event.get("value") == 2
        ]
        good = [event for event in events if event.get("value") != 2]
        new = {event["id"]: event for event in good if event["id"] not in self.events}
        self.deliveries.update(event["id"] for event in good)
        self.events |= new
        return {"accepted": len(new), "duplicates": len(good) - len(new), "rejected": rejected}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Intake

    def do_POST(self) -> None:
        intake = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        intake.at.append(monotonic())
        intake.headers.append(dict(self.headers))
        intake.bodies.append(body)
        intake.reached.release()
        events = json.loads(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
        told = intake.script.popleft() if intake.script else None
        if told == HANG:
            intake.released.wait(30)
        if told == LOST:
            intake.take(events)
        if told in (HANG, LOST, RESET):
            return self._cut()
        if isinstance(told, Answer):
            return self._answer(told.status, told.document, told.headers)
        if len(events) > intake.most_events:
            return self._answer(413, {"detail": "send fewer at a time"})
        taken = intake.take(events)
        if len(taken["rejected"]) < len(events):
            return self._answer(202, taken)
        return self._answer(422, {"instance": "/v1/events", **taken})

    def _answer(self, status: int, document: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def scripted_intake():
    """An intake that fails as its script says."""
    served = Intake()
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.released.set()
    served.shutdown()
    thread.join()
    served.server_close()
