"""Forgetting the strata that nothing refers to any more, when a new generation of their order has begun."""

from contextlib import suppress
from typing import Any

from redis.exceptions import WatchError

from banditctl.stores.redis.keys import Keys


async def prune(redis: Any, keys: Keys, latest: int) -> None:
    """Keep the orders that decisions in the history may refer to, and the latest; and the strata in them.

    Does nothing once another writer has moved the ledger: what that one needs is not known here.
    """
    async with redis.pipeline(transaction=True) as pipe:
        await pipe.watch(keys.ledger)
        if int(await pipe.hget(keys.ledger, "generation")) != latest:
            return
        ends = [*await pipe.xrange(keys.decisions, count=1), *await pipe.xrevrange(keys.decisions, count=1)]
        seen = [int(fields[b"generation"]) for _, fields in ends] or [latest]
        kept = {*range(min(seen), max(seen) + 1), latest}
        oldest = int(await pipe.hget(keys.ledger, "oldest") or 0)
        over = [number for number in range(oldest, latest) if number not in kept]
        needed = {name for number in kept for name in await pipe.lrange(keys.order(number), 0, -1)}
        gone = [name for name in await pipe.hkeys(keys.strata) if name not in needed]
        pipe.multi()
        pipe.hset(keys.ledger, "oldest", min(kept))
        if over:
            pipe.unlink(*map(keys.order, over))
        if gone:
            pipe.hdel(keys.strata, *gone)
        with suppress(WatchError):
            await pipe.execute()
