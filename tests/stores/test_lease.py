"""Who may write: one holder at a time, and nobody who has ever been followed by another."""

from types import MappingProxyType

import pytest
from core.builders import HOUR, NOON, exposure, stratum
from msgspec.structs import replace

from banditctl.core.attribution import Attribution
from banditctl.core.event import EXPOSED
from banditctl.core.evidence import Evidence
from banditctl.errors import StoreConflict
from banditctl.stores import Ledger

BRIEFLY = HOUR / 3_600_000 * 20
BEGUN = Ledger(evidence=Evidence((stratum(),)))


async def held(store, holder, span=HOUR):
    return await store.hold("fares", holder, span)


async def written(store, before, after, attributions=MappingProxyType({})):
    """Whether it was, as everybody can read."""
    saved = await store.save("fares", before, after, attributions)
    return saved.version != before.version and await store.ledger("fares") == saved


async def taken_over(store, holder):
    """The lease that another had, as soon as it has run out."""
    # Each question is an answer from the server; the test's own timeout ends it.
    while not await held(store, holder):
        pass


async def test_another_holder_waits_until_the_lease_is_given_back(store, another_store):
    assert await held(store, "one")
    assert not await held(another_store, "two")
    assert await held(store, "one")
    await store.release("fares", "one")
    assert await held(another_store, "two")
    assert not await held(store, "one")


async def test_another_holder_waits_until_the_lease_has_run_out(store, another_store):
    assert await held(store, "one", BRIEFLY)
    await taken_over(another_store, "two")
    assert not await held(store, "one")


async def test_each_experiment_has_a_lease_of_its_own(store, another_store):
    assert await store.hold("fares", "one", HOUR)
    assert await another_store.hold("flights", "two", HOUR)


async def test_the_holder_may_write_and_go_on_and_write_again(store):
    assert await held(store, "one")
    ledger = await store.save("fares", Ledger(), BEGUN)
    assert await held(store, "one")
    assert await written(store, ledger, replace(ledger, learned=1))


async def test_who_lost_the_lease_can_write_nothing_any_more(store, another_store):
    assert await held(store, "one", BRIEFLY)
    ledger = await store.save("fares", Ledger(), BEGUN)
    await store.append("fares", [exposure("x")], NOON, HOUR)
    batch = await store.drain("fares", ledger, HOUR, NOON)
    await taken_over(another_store, "two")

    known = {EXPOSED.of("x"): Attribution("A", NOON, NOON, {})}
    with pytest.raises(StoreConflict):
        await store.save("fares", ledger, ledger.heard_of(batch), known)
    assert await another_store.ledger("fares") == ledger
    assert await another_store.attributions("fares", batch) == {}
    assert await another_store.drain("fares", ledger, HOUR, NOON) == batch
    assert await written(another_store, ledger, ledger.heard_of(batch), known)


async def test_a_lease_that_ran_out_but_that_nobody_took_still_writes(store):
    assert await held(store, "one", BRIEFLY)
    while await store._redis.keys("*lease"):
        pass
    assert await written(store, Ledger(), BEGUN)
    assert await held(store, "one")


async def test_who_never_held_it_cannot_write_beside_the_holder(store, another_store):
    assert await held(store, "one")
    with pytest.raises(StoreConflict):
        await another_store.save("fares", Ledger(), BEGUN)
    assert await store.ledger("fares") == Ledger()


async def test_who_gave_it_back_cannot_write_once_another_has_had_it(store, another_store):
    assert await held(store, "one")
    await store.release("fares", "one")
    assert await held(another_store, "two")
    await another_store.release("fares", "two")
    with pytest.raises(StoreConflict):
        await store.save("fares", Ledger(), BEGUN)
    assert await held(store, "one")
    assert await written(store, Ledger(), BEGUN)


async def test_a_holder_that_died_and_came_back_has_it_at_once_and_what_it_left_under_way_cannot_write(
    store, another_store
):
    assert await held(store, "one")
    ledger = await store.save("fares", Ledger(), BEGUN)
    assert await held(another_store, "one")
    with pytest.raises(StoreConflict):
        await store.save("fares", ledger, ledger)
    assert await written(another_store, ledger, replace(ledger, learned=1))


async def test_who_lost_the_lease_does_not_end_that_of_another_by_giving_it_back(store, another_store):
    assert await held(store, "one", BRIEFLY)
    await taken_over(another_store, "two")
    await store.release("fares", "one")
    assert not await held(store, "three")


async def test_giving_back_what_one_never_had_does_nothing(store, another_store):
    assert await held(store, "one")
    await another_store.release("fares", "two")
    assert not await held(another_store, "two")
