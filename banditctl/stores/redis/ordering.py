"""Orders as they are given: in a row, each id once, until whoever controls the experiment takes them."""

import msgspec
from redis.asyncio import Redis

from banditctl.core.standing import Given, Order
from banditctl.stores import ORDERS_KEPT
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.scripts import GIVE

_order = msgspec.json.Decoder(Order)


class Ordering(Connected):
    """Both ends of the row: who gives orders, and who takes them."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._give = redis.register_script(GIVE)

    async def give(self, experiment: str, order: Order) -> Given:
        args: list[str | bytes | int] = [order.id, msgspec.json.encode(order), ORDERS_KEPT]
        async with answering():
            place, document = await self._give(keys=[Keys(experiment).orders], args=args)
        return Given(place.decode(), _order.decode(document))

    async def next_order(self, experiment: str, taken: str) -> Given | None:
        async with answering():
            entries = await self._redis.xrange(Keys(experiment).orders, f"({taken}", "+", count=1)
        return next((Given(place.decode(), _order.decode(fields[b"order"])) for place, fields in entries), None)
