"""S3 as far as an importer sees it, over real HTTP: a page of keys at a time, and what is in each."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from banditctl.demo.children import NO_AWS

_PAGE = 2


class Bucket:
    """One bucket called `captures`; its objects by key. `short` objects lose their end on the way."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.objects: dict[str, bytes] = {}
        self.short: set[str] = set()

    def listing(self, prefix: str, after: str) -> str:
        keys = [key for key in sorted(self.objects) if key.startswith(prefix) and key > after]
        page, more = keys[:_PAGE], len(keys) > _PAGE
        rows = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        bucket, _, key = unquote(asked.path).removeprefix("/").partition("/")
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if bucket != "captures":
            self.answer(404, b"<Error><Code>NoSuchBucket</Code><Message>it does not exist</Message></Error>")
        elif key:
            self.answer(200, self.bucket.objects[key], cut=key in self.bucket.short)
        else:
            listing = self.bucket.listing(query.get("prefix", ""), query.get("continuation-token", ""))
            self.answer(200, listing.encode())

    def answer(self, status: int, body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket, and an environment in which boto3 finds it and nothing of AWS."""
    for name, value in NO_AWS.items():
        monkeypatch.setenv(name, value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    bucket = _Handler.bucket = Bucket(f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield bucket
    server.shutdown()
    thread.join()
    server.server_close()
