"""Asking a running daemon over HTTP, or straight the store that it uses, as the verbs that only look do."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import typer

from banditctl.errors import BanditctlError, NotFound, UsageError

Url = Annotated[str, typer.Option(envvar="BANDITCTL_URL", help="Where the daemon listens.")]
URL = "http://127.0.0.1:8080"
Key = Annotated[str | None, typer.Option(envvar="BANDITCTL_KEY", help="A key with the scope read, where one is asked.")]

Straight = Annotated[
    str | None, typer.Option("--store", help="Ask no daemon but this store, by the policy files in --policies.")
]
Policies = Annotated[Path, typer.Option(help="With --store: a policy file, or a folder of them.")]
POLICIES = Path("policies")


class Ask(Protocol):
    """From a path of the API, and what is to be sent there if anything, to the document that is answered."""

    def __call__(self, path: str, content: object = None) -> Any: ...


_PATIENCE_SECONDS = 10
_NOT_FOUND = 404
_INVALID = 422
_REFUSED = 300

# What becomes of an order where the daemon is not there, and where its answer did not come.
_UNTOLD = "was not told: {}; is the daemon running? --store keeps the order for it"
_DOUBTFUL = "was told, and did not answer: {}; whether it took the order `get` tells"


def place(name: str, view: str = "", **query: object) -> str:
    """The path at which an experiment, or a view of it, is asked for; what is None is left out of the query."""
    asked_for = urlencode({key: value for key, value in query.items() if value is not None})
    return f"/v1/experiments/{quote(name, safe='')}{view}" + (f"?{asked_for}" if asked_for else "")


@contextmanager
def asking(url: str, key: str | None, store: str | None, policies: Path) -> Iterator[Ask]:
    """How to ask: the daemon at `url`, or in its place the `store`. Raises what `asked` does."""
    if store is None:
        yield lambda path, content=None: json.loads(asked(url, path, key, content))
        return
    from banditctl.cli.straight import opened

    with opened(store, policies) as answered:
        yield lambda path, content=None: _document(store, *answered(path, *_sent(content)))


def asked(
    url: str, path: str, key: str | None = None, content: object = None, *, failing: str = "does not tell"
) -> bytes:
    """What the daemon at `url` answers for `path`, or to `content` that is posted there.

    Raises NotFound, UsageError where it cannot be asked so, and BanditctlError: `url` is `failing`, or of what is
    posted, whether it came there.
    """
    from http.client import HTTPException

    headers, sent = _sent(content)
    headers |= {} if key is None else {"Authorization": f"Bearer {key}"}
    unreached, unanswered = (failing + ": {}",) * 2 if sent is None else (_UNTOLD, _DOUBTFUL)
    try:
        connection = _connected(url)
    except (OSError, ValueError) as error:
        raise BanditctlError(f"{url} {unreached.format(error)}") from error
    try:
        status, body = _answer(connection, urlsplit(url).path.rstrip("/") + path, headers, sent)
    except (OSError, ValueError, HTTPException) as error:
        raise BanditctlError(f"{url} {unanswered.format(error)}") from error
    if status >= _REFUSED:
        raise _refused(url, status, body, failing)
    return body


def _sent(content: object) -> tuple[dict[str, str], bytes | None]:
    """The headers and the body of a request that posts something; what is only asked for has none."""
    if content is None:
        return {}, None
    # Whose order it is, where nobody is asked for a key.
    return {"Content-Type": "application/json", "Banditctl-User": _user()}, json.dumps(content).encode()


def _user() -> str:
    """As the system knows whoever calls the verb; empty for names that no header takes, and where there is none."""
    from getpass import getuser

    try:
        name = getuser()
    except (ImportError, KeyError, OSError):
        return ""
    return name if name.isascii() and name.isprintable() else ""


def _connected(url: str) -> Any:
    """A connection to the daemon; urllib would look for proxies, and takes longer to import than to ask."""
    from http.client import HTTPConnection, HTTPSConnection

    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    where = urlsplit(url)
    if where.scheme not in kinds:
        raise ValueError("an address begins with http:// or https://")
    connection = kinds[where.scheme](where.netloc, timeout=_PATIENCE_SECONDS)
    connection.connect()
    return connection


def _answer(connection: Any, path: str, headers: dict[str, str], sent: bytes | None) -> tuple[int, bytes]:
    """The status and the body."""
    with closing(connection):
        connection.request("GET" if sent is None else "POST", path, sent, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _document(store: str, status: int, body: bytes) -> Any:
    if status >= _REFUSED:
        raise _refused(store, status, body, "does not tell")
    return json.loads(body)


def _refused(whom: str, status: int, body: bytes, failing: str) -> BanditctlError:
    kind = {_NOT_FOUND: NotFound, _INVALID: UsageError}.get(status, BanditctlError)
    return kind(f"{whom} {failing}: {_detail(status, body)}")


def _detail(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {status}"
