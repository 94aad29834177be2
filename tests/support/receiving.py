"""A real HTTP server that gets notices, answers as the test says, and remembers what it got."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - known to everybody


class Got(NamedTuple):
    """A post as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str = SECRET):
        """The document, if its signature is good; the library raises if not."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiving:
    """`answers` are given in their order, then 204: a status, with headers and a body if need be, or a call.

    A call is made before anything is answered; what it answers is used if it is not None, else the line is cut.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/told?token=abc"
        self.got: list[Got] = []
        self.answers: deque[int | tuple[int, dict[str, str], bytes] | Callable[[], int | None]] = deque()

    def answer(self) -> tuple[int, dict[str, str], bytes] | None:
        said = self.answers.popleft() if self.answers else 204
        said = said() if callable(said) else said
        return (said, {}, b"") if isinstance(said, int) else said


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            receiving.got.append(Got(self.path, headers, body))
            if said := receiving.answer():
                status, fields, content = said
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # who was killed hears no answer
    receiving = Receiving(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield receiving
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What a receiver that hangs waits for, in the end the end of the test."""
    event = threading.Event()
    yield event
    event.set()
