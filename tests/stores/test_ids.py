"""Which events are new: by ids that are kept in eras, told by their places, and let go of when their time is over."""

from datetime import timedelta

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, exposure, reward, stratum

from banditctl.controller import learn
from banditctl.core.event import CLOCK_SKEW
from banditctl.core.evidence import Evidence
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.stores import Ledger, Received
from banditctl.stores.redis.keys import Keys

FARES = experiment(
    reward=Gaussian(window=HOUR - CLOCK_SKEW), metrics={"latency": Gaussian(window=MINUTE, repeat="sum")}
)
MEMORY = FARES.memory
DAY = timedelta(days=1)


@pytest.fixture
async def begun(store):
    """A store with evidence to credit to."""
    await store.save("fares", Ledger(), Ledger(evidence=Evidence((stratum(since=NOON),))))
    return store


async def exposed(store):
    """How many exposures have been learned."""
    ledger = await store.ledger("fares")
    return sum(one["A"].exposed for one in ledger.evidence.strata)


async def kept(store):
    """The names of all that is in Redis of the experiment, without what comes first in each."""
    root = Keys("fares").events.removesuffix("events")
    return sorted(key.decode().removeprefix(root) for key in await store._redis.keys("*"))


def test_the_memory_is_an_hour_here():
    assert MEMORY == HOUR


@pytest.mark.parametrize("later", [-HOUR, -MINUTE, 0 * HOUR, 59 * MINUTE, HOUR])
async def test_an_id_is_remembered_for_the_memory_even_by_a_clock_that_differs(store, later):
    await store.append("fares", [exposure("x")], NOON, MEMORY)
    assert await store.append("fares", [exposure("x")], NOON + later, MEMORY) == [0]


async def test_an_id_is_new_again_once_its_memory_is_over_and_that_of_a_clock_that_is_behind(store):
    await store.append("fares", [exposure("x")], NOON, MEMORY)
    assert await store.append("fares", [exposure("x")], NOON + 2 * HOUR, MEMORY) == []


async def test_places_of_what_is_not_new_are_told_in_order_whatever_made_it_old(store):
    await store.append("fares", [exposure("before")], NOON, MEMORY)
    await store.append("fares", [exposure("after")], NOON + 2 * HOUR, MEMORY)
    await store.append("fares", [exposure("now")], NOON + HOUR, MEMORY)
    asked = ["x", "x", "after", "y", "before", "now", "z", "before", "y"]
    assert await store.append("fares", [exposure(name) for name in asked], NOON + HOUR, MEMORY) == [1, 2, 4, 5, 7, 8]


async def test_an_id_that_comes_again_far_behind_in_one_batch_is_told_at_its_second_place(store):
    names = [f"x{number}" for number in range(2500)]
    names[1203] = names[2404] = names[3]
    assert await store.append("fares", [exposure(name) for name in names], NOON, MEMORY) == [1203, 2404]


async def test_a_duplicate_in_the_middle_of_a_batch_is_not_learned(begun):
    await begun.append("fares", [exposure("b")], NOON, MEMORY)
    assert await begun.append("fares", [exposure(name) for name in "abcac"], NOON, MEMORY) == [1, 3, 4]
    batch = await begun.drain("fares", await begun.ledger("fares"), MEMORY, NOON)
    assert batch.events == [(NOON, exposure(name)) for name in "bac"]
    assert (await learn(FARES, begun, NOON)).learned == 3
    assert await exposed(begun) == 3


async def test_a_batch_of_nothing_but_duplicates_leaves_nothing_to_learn(begun):
    await begun.append("fares", [exposure("a"), exposure("b")], NOON, MEMORY)
    await learn(FARES, begun, NOON)
    assert await begun.append("fares", [exposure("b"), exposure("a")], NOON + MINUTE, MEMORY) == [0, 1]
    assert await begun.drain("fares", await begun.ledger("fares"), MEMORY, NOON) is None


async def test_an_exposure_that_was_learned_is_a_duplicate_as_before(begun):
    await begun.append("fares", [exposure("x"), reward("r", inference_id="x")], NOON, MEMORY)
    await learn(FARES, begun, NOON)
    again = [reward("r", inference_id="x"), exposure("x")]
    assert await begun.append("fares", again, NOON + HOUR, MEMORY) == [0, 1]


async def test_rewards_that_wait_do_not_make_their_exposure_a_duplicate(begun):
    waiting = [reward("r", 3.0, NOON, "x"), reward("l", 2.0, NOON, "x", metric="latency")]
    await begun.append("fares", waiting, NOON, MEMORY)
    assert (await learn(FARES, begun, NOON)).tally.orphaned == 2
    assert await begun.append("fares", [exposure("x")], NOON + HOUR, MEMORY) == []
    ledger = await learn(FARES, begun, NOON + HOUR)
    assert ledger.tally.orphaned == 0
    assert ledger.evidence.strata[0]["A"].rewarded.total == 3
    assert ledger.evidence.strata[0].metrics["latency"]["A"].rewarded.total == 2


async def test_what_waits_in_one_era_is_found_in_the_next_though_more_came_to_wait(begun):
    for number, at in enumerate([NOON, NOON + 50 * MINUTE]):
        await begun.append("fares", [reward(f"r{number}", 1.0, NOON, "x")], at, MEMORY)
        await learn(FARES, begun, at)
    await begun.append("fares", [exposure("x")], NOON + HOUR, MEMORY)
    ledger = await learn(FARES, begun, NOON + HOUR)
    assert (ledger.tally.orphaned, ledger.tally.repeated) == (0, 1)


async def test_it_is_told_how_many_came_how_many_again_and_since_when_the_oldest_waits(begun):
    assert await begun.received("fares") == Received()
    await begun.append("fares", [exposure(name) for name in "aab"], NOON, MEMORY)
    await begun.append("fares", [exposure(name) for name in "bc"], NOON + MINUTE, MEMORY)
    await begun.append("fares", [exposure(name) for name in "cc"], NOON + 2 * MINUTE, MEMORY)
    assert await begun.received("fares") == Received(accepted=3, duplicates=4, oldest=NOON)
    assert (await learn(FARES, begun, NOON)).learned == 3
    assert await begun.received("fares") == Received(accepted=3, duplicates=4)


async def a_day_of_events(store, learning=True):
    for hour in range(24):
        at = NOON + hour * HOUR
        events = [exposure(f"{hour} {number}", at=at) for number in range(20)]
        events += [reward(f"{hour} {number}", 1.0, at, f"{hour} {number + 5}") for number in range(20)]
        await store.append("fares", events, at, MEMORY)
        if learning:
            await learn(FARES, store, at)


@pytest.mark.parametrize("learning", [True, False], ids=["learned as they came", "learned at the end"])
async def test_nothing_of_an_event_is_left_once_nobody_can_speak_of_it_any_more(begun, learning):
    await a_day_of_events(begun, learning)
    await learn(FARES, begun, NOON + DAY)
    inside = [name for name in await kept(begun) if name.startswith("ids:")]
    assert 1 <= len(inside) <= 4

    await learn(FARES, begun, NOON + DAY + 5 * HOUR)
    left = set(await kept(begun))
    assert left <= {"events", "received", "ledger", "open", "strata", "order:0"}
    assert await begun._redis.xlen(Keys("fares").events) == 0
    assert await exposed(begun) == 24 * 20


async def test_while_events_wait_to_be_learned_nothing_of_them_is_let_go(begun):
    await a_day_of_events(begun, learning=False)
    before = await kept(begun)
    assert await begun.append("fares", [exposure("23 0")], NOON + 23 * HOUR, MEMORY) == [0]
    assert await kept(begun) == before
    assert len([name for name in before if name.startswith("ids:")]) == 24


async def test_ids_that_an_intake_whose_clock_is_behind_wrote_last_are_let_go_as_well(begun):
    await begun.append("fares", [exposure("ahead")], NOON + HOUR, MEMORY)
    await begun.append("fares", [exposure("behind")], NOON + 59 * MINUTE, MEMORY)
    assert (await learn(FARES, begun, NOON + HOUR)).learned == 2
    await learn(FARES, begun, NOON + DAY)
    assert [name for name in await kept(begun) if name.startswith("ids:")] == []


async def test_one_event_from_a_clock_that_is_ten_days_ahead_makes_nothing_else_old(begun):
    await begun.append("fares", [exposure("far", at=NOON)], NOON + 10 * DAY, MEMORY)
    before, after = NOON + 58 * MINUTE, NOON + HOUR + 2 * MINUTE
    await begun.append("fares", [exposure("x", at=before), exposure("y", at=before)], before, MEMORY)
    assert (await learn(FARES, begun, before)).learned == 3

    assert await begun.append("fares", [exposure("x", at=before), exposure("y", at=before)], after, MEMORY) == [0, 1]
    await begun.append("fares", [reward("r", 3.0, after, "x")], after, MEMORY)
    ledger = await learn(FARES, begun, after)
    assert (ledger.tally.orphaned, ledger.evidence.strata[0]["A"].rewarded.total) == (0, 3)
    later = after + 40 * MINUTE
    again = [exposure("x", at=before), reward("r", 3.0, after, "x"), exposure("y", at=before)]
    assert await begun.append("fares", again, later, MEMORY) == [0, 1, 2]
    await begun.append("fares", [reward("s", 5.0, later, "y")], later, MEMORY)
    ledger = await learn(FARES, begun, later)
    assert (ledger.tally.orphaned, ledger.evidence.strata[0]["A"].rewarded.total) == (0, 8)

    await learn(FARES, begun, NOON + 10 * DAY + 5 * HOUR)
    assert [name for name in await kept(begun) if name.startswith("ids:")] == []
