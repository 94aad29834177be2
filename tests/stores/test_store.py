"""One behaviour, held by every server the store may run on."""

import asyncio
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from msgspec.structs import replace
from support.redis_servers import RedisServer

from banditctl.core.allocation import Allocation, Live
from banditctl.core.attribution import Attribution
from banditctl.core.event import EXPOSED, Event, Exposure, Identity, Reward
from banditctl.core.evidence import Evidence
from banditctl.core.following import follow
from banditctl.errors import StoreConflict, StoreUnavailable, UsageError
from banditctl.stores import Ledger
from banditctl.stores.redis import RedisStore, open_store

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
EVEN = Live("InService", "ready", Allocation({"a": 0.5, "b": 0.5}))


REWARDED = Identity("reward", "reward")
ONE = EXPOSED.of("one")


def exposure(name: str) -> Exposure:
    return Exposure(EXPOSED.of(name), "a", NOW)


def reward(name: str, inference_id: str, value: float = 1.0) -> Reward:
    return Reward(REWARDED.of(name), value, NOW, EXPOSED.of(inference_id))


async def drained(store: RedisStore) -> Sequence[Event]:
    batch = await store.drain("flights", Ledger(), HOUR, NOW)
    return [event for _, event in batch.events] if batch else []


async def test_events_come_out_in_the_order_they_went_in(store: RedisStore) -> None:
    events: Sequence[Event] = [exposure("one"), reward("r1", "one"), exposure("two")]
    assert await store.append("flights", events, NOW, HOUR) == []
    assert await drained(store) == events


async def test_an_event_id_that_comes_again_is_kept_once(store: RedisStore) -> None:
    await store.append("flights", [exposure("one")], NOW, HOUR)
    assert await store.append("flights", [exposure("one"), exposure("two")], NOW, HOUR) == [0]
    assert await drained(store) == [exposure("one"), exposure("two")]


async def test_an_event_id_that_comes_twice_in_one_batch_is_kept_once(store: RedisStore) -> None:
    assert await store.append("flights", [reward("r", "one"), reward("r", "one")], NOW, HOUR) == [1]


async def test_an_exposure_and_a_reward_may_have_the_same_id(store: RedisStore) -> None:
    assert await store.append("flights", [exposure("same"), reward("same", "same")], NOW, HOUR) == []


async def test_experiments_do_not_see_each_others_events(store: RedisStore) -> None:
    await store.append("flights", [exposure("one")], NOW, HOUR)
    assert await store.append("trains", [exposure("one")], NOW, HOUR) == []
    assert await drained(store) == [exposure("one")]


async def test_a_batch_beyond_what_one_script_call_takes_is_kept_whole(store: RedisStore) -> None:
    events = [exposure(f"id-{number}") for number in range(2345)]
    assert await store.append("flights", events, NOW, HOUR) == []
    assert await drained(store) == events


async def test_ids_of_any_bytes_survive(store: RedisStore) -> None:
    names = [bytes(16), b"\xff" * 16, b"\r\n$-1\r\n\x00*\x00\\\"'%s ", bytes(range(16))]
    events = [Exposure(name, "a", NOW) for name in names]
    await store.append("flights", events, NOW, HOUR)
    assert await drained(store) == events


async def test_a_new_experiment_has_an_empty_ledger(store: RedisStore) -> None:
    assert await store.ledger("flights") == Ledger()


async def test_what_is_saved_is_what_is_read(store: RedisStore) -> None:
    evidence = follow(Evidence(), EVEN, NOW, HOUR).open({"a": 0.1, "b": 0.9}, NOW + HOUR, settled=False)
    saved = await store.save("flights", Ledger(), Ledger(evidence=evidence))
    assert saved.evidence == evidence
    assert await store.ledger("flights") == saved


async def test_a_writer_that_comes_second_is_refused_and_changes_nothing(store: RedisStore) -> None:
    first = await store.save("flights", Ledger(), Ledger(evidence=follow(Evidence(), EVEN, NOW, HOUR)))
    with pytest.raises(StoreConflict):
        await store.save("flights", Ledger(), Ledger(evidence=follow(Evidence(), EVEN, NOW + HOUR, HOUR)))
    assert await store.ledger("flights") == first


async def test_of_many_writers_at_once_exactly_one_wins(store: RedisStore) -> None:
    attempts = [store.save("flights", Ledger(), Ledger(cursor=f"{number}-0")) for number in range(1, 9)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, Ledger) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, StoreConflict) for outcome in outcomes) == 7


async def test_evidence_cursor_and_attributions_are_kept_together_or_not_at_all(store: RedisStore) -> None:
    await store.append("flights", [exposure("one")], NOW, HOUR)
    batch = await store.drain("flights", Ledger(), HOUR, NOW)
    assert batch
    known = {ONE: Attribution("a", NOW, NOW, {})}
    stale = Ledger(version="another")
    with pytest.raises(StoreConflict):
        await store.save("flights", stale, stale.heard_of(batch), known)
    assert await store.attributions("flights", batch) == {}
    assert await drained(store) == [exposure("one")]

    saved = await store.save("flights", Ledger(), Ledger().heard_of(batch), known)
    assert await store.attributions("flights", batch) == known
    assert await store.drain("flights", saved, HOUR, NOW) is None


async def test_counted_events_are_forgotten_and_uncounted_ones_are_not(store: RedisStore) -> None:
    await store.append("flights", [exposure("one")], NOW, HOUR)
    batch = await store.drain("flights", Ledger(), HOUR, NOW)
    assert batch
    await store.append("flights", [exposure("two")], NOW, HOUR)
    await store.save("flights", Ledger(), Ledger().heard_of(batch))
    assert await drained(store) == [exposure("two")]


async def test_attributions_are_kept_for_three_eras_and_then_forgotten(store: RedisStore) -> None:
    await store.append("flights", [exposure("one")], NOW, HOUR)
    batch = await store.drain("flights", Ledger(), HOUR, NOW)
    assert batch
    known = {ONE: Attribution("a", NOW, NOW, {})}
    ledger = await store.save("flights", Ledger(), Ledger().heard_of(batch), known)
    for eras, remembered in [(1, known), (2, known), (3, known), (4, {})]:
        later = replace(batch, era=batch.era + eras, written=(batch.era + eras,))
        assert await store.attributions("flights", later) == remembered
        ledger = await store.save("flights", ledger, ledger.heard_of(later))
    assert ledger.eras == tuple(batch.era + eras for eras in (1, 2, 3, 4))


async def test_what_was_learned_last_holds_though_an_intakes_clock_is_behind(store: RedisStore) -> None:
    ledger = Ledger()
    for number, received in enumerate([NOW, NOW - timedelta(minutes=1), NOW]):
        await store.append("flights", [reward(f"r{number}", "one")], received, HOUR)
        batch = await store.drain("flights", ledger, HOUR, NOW)
        assert batch
        newest = {ONE: Attribution("a", NOW, NOW, {"reward": float(number)})}
        ledger = await store.save("flights", ledger, ledger.heard_of(batch), newest)
        assert await store.attributions("flights", batch) == newest


async def test_a_ledger_that_another_writer_moved_is_read_anew(store: RedisStore, another_store: RedisStore) -> None:
    first = await store.save("flights", Ledger(), Ledger(evidence=follow(Evidence(), EVEN, NOW, HOUR)))
    moved = await another_store.save("flights", first, replace(first, cursor="7-0"))
    assert await store.ledger("flights") == moved


async def test_a_server_that_is_down_is_unavailable_within_seconds() -> None:
    store = open_store("redis://127.0.0.1:1/0")
    calls = [
        store.append("flights", [exposure("one")], NOW, HOUR),
        store.ledger("flights"),
        store.drain("flights", Ledger(), HOUR, NOW),
        store.received("flights"),
        store.save("flights", Ledger(), Ledger()),
        store.hold("flights", "this daemon", HOUR),
        store.decisions("flights", 1),
        store.ping(),
    ]
    for failure in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(failure, StoreUnavailable)
        assert "Redis" in str(failure)
    await store.close()


async def test_a_server_that_hangs_is_unavailable_within_seconds(valkey: RedisServer) -> None:
    store = open_store(valkey.url)
    await store.ping()
    assert valkey.process
    valkey.process.send_signal(signal.SIGSTOP)
    try:
        began = monotonic()
        with pytest.raises(StoreUnavailable):
            await store.append("flights", [exposure("one")], NOW, HOUR)
        assert monotonic() - began < 5
    finally:
        valkey.process.send_signal(signal.SIGCONT)
        await store.close()


@pytest.mark.parametrize("url", ["http://x", "redis://", "redis://localhost/first", "memory", "embedded:", ""])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="unknown store"):
        open_store(url)
