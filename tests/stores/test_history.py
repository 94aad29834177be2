"""Decisions come back whole, however the strata that they saw are kept by then; or it is said that they cannot."""

from datetime import timedelta

import pytest
from core.builders import HOUR, NOON, experiment, live, ones, stratum
from msgspec.structs import replace

from banditctl.core.decision import decide
from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, Evidence
from banditctl.core.snapshot import Snapshot
from banditctl.errors import EvidenceLost
from banditctl.provenance import here
from banditctl.stores import Ledger
from banditctl.stores.redis import RedisStore
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.pruning import prune

DAY = timedelta(days=1)
FARES = experiment()
KEYS = Keys("fares")
EQUAL = {"A": 0.5, "B": 0.5}


def hourly(count):
    """Closed strata of an hour each from noon, and an open one."""
    closed = [
        stratum(NOON + number * HOUR, NOON + (number + 1) * HOUR, A=(9, 9, number % 9), B=(8, 7, 6))
        for number in range(count)
    ]
    return Evidence((*closed, stratum(NOON + count * HOUR)))


def ledger_of(evidence, heard):
    return Ledger(evidence=evidence, heard=heard, terms=FARES.terms)


def decided(ledger, at):
    return decide(FARES, Snapshot(at, ledger.evidence, live(**EQUAL)))


async def in_full(store):
    return await store._redis.hlen(KEYS.open)


async def by_hash(store):
    return await store._redis.hlen(KEYS.strata)


async def orders(store):
    return sorted(key.decode().rpartition(":")[2] for key in await store._redis.keys(KEYS.order("*")))


def one_by_one(ledger):
    """Ledgers as time passes, until nothing that is closed can change any more."""
    for hours in range(0, 96, 12):
        yield replace(ledger, heard=NOON + hours * HOUR)


async def test_strata_that_can_change_are_kept_in_full_and_the_others_once_by_hash(store):
    ledger = ledger_of(hourly(48), NOON)
    for later in one_by_one(ledger):
        ledger = await store.save("fares", ledger, replace(later, version=ledger.version))
        assert await store.ledger("fares") == ledger
        assert (await by_hash(store), await in_full(store)) == (ledger.immutable, 49 - ledger.immutable)
    assert ledger.immutable == 48
    assert await orders(store) == ["0"]


async def test_another_daemon_reads_the_same(store, another_store):
    ledger = await store.save("fares", Ledger(), ledger_of(hourly(48), NOON + 30 * HOUR))
    assert await another_store.ledger("fares") == ledger
    moved = replace(ledger, heard=NOON + 60 * HOUR)
    moved = await another_store.save("fares", ledger, moved)
    assert await store.ledger("fares") == moved
    assert (await by_hash(store), await orders(store)) == (moved.immutable, ["0"])


async def recorded(store, ledger, count=4):
    """Decisions of several moments, newest first, and the ledger after them."""
    decisions = []
    for turn in range(count):
        heard = NOON + 24 * (turn + 1) * HOUR
        ledger = await store.save("fares", ledger, replace(ledger, heard=heard))
        decisions.insert(0, decided(ledger, heard))
        await store.record(decisions[0])
    return decisions, ledger


async def test_decisions_come_back_whole_and_can_be_made_again(store, another_store):
    decisions, _ = await recorded(store, ledger_of(hourly(48), NOON))
    for one in (store, another_store):
        found = await one.decisions("fares", 10)
        assert found == decisions
        assert [decide(FARES, decision.seen) for decision in found] == decisions


async def test_decisions_that_were_recorded_before_a_fold_come_back_as_they_were(store, another_store):
    decisions, ledger = await recorded(store, ledger_of(hourly(48), NOON))
    folded = ledger.evidence.folded(ledger.immutable, NOON + 99 * DAY)
    assert len(folded.strata) < len(ledger.evidence.strata)
    ledger = await store.save("fares", ledger, replace(ledger, evidence=folded))
    assert await another_store.ledger("fares") == ledger
    assert await store.decisions("fares", 10) == decisions

    await store.record(decided(ledger, NOON + 90 * HOUR))
    assert await another_store.decisions("fares", 10) == [decided(ledger, NOON + 90 * HOUR), *decisions]
    assert await orders(store) == ["0", "1"]


async def folded(store, ledger, first):
    evidence = ledger.evidence.folded(first, NOON + 99 * DAY)
    return await store.save("fares", ledger, replace(ledger, evidence=evidence))


async def test_each_fold_begins_a_generation_and_what_nothing_refers_to_any_more_is_forgotten(store, another_store):
    ledger = await store.save("fares", Ledger(), ledger_of(hourly(72), NOON + 120 * HOUR))
    assert await by_hash(store) == 72
    for generation, first in enumerate([24, 40, 60], start=1):
        ledger = await folded(store, ledger, first)
        assert (await orders(store), await by_hash(store)) == ([str(generation)], ledger.immutable)
        assert await another_store.ledger("fares") == ledger
    assert ledger.immutable < 24


async def test_what_a_decision_refers_to_is_kept_as_long_as_the_decision_is(store, another_store):
    _, ledger = await recorded(store, ledger_of(hourly(48), NOON))
    ledger = await folded(store, ledger, 24)
    assert await by_hash(store) == 48 + 2  # the half day from noon, and the half after midnight
    await store.record(decided(ledger, NOON + 90 * HOUR))
    await store._redis.xtrim(KEYS.decisions, maxlen=1, approximate=False)
    ledger = await folded(store, ledger, ledger.immutable)
    assert await orders(store) == ["1", "2"]
    assert len(await another_store.decisions("fares", 10)) == 1
    assert await another_store.ledger("fares") == ledger


async def test_a_daemon_that_was_overtaken_forgets_nothing_that_is_in_use(store, another_store):
    """It had begun a generation and stood still just before it forgot the one before, while another went on."""
    ledger = await store.save("fares", Ledger(), ledger_of(hourly(72), NOON + 120 * HOUR))
    for first in (24, 48):
        ledger = await folded(another_store, await another_store.ledger("fares"), first)
    await prune(store._redis, KEYS, 1)
    assert await RedisStore(store._redis).ledger("fares") == ledger


async def test_where_imported_events_change_what_was_kept_by_hash_old_decisions_still_see_what_they_saw(
    store, another_store
):
    decisions, ledger = await recorded(store, ledger_of(hourly(48), NOON))
    imported = ledger.evidence.credit([Credit(NOON + HOUR, REWARD, "A", Cell(1.0, ones(1, 1)))])
    ledger = await store.save("fares", ledger, replace(ledger, evidence=imported))
    newest = decided(ledger, NOON + 90 * HOUR)
    await store.record(newest)
    assert newest.seen.evidence.strata[1]["A"].exposed == 10
    assert await another_store.decisions("fares", 10) == [newest, *decisions]
    assert await orders(store) == ["0", "1"]


async def test_a_decision_on_evidence_that_another_daemon_has_moved_is_kept_in_full(store, another_store):
    ledger = await store.save("fares", Ledger(), ledger_of(hourly(48), NOON + 99 * HOUR))
    decision = decided(ledger, NOON + 99 * HOUR)
    other = await another_store.ledger("fares")
    folded = other.evidence.folded(other.immutable, NOON + 99 * DAY)
    await another_store.save("fares", other, replace(other, evidence=folded))
    await store.record(decision)
    assert await another_store.decisions("fares", 1) == [decision]


async def test_the_newest_come_first_and_no_more_than_are_asked_for(store):
    decisions, _ = await recorded(store, ledger_of(hourly(24), NOON))
    assert await store.decisions("fares", 2) == decisions[:2]
    assert await store.decisions("flights", 2) == []


async def test_the_history_is_read_page_by_page_and_each_decision_by_its_name(store):
    decisions, _ = await recorded(store, ledger_of(hourly(24), NOON))
    first = await store.history("fares", 3)
    rest = await store.history("fares", 3, first[-1].id)
    assert [one.decision for one in (*first, *rest)] == decisions
    assert await store.history("fares", 3, rest[-1].id) == []
    assert [await store.recorded("fares", one.id) for one in first] == first
    assert await store.recorded("fares", "1-1") is None
    assert await store.recorded("flights", first[0].id) is None


async def test_what_a_decision_was_computed_with_is_kept_with_it(store, another_store):
    await recorded(store, ledger_of(hourly(2), NOON), count=1)
    (one,) = await another_store.history("fares", 1)
    assert one.made == here()


async def a_stratum_that_says_something_else(redis):
    name, document = next(iter((await redis.hgetall(KEYS.strata)).items()))
    await redis.hset(KEYS.strata, name, document.replace(b'"total":6.0', b'"total":5.0'))


async def a_stratum_that_is_gone(redis):
    await redis.hdel(KEYS.strata, next(iter(await redis.hgetall(KEYS.strata))))


async def an_order_cut_short(redis):
    await redis.lpop(KEYS.order(0))


async def an_order_that_is_another(redis):
    names = await redis.lrange(KEYS.order(0), 0, 1)
    await redis.lset(KEYS.order(0), 0, names[1])
    await redis.lset(KEYS.order(0), 1, names[0])


@pytest.mark.parametrize(
    "harm",
    [
        a_stratum_that_says_something_else,
        a_stratum_that_is_gone,
        an_order_cut_short,
        an_order_that_is_another,
    ],
)
async def test_a_decision_whose_evidence_is_not_what_it_was_is_not_shown_as_if_it_were(store, harm):
    await recorded(store, ledger_of(hourly(24), NOON))
    await harm(store._redis)
    with pytest.raises(EvidenceLost, match="fares: the strata that were seen at 2026"):
        await store.decisions("fares", 1)
