"""Asking a store without a daemon: the daemon's own handlers answer, in this process."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.types import Message

from banditctl import api
from banditctl.api.order_routes import order_routes
from banditctl.api.orders import Orders
from banditctl.config import load_all
from banditctl.controller import check_terms
from banditctl.errors import NotFound, UsageError
from banditctl.stores.redis import opening

# The status, and the body.
Answer = tuple[int, bytes]


class Answering(Protocol):
    """From a path, and the headers and body that are posted there if any are, to what is answered."""

    def __call__(self, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer: ...


@contextmanager
def opened(url: str, policies: Path) -> Iterator[Answering]:
    """How the store at `url` answers a path of the API, by the policy files in `policies`.

    Raises PolicyFileError, StoreUnavailable, TermsChanged, UsageError, and NotFound where there is no such store.
    """
    if url == "memory://":
        raise UsageError("memory:// is forgotten at the end of each verb; name the store that the daemon uses")
    if folder := opening.unmade(url):
        raise NotFound(f"embedded:{folder} is no store yet; a daemon makes it")
    experiments = {one.experiment.name: one.experiment for one in load_all([policies])}
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            store = runner.run(stack.enter_async_context(opening.opened(url, beside=True)))
            for experiment in experiments.values():
                check_terms(experiment, runner.run(store.ledger(experiment.name)))
            orders = Orders(experiments, store, _now, _nobody)
            routes = [*order_routes(orders), *api.routes(experiments, store, _now)]
            web = Starlette(routes=routes, exception_handlers=api.FAILURES)
            yield lambda path, headers, body: runner.run(_answer(web, path, headers, body))
        finally:
            runner.run(stack.aclose())


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody(_: str) -> None:
    """Whoever controls the experiment does so elsewhere, and looks when it looks."""


async def _answer(web: Starlette, written: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """What the app answers to a GET, or to a POST where there is a body."""
    path, sent = urlsplit(written), list[Message]()

    async def receive() -> Message:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    method = "GET" if body is None else "POST"
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    about = {
        "type": "http",
        "method": method,
        "headers": lines,
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
    }
    await web(about | {"path": unquote(path.path), "query_string": path.query.encode()}, receive, send)
    start, *parts = sent
    return start["status"], b"".join(part["body"] for part in parts)
