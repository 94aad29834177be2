"""The store on Redis, Valkey and fakeredis: the same commands and scripts on each."""

from redis.asyncio import Redis

from banditctl.stores.redis.appending import Appending
from banditctl.stores.redis.connection import answering, client
from banditctl.stores.redis.credentials import RedisCredentials
from banditctl.stores.redis.history import History
from banditctl.stores.redis.learning import Learning
from banditctl.stores.redis.ordering import Ordering
from banditctl.stores.redis.outbox import RedisOutbox


class RedisStore(Appending, Learning, Ordering, History, RedisOutbox):
    """Implements banditctl.stores.Store and banditctl.stores.outbox.Outbox."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self.credentials = RedisCredentials(redis)

    async def ping(self) -> None:
        async with answering():
            await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


def open_store(url: str) -> RedisStore:
    """The store at `redis://`, `rediss://` or `memory://`; opens no connection yet. Raises UsageError."""
    return RedisStore(client(url))
