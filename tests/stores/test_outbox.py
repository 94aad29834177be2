"""Notices wait until they are settled, and only who holds the lease adds to them."""

import pytest
from core.builders import HOUR, MINUTE, NOON
from support.noticed import AT, examples

from banditctl.core.notices import DECIDED, Notice, Occurrences
from banditctl.errors import StoreConflict
from banditctl.stores.outbox import Waiting

FOUND = examples()
FIRST, SECOND = (Notice.of("fares", FOUND[kind], at) for kind, at in (("winner", AT), ("foreign", AT + MINUTE)))
ELSEWHERE = Notice.of("flights", FOUND["endpoint"], AT - MINUTE)
RINGING = Occurrences().after(DECIDED, FOUND.values(), NOON)


async def test_what_is_announced_waits_the_oldest_first(store):
    assert await store.waiting([]) == await store.waiting(["fares"]) == []
    await store.announce("fares", RINGING, [SECOND, FIRST])
    await store.announce("flights", RINGING, [ELSEWHERE])
    assert await store.waiting(["fares"]) == [Waiting(FIRST), Waiting(SECOND)]
    assert await store.waiting(["flights", "fares"]) == [Waiting(ELSEWHERE), Waiting(FIRST), Waiting(SECOND)]


async def test_a_notice_that_is_announced_again_is_the_same_one(store):
    for _ in range(2):
        await store.announce("fares", RINGING, [FIRST])
    assert await store.waiting(["fares"]) == [Waiting(FIRST)]


async def test_who_has_a_notice_is_remembered_until_it_is_settled_and_then_nothing_is(store, another_store):
    await store.announce("fares", RINGING, [FIRST, SECOND])
    for receiver in ("one", "two", "one"):
        await store.delivered(FIRST, receiver)
    expected = [Waiting(FIRST, frozenset({"one", "two"})), Waiting(SECOND)]
    assert await another_store.waiting(["fares"]) == expected
    await store.settle(FIRST)
    # What another daemon had under way meanwhile.
    await another_store.delivered(FIRST, "three")
    assert await store.waiting(["fares"]) == [Waiting(SECOND)]
    await store.settle(SECOND)
    assert await store._redis.keys("*notices") == []


async def test_what_was_told_is_kept(store, another_store):
    assert await store.occurrences("fares") == Occurrences()
    quiet = RINGING.after(DECIDED, [], NOON + MINUTE)
    await store.announce("fares", quiet, [])
    assert await another_store.occurrences("fares") == quiet
    assert await store.occurrences("flights") == Occurrences()


async def test_who_has_lost_the_lease_announces_nothing(store, another_store):
    await store.hold("fares", "one", HOUR)
    await store.announce("fares", RINGING, [FIRST])
    await store.release("fares", "one")
    await another_store.hold("fares", "two", HOUR)
    with pytest.raises(StoreConflict):
        await store.announce("fares", Occurrences(), [SECOND])
    assert await another_store.occurrences("fares") == RINGING
    assert await another_store.waiting(["fares"]) == [Waiting(FIRST)]
    await another_store.announce("fares", RINGING, [SECOND])
