"""From a store's URL to a client: a real Redis or Valkey, or fakeredis in this process."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from fakeredis import FakeAsyncRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, NoScriptError, RedisError  # noqa: A004 - Redis's own, not Python's

from banditctl.errors import StoreUnavailable, UsageError

# redis-py 8 retries ten times by default and hangs for a minute. A server that refuses connections is asked
# three times more, within a second; one that hangs is not asked again. Its own timeout makes a task of every
# command that is sent; ours, around all that is asked together, takes a sixth less time for a small write.
_RETRIES = 3
_TIMEOUT_SECONDS = 3
_URL = re.compile(r"rediss?://[^/?]+(/\d*)?(\?.*)?")


def client(url: str) -> Redis:
    """A client of `redis://`, `rediss://` or `memory://`; opens no connection yet. UsageError otherwise."""
    if url == "memory://":
        return FakeAsyncRedis()
    if not _URL.fullmatch(url):
        raise UsageError(
            f"unknown store {shown(url)}; write embedded:PATH, redis://HOST:PORT/0, rediss://HOST:PORT/0 or memory://"
        )
    try:
        return Redis.from_url(url, **_patience())
    except ValueError as error:
        raise UsageError(f"store {shown(url)}: {error}") from error


def shown(url: str) -> str:
    """The URL of a store without the password that may be in it, nor options."""
    scheme, found, rest = url.partition("://")
    return scheme + found + rest.partition("?")[0].rpartition("@")[2]


def socket_client(socket: Path) -> Redis:
    """A client of the server behind a Unix socket; opens no connection yet."""
    return Redis(unix_socket_path=str(socket), **_patience())


def _patience() -> dict[str, Any]:
    return {
        "socket_timeout": None,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), _RETRIES, supported_errors=(ConnectionError,)),
    }


class answering(AbstractAsyncContextManager[None]):  # noqa: N801 - read as a verb; as a generator it took 4 us
    """Every way in which Redis fails to answer in time, or refuses, becomes StoreUnavailable."""

    async def __aenter__(self) -> None:
        self._patience = asyncio.timeout(_TIMEOUT_SECONDS)
        await self._patience.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._patience.__aexit__(kind, error, trace)
        except TimeoutError:
            raise StoreUnavailable(f"Redis: no answer within {_TIMEOUT_SECONDS} s") from error
        if isinstance(error, RedisError | OSError):
            raise StoreUnavailable(f"Redis: {error}") from error


class Connected:
    """A part of the store, which says what it has to say to one client."""

    def __init__(self, redis: Redis) -> None:
        # What redis-py says of its answers depends on options that mypy cannot see.
        self._redis: Any = redis

    async def _each(self, script: Any, keys: Sequence[str], parts: Sequence[Sequence[bytes | str]]) -> list[Any]:
        """The answers of a script to each of `parts`, in their order; together they cost one round trip.

        A script that is called takes longer to find its client than to be packed; and on a pipeline, asks first
        whether it is there.
        """
        calls = [(script.sha, len(keys), *keys, *args) for args in parts]
        try:
            return await self._called(calls)
        except NoScriptError:
            await self._redis.script_load(script.script)
            return await self._called(calls)

    async def _called(self, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        if len(calls) == 1:
            return [await self._redis.evalsha(*calls[0])]
        async with self._redis.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.evalsha(*call)
            answers: list[Any] = await pipe.execute()
        return answers
