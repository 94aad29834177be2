"""From a store's URL to a client: a real Redis or Valkey, or fakeredis in this process."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fakeredis import FakeAsyncRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, RedisError  # noqa: A004 - Redis's own, not Python's

from banditctl.errors import StoreUnavailable, UsageError

# redis-py 8 retries ten times by default and hangs for a minute. A server that refuses connections is asked
# three times more, within a second; one that hangs is not asked again.
_RETRIES = 3
_TIMEOUT_SECONDS = 3
_URL = re.compile(r"rediss?://[^/?]+(/\d*)?(\?.*)?")


def client(url: str) -> Redis:
    """A client of `redis://`, `rediss://` or `memory://`; opens no connection yet. UsageError otherwise."""
    if url == "memory://":
        return FakeAsyncRedis()
    if not _URL.fullmatch(url):
        raise UsageError(f"unknown store {url}; write redis://HOST:PORT/0, rediss://HOST:PORT/0 or memory://")
    try:
        return Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), _RETRIES, supported_errors=(ConnectionError,)),
        )
    except ValueError as error:
        raise UsageError(f"store {url}: {error}") from error


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Every way in which Redis fails to answer or refuses becomes StoreUnavailable."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailable(f"Redis: {error}") from error
