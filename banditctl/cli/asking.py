"""Asking a running daemon over HTTP, as the verbs that only look do."""

import json
from http import HTTPStatus
from typing import Annotated, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import typer

from banditctl.errors import BanditctlError, NotFound

Url = Annotated[str, typer.Option(envvar="BANDITCTL_URL", help="Where the daemon listens.")]
URL = "http://127.0.0.1:8080"
Key = Annotated[str | None, typer.Option(envvar="BANDITCTL_KEY", help="A key with the scope read, where one is asked.")]

_PATIENCE_SECONDS = 10


def asked(url: str, path: str, key: str | None = None, *, failing: str = "does not tell") -> bytes:
    """What the daemon at `url` answers for `path`. Raises NotFound, and BanditctlError: `url` is `failing`."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    try:
        request = Request(url + path, headers=headers)  # noqa: S310 - whoever calls the verb names the address
        # The daemon is beside whoever asks: a proxy would only look for it elsewhere.
        with build_opener(ProxyHandler({})).open(request, timeout=_PATIENCE_SECONDS) as answer:
            body: bytes = answer.read()
    except HTTPError as error:
        with error:
            kind = NotFound if error.code == HTTPStatus.NOT_FOUND else BanditctlError
            raise kind(f"{url} {failing}: {_detail(error)}") from error
    except (OSError, ValueError) as error:
        raise BanditctlError(f"{url} {failing}: {getattr(error, 'reason', error)}") from error
    return body


def document(url: str, path: str, key: str | None) -> Any:
    """The same, as the JSON that it is."""
    return json.loads(asked(url, path, key))


def _detail(error: HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {error.code}"
