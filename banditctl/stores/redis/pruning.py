"""Forgetting the strata that nothing refers to any more, when a new generation of their order has begun."""

from typing import Any

from banditctl.stores.redis.keys import Keys

# Orders are looked for so many generations before the oldest that is needed: each day's folding begins one.
_BACK = 50


async def prune(redis: Any, keys: Keys, latest: int) -> None:
    """Keep the orders that decisions in the history may refer to, and the latest; and the strata in them."""
    ends = [*await redis.xrange(keys.decisions, count=1), *await redis.xrevrange(keys.decisions, count=1)]
    seen = [int(fields[b"generation"]) for _, fields in ends] or [latest]
    kept = {*range(min(seen), max(seen) + 1), latest}
    over = [number for number in range(max(min(seen) - _BACK, 0), latest) if number not in kept]
    needed = {name for number in kept for name in await redis.lrange(keys.order(number), 0, -1)}
    gone = [name for name in await redis.hkeys(keys.strata) if name not in needed]
    if over:
        await redis.unlink(*map(keys.order, over))
    if gone:
        await redis.hdel(keys.strata, *gone)
