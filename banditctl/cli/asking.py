"""Asking a running daemon over HTTP, or straight the store that it uses, as the verbs that only look do."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

import typer

from banditctl.errors import BanditctlError, NotFound

Url = Annotated[str, typer.Option(envvar="BANDITCTL_URL", help="Where the daemon listens.")]
URL = "http://127.0.0.1:8080"
Key = Annotated[str | None, typer.Option(envvar="BANDITCTL_KEY", help="A key with the scope read, where one is asked.")]

Straight = Annotated[
    str | None, typer.Option("--store", help="Ask no daemon but this store, by the policy files in --policies.")
]
Policies = Annotated[Path, typer.Option(help="With --store: a policy file, or a folder of them.")]
POLICIES = Path("policies")

# From a path of the API to the document that is answered.
Ask = Callable[[str], Any]

_PATIENCE_SECONDS = 10
_NOT_FOUND = 404
_REFUSED = 300


def place(name: str, view: str = "", **query: object) -> str:
    """The path at which an experiment, or a view of it, is asked for; what is None is left out of the query."""
    asked_for = urlencode({key: value for key, value in query.items() if value is not None})
    return f"/v1/experiments/{quote(name, safe='')}{view}" + (f"?{asked_for}" if asked_for else "")


@contextmanager
def asking(url: str, key: str | None, store: str | None, policies: Path) -> Iterator[Ask]:
    """How to ask: the daemon at `url`, or in its place the `store`. Raises what `asked` does."""
    if store is None:
        yield lambda path: json.loads(asked(url, path, key))
        return
    from banditctl.cli.straight import opened

    with opened(store, policies) as answered:
        yield lambda path: _document(store, *answered(path))


def asked(url: str, path: str, key: str | None = None, *, failing: str = "does not tell") -> bytes:
    """What the daemon at `url` answers for `path`. Raises NotFound, and BanditctlError: `url` is `failing`."""
    from http.client import HTTPException

    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    try:
        status, body = _answer(url, path, headers)
    except (OSError, ValueError, HTTPException) as error:
        raise BanditctlError(f"{url} {failing}: {error}") from error
    if status >= _REFUSED:
        raise _refused(url, status, body, failing)
    return body


def _answer(url: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and the body; urllib would look for proxies, and takes longer to import than to ask."""
    from http.client import HTTPConnection, HTTPSConnection

    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    where = urlsplit(url)
    if where.scheme not in kinds:
        raise ValueError("an address begins with http:// or https://")
    with closing(kinds[where.scheme](where.netloc, timeout=_PATIENCE_SECONDS)) as connection:
        connection.request("GET", where.path.rstrip("/") + path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _document(store: str, status: int, body: bytes) -> Any:
    if status >= _REFUSED:
        raise _refused(store, status, body, "does not tell")
    return json.loads(body)


def _refused(whom: str, status: int, body: bytes, failing: str) -> BanditctlError:
    kind = NotFound if status == _NOT_FOUND else BanditctlError
    return kind(f"{whom} {failing}: {_detail(status, body)}")


def _detail(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {status}"
