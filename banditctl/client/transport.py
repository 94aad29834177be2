"""HTTP to intake: one connection that is kept, one request at a time."""

import gzip
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from urllib.parse import urlsplit

from .answers import PATH, Outcome, Undelivered, read
from .outbox import Batch

# A small body is in one packet either way; from here on, deflating costs less than sending.
_GZIP_FROM = 16 * 1024
_MOST_ANSWERED = 4 * 1024 * 1024
# Servers hang up on idle connections, uvicorn after 5 s; one that may be gone is not used again.
_IDLE_SECONDS = 3.0


class Transport:
    """`http.client`, because it does TLS and HTTP as the standard library does; it uses no proxy."""

    def __init__(self, url: str, key: str | None, timeout: float) -> None:
        """Raises ValueError for a URL or a key that cannot be one."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not where a daemon listens; write it like http://127.0.0.1:8080")
        if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
            raise ValueError("the key has characters that no key has; is there a space or a line's end around it?")
        connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = connection(parts.hostname, parts.port, timeout=timeout)
        self._path = f"{parts.path.rstrip('/')}{PATH}"
        self._headers = {"Content-Type": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        self._used = 0.0

    def send(self, batch: Batch) -> Outcome:
        """Post a batch and wait for what became of it; `timeout` seconds of silence are a failure."""
        if monotonic() - self._used > _IDLE_SECONDS:
            self.close()
        try:
            return self._exchange(batch)
        except (OSError, HTTPException) as error:
            self.close()
            return Undelivered(repr(error))

    def close(self) -> None:
        """Hang up; the next batch gets a connection of its own."""
        self._connection.close()

    def _exchange(self, batch: Batch) -> Outcome:
        body, headers = batch.body(), self._headers
        if len(body) >= _GZIP_FROM:
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        answer = response.read(_MOST_ANSWERED)
        if not response.isclosed():
            self.close()
        self._used = monotonic()
        return read(response.status, response.getheader("Retry-After"), answer, len(batch.events))
