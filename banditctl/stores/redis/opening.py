"""From what `--store` names to a store: the server of `embedded:PATH` is run here, all others elsewhere."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

import structlog
from redis.backoff import ExponentialBackoff

from banditctl.errors import StoreUnavailable, UsageError
from banditctl.stores.redis import RedisStore, open_store
from banditctl.stores.redis.connection import socket_client
from banditctl.stores.redis.embedded import EmbeddedServer, locked

# embedded://PATH is refused with all unknown stores: a path that begins with two slashes is hardly the one meant.
_EMBEDDED = re.compile(r"embedded:(?!//)(.+)")
_WATCH_SECONDS = 0.2
# A server that ends within a minute of its start is started again later and later.
_STEADY_SECONDS = 60
_PAUSES = ExponentialBackoff(cap=30, base=0.1)

log = structlog.get_logger("banditctl")


@asynccontextmanager
async def opened(url: str, *, beside: bool = False) -> AsyncIterator[RedisStore]:
    """The store at `url`; leaving the block gives back its connections and ends what was started for it.

    A folder of `embedded:` is for one process alone, unless the caller only works `beside` the daemon that uses it:
    then that one's server is the store's. Raises UsageError where `url` cannot be used, and StoreUnavailable where
    the server of `embedded:` cannot start.
    """
    embedded = _EMBEDDED.fullmatch(url)
    async with AsyncExitStack() as stack:
        store = await _embedded(_folder(embedded[1]), beside, stack) if embedded else open_store(url)
        stack.push_async_callback(store.close)
        yield store


def unmade(url: str) -> Path | None:
    """The folder that `embedded:` names, if it is still to be made; None for every store that can be opened.

    Raises UsageError where no server could be started there.
    """
    embedded = _EMBEDDED.fullmatch(url)
    if embedded is None or _folder(embedded[1]).exists():
        return None
    return EmbeddedServer(_folder(embedded[1])).folder


def _folder(path: str) -> Path:
    """What a shell does with a ~, but not behind a colon."""
    return Path(path).expanduser()


async def _embedded(folder: Path, beside: bool, stack: AsyncExitStack) -> RedisStore:
    server = EmbeddedServer(folder)
    if _occupied(folder, stack):
        stack.push_async_callback(server.stop)
        await server.start()
        await stack.enter_async_context(_kept(server))
    elif not beside:
        raise UsageError(
            f"embedded:{folder} is used by another daemon; stop that one, name another path, or share a redis://"
        )
    return RedisStore(socket_client(server.socket))


def _occupied(folder: Path, stack: AsyncExitStack) -> bool:
    """Make the folder and take it for this process; False if another one has it. The kernel gives back a dead one's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return stack.enter_context(locked(folder / "daemon.lock")) is not None
    except OSError as error:
        raise UsageError(f"embedded:{folder} cannot be used: {error.strerror}") from error


@asynccontextmanager
async def _kept(server: EmbeddedServer) -> AsyncIterator[None]:
    """Inside the block a server that ends is started again."""
    keeper = asyncio.create_task(_keep(server))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(server: EmbeddedServer) -> None:
    endings, started = 0, monotonic()
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        if server.alive():
            continue
        endings = endings + 1 if monotonic() - started < _STEADY_SECONDS else 0
        log.error("the embedded server ended; starting it again", folder=str(server.folder))
        await asyncio.sleep(_PAUSES.compute(endings))
        started = monotonic()
        try:
            await server.start()
        except StoreUnavailable as error:
            log.error("the embedded server does not start", error=str(error))  # noqa: TRY400 - it is told in full
        else:
            log.info("the embedded server answers again")
