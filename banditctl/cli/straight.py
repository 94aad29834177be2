"""Asking a store without a daemon: the daemon's own handlers answer, in this process."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.types import Message

from banditctl import api
from banditctl.config import load_all
from banditctl.controller import check_terms
from banditctl.errors import NotFound, UsageError
from banditctl.stores.redis import opening

# The status, and the body.
Answer = tuple[int, bytes]


@contextmanager
def opened(url: str, policies: Path) -> Iterator[Callable[[str], Answer]]:
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
            routes = api.routes(experiments, store, lambda: datetime.now(UTC))
            web = Starlette(routes=routes, exception_handlers=api.FAILURES)
            yield lambda path: runner.run(_answer(web, path))
        finally:
            runner.run(stack.aclose())


async def _answer(web: Starlette, written: str) -> Answer:
    """What the app answers to a GET."""
    path, sent = urlsplit(written), list[Message]()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    about = {"type": "http", "method": "GET", "headers": [], "http_version": "1.1", "scheme": "http", "root_path": ""}
    await web(about | {"path": unquote(path.path), "query_string": path.query.encode()}, receive, send)
    start, *parts = sent
    return start["status"], b"".join(part["body"] for part in parts)
