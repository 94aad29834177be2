"""Orders as they are given: in a row, each id once, until whoever controls the experiment takes them."""

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from banditctl.core.standing import Given, Order
from banditctl.errors import OrdersWaiting
from banditctl.stores import ORDERS_KEPT
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.scripts import GIVE


class Head(Struct, frozen=True):
    """Of a ledger, which order was taken last."""

    ordered: str = "0-0"


_head = msgspec.json.Decoder(Head)
_order = msgspec.json.Decoder(Order)


class Ordering(Connected):
    """Both ends of the row: who gives orders, and who takes them."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._give = redis.register_script(GIVE)

    async def give(self, experiment: str, order: Order) -> Given:
        keys, document = Keys(experiment), msgspec.json.encode(order)
        async with answering():
            head = await self._redis.hget(keys.ledger, "head")
            # It may have gone on since, which only makes more room.
            taken = (_head.decode(head) if head else Head()).ordered
            kept = await self._give(keys=[keys.orders], args=[order.id, document, ORDERS_KEPT, taken])
        if kept is None:
            raise OrdersWaiting(
                f"{ORDERS_KEPT} orders for {experiment} wait already, and no more are kept: "
                "let a daemon that controls it take them, then give this one again"
            )
        place, document = kept
        return Given(place.decode(), _order.decode(document))

    async def next_order(self, experiment: str, taken: str) -> Given | None:
        async with answering():
            entries = await self._redis.xrange(Keys(experiment).orders, f"({taken}", "+", count=1)
        return next((Given(place.decode(), _order.decode(fields[b"order"])) for place, fields in entries), None)
