"""Orders wait in a row, held the same by every server that the store may run on."""

import asyncio

import pytest
from core.builders import NOON
from msgspec.structs import replace

from banditctl.core.standing import Given, Order
from banditctl.errors import OrdersWaiting
from banditctl.stores import Ledger
from banditctl.stores.redis import RedisStore

PIN = Order("first", "pin", "anna", "a load test", NOON, shares={"A": 0.7, "B": 0.3})
RESUME = Order("second", "resume", "bob", "it is over", NOON)


async def test_orders_are_taken_one_after_the_other_as_they_were_given(store: RedisStore, another_store) -> None:
    assert await store.next_order("fares", "0-0") is None
    first, second = await store.give("fares", PIN), await another_store.give("fares", RESUME)
    assert await store.next_order("fares", "0-0") == first
    assert await store.next_order("fares", first.place) == second
    assert await store.next_order("fares", second.place) is None
    assert (first.order, second.order) == (PIN, RESUME)
    assert await store.next_order("other", "0-0") is None


async def test_an_order_that_came_twice_is_the_first_one(store: RedisStore) -> None:
    first = await store.give("fares", PIN)
    again = await asyncio.gather(*(store.give("fares", replace(PIN, who="bob")) for _ in range(3)))
    assert again == [first] * 3
    assert await store.next_order("fares", first.place) is None


async def test_whether_an_order_was_taken_goes_by_its_place_not_by_how_that_is_written(store: RedisStore) -> None:
    given = await store.give("fares", PIN)
    assert not given.taken(Ledger().ordered)
    assert given.taken(given.place)
    assert not replace(given, place="10-0").taken("9-0")
    assert replace(given, place="9-2").taken("9-10")


async def numbered(store: RedisStore, first: int, count: int) -> list[Given]:
    """So many orders, given one after the other."""
    return [await store.give("fares", replace(PIN, id=f"n{number}")) for number in range(first, first + count)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many are kept: a thousand take fakeredis half a minute."""
    monkeypatch.setattr("banditctl.stores.redis.ordering.ORDERS_KEPT", 20)
    return 20


async def test_of_those_that_were_taken_only_so_many_are_kept(store: RedisStore, few: int) -> None:
    old = await numbered(store, 0, 3)
    await store.save("fares", await store.ledger("fares"), Ledger(ordered=old[-1].place))
    given = await numbered(store, 3, few)
    assert await store.next_order("fares", "0-0") == given[0]


async def test_none_that_waits_makes_room_for_another(store: RedisStore, few: int) -> None:
    given = await numbered(store, 0, few)
    with pytest.raises(OrdersWaiting, match="20 orders for fares wait already, and no more are kept"):
        await store.give("fares", replace(PIN, id="late"))
    assert await store.give("fares", replace(PIN, id="n7")) == given[7]
    assert await store.next_order("fares", "0-0") == given[0]
    await store.save("fares", await store.ledger("fares"), Ledger(ordered=given[0].place))
    late = await store.give("fares", replace(PIN, id="late"))
    assert await store.next_order("fares", given[-1].place) == late
    assert await store.next_order("fares", given[0].place) == given[1]
