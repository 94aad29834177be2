"""What an import writes: events and how far their file has come, whole or not at all, on every server."""

from datetime import UTC, datetime, timedelta

import pytest

from banditctl.core.event import EXPOSED, Event, Exposure
from banditctl.errors import StoreUnavailable
from banditctl.stores import MOST_AT_ONCE, Ledger
from banditctl.stores.redis import RedisStore, open_store
from banditctl.stores.redis.keys import Keys

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
FILE = "flights-prod/a/2026/11/20/10/part.jsonl"


def exposures(*names: str) -> list[Event]:
    return [Exposure(EXPOSED.of(name), "a", NOW) for name in names]


async def drained(store: RedisStore) -> list[Event]:
    batch = await store.drain("flights", Ledger(), HOUR, NOW)
    return [event for _, event in batch.events] if batch else []


async def imported(store: RedisStore, before: int, after: int, *names: str, file: str = FILE) -> list[int] | None:
    return await store.append_import("flights", file, before, after, exposures(*names), NOW, HOUR)


async def test_events_are_kept_and_their_file_moves(store: RedisStore) -> None:
    assert await store.imported("flights") == {}
    assert await imported(store, 0, 2, "one", "two") == []
    assert await imported(store, 2, 5, "three") == []
    assert await store.imported("flights") == {FILE: 5}
    assert await drained(store) == exposures("one", "two", "three")


async def test_a_file_that_is_elsewhere_by_now_is_left_alone(store: RedisStore) -> None:
    await imported(store, 0, 2, "one", "two")
    for before in (0, 1, 3):
        assert await imported(store, before, 9, "three") is None
    assert await store.imported("flights") == {FILE: 2}
    assert await drained(store) == exposures("one", "two")


async def test_an_id_that_was_posted_is_not_imported_again_and_the_other_way_round(store: RedisStore) -> None:
    await store.append("flights", exposures("one"), NOW, HOUR)
    assert await imported(store, 0, 3, "one", "two", "two") == [0, 2]
    assert await store.append("flights", exposures("two"), NOW, HOUR) == [0]
    assert await drained(store) == exposures("one", "two")


async def test_a_file_of_nothing_but_repeats_moves_all_the_same(store: RedisStore) -> None:
    await imported(store, 0, 1, "one")
    assert await imported(store, 0, 1, "one", file="another") == [0]
    assert await store.imported("flights") == {FILE: 1, "another": 1}
    assert await drained(store) == exposures("one")


async def test_experiments_do_not_see_each_others_files(store: RedisStore) -> None:
    await imported(store, 0, 1, "one")
    assert await store.imported("trains") == {}


async def test_the_most_that_one_step_takes_is_taken(store: RedisStore) -> None:
    names = [f"{number}" for number in range(MOST_AT_ONCE)]
    assert await imported(store, 0, MOST_AT_ONCE, *names) == []
    assert await drained(store) == exposures(*names)


async def test_imported_entries_are_marked_and_posted_ones_are_not(store: RedisStore) -> None:
    await imported(store, 0, 1, "one")
    await store.append("flights", exposures("two"), NOW, HOUR)
    entries = await store._redis.xrange(Keys("flights").events)
    assert [fields.get(b"imported") for _, fields in entries] == [b"1", None]


async def test_a_server_that_is_down_is_unavailable() -> None:
    store = open_store("redis://127.0.0.1:1/0")
    for call in (store.imported("flights"), imported(store, 0, 1, "one")):
        with pytest.raises(StoreUnavailable, match="Redis"):
            await call
    await store.close()
