"""A ledger comes back as it was saved, whatever else was read, wiped or left behind in between."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, exposure, live, ones, stratum
from msgspec.structs import replace

from banditctl.core.attribution import Attribution
from banditctl.core.decision import decide
from banditctl.core.event import EXPOSED, REWARD
from banditctl.core.evidence import Cell, Credit, Evidence
from banditctl.core.past import Pair, Past, Recent, Routed
from banditctl.core.snapshot import Snapshot
from banditctl.errors import StoreConflict
from banditctl.stores import Ledger
from banditctl.stores.redis.keys import Keys

DAY = timedelta(days=1)
FARES = experiment()
KEYS = Keys("fares")


def hourly(count):
    """Closed strata of an hour each from noon, and an open one."""
    closed = [stratum(NOON + n * HOUR, NOON + (n + 1) * HOUR, A=(9, 9, n % 9), B=(8, 7, 6)) for n in range(count)]
    return Evidence((*closed, stratum(NOON + count * HOUR)))


def ledger_of(evidence, heard):
    return Ledger(evidence=evidence, heard=heard, terms=FARES.terms)


def heard_later(ledger):
    """More strata cannot change any more."""
    return replace(ledger, heard=ledger.heard + 12 * HOUR)


def folded(ledger):
    """Another generation begins."""
    later = heard_later(ledger)
    return replace(later, evidence=later.evidence.folded(later.immutable, NOON + 99 * DAY))


def opened(ledger):
    """One stratum more."""
    since = ledger.evidence.strata[-1].since + HOUR
    return replace(ledger, evidence=ledger.evidence.open({"A": 0.5, "B": 0.5}, since, settled=True))


async def dumped(store):
    """Everything in the server as it is now."""
    return {key: await store._redis.dump(key) for key in await store._redis.keys()}


async def restored(store, kept):
    """The server as it was then."""
    await store._redis.flushall()
    for key, value in kept.items():
        await store._redis.restore(key, 0, value)


class SlowRead:
    """The next full read of a store: it has read everything, and is told when to end."""

    def __init__(self, store, monkeypatch):
        self._whole = store._read_all
        self._task = None
        self._read, self._go_on = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(store, "_read_all", self._slowly)
        self._undo = lambda: monkeypatch.setattr(store, "_read_all", self._whole)

    async def _slowly(self, keys):
        known = await self._whole(keys)
        self._read.set()
        await self._go_on.wait()
        return known

    async def begin(self, reading):
        self._task = asyncio.create_task(reading)
        await self._read.wait()
        self._undo()

    async def end(self):
        self._go_on.set()
        return await self._task


@pytest.mark.parametrize("first", [heard_later, folded, opened])
@pytest.mark.parametrize("second", [heard_later, folded, opened])
async def test_a_slow_read_that_ends_after_a_newer_save_spoils_no_later_one(
    store, another_store, monkeypatch, first, second
):
    begun = await store.save("fares", Ledger(), ledger_of(hourly(72), NOON + 40 * HOUR))
    slow = SlowRead(another_store, monkeypatch)
    await slow.begin(another_store.ledger("fares"))
    ledger = await another_store.ledger("fares")
    ledger = await another_store.save("fares", ledger, first(ledger))
    assert await slow.end() == begun

    ledger = await another_store.save("fares", ledger, second(ledger))
    assert await store.ledger("fares") == ledger
    assert await another_store.ledger("fares") == ledger


@pytest.mark.parametrize("looked", [True, False], ids=["it looked since", "it did not look since"])
async def test_after_all_was_wiped_under_a_running_store_it_begins_afresh(store, another_store, looked):
    ledger = await store.save("fares", Ledger(), ledger_of(hourly(48), NOON + 30 * HOUR))
    await store._redis.flushall()
    if looked:
        assert await store.ledger("fares") == Ledger()
    with pytest.raises(StoreConflict):
        await store.save("fares", ledger, heard_later(ledger))

    afresh = ledger_of(Evidence(ledger.evidence.strata), ledger.heard)
    afresh = await store.save("fares", Ledger(), afresh)
    assert afresh.version not in {"", ledger.version}
    assert await another_store.ledger("fares") == afresh


async def test_what_a_power_cut_took_is_never_mistaken_for_what_was_saved_in_its_place(store, another_store):
    begun = await store.save("fares", Ledger(), ledger_of(hourly(48), NOON + 30 * HOUR))
    synced = await dumped(store)
    taken = await store.save("fares", begun, heard_later(begun))
    await restored(store, synced)
    instead = await another_store.save("fares", begun, opened(begun))

    assert await store.ledger("fares") == instead
    with pytest.raises(StoreConflict):
        await store.save("fares", taken, heard_later(taken))
    assert await another_store.ledger("fares") == instead


async def test_an_attribution_with_a_great_many_metrics_comes_back_and_so_does_what_stands_beside_it(store):
    many = {f"metric {number}": number / 7 for number in range(1000)}
    known = {
        EXPOSED.of(name): Attribution("A", NOON, NOON + MINUTE, values)
        for name, values in [("before", {}), ("with many", many), ("after", {REWARD: 1.0})]
    }
    await store.append("fares", [exposure(name) for name in ("before", "with many", "after")], NOON, HOUR)
    batch = await store.drain("fares", Ledger(), HOUR, NOON)
    await store.save("fares", Ledger(), Ledger().heard_of(batch), known)
    assert await store.attributions("fares", batch) == known


async def test_orders_that_no_decision_refers_to_do_not_stay_however_many_generations_went_by(store):
    """Decisions of the first generation were kept long, and then forgotten all at once."""

    async def decided_upon(ledger):
        await store.record(decide(FARES, Snapshot(NOON + DAY, ledger.evidence, live(A=0.5, B=0.5))))

    async def next_generation(ledger):
        imported = ledger.evidence.credit([Credit(NOON, REWARD, "A", Cell(1.0, ones(1, 1)))])
        return await store.save("fares", ledger, replace(ledger, evidence=imported))

    async def orders():
        return sorted(int(key.rpartition(b":")[2]) for key in await store._redis.keys(KEYS.order("*")))

    ledger = await store.save("fares", Ledger(), ledger_of(hourly(2), NOON + DAY))
    await decided_upon(ledger)
    for _ in range(60):
        ledger = await next_generation(ledger)
    await decided_upon(ledger)
    ledger = await next_generation(ledger)
    assert {0, 60, 61} <= set(await orders())

    await store._redis.xtrim(KEYS.decisions, maxlen=1, approximate=False)
    await next_generation(ledger)
    assert await orders() == [60, 62]
    assert await store._redis.hlen(KEYS.strata) == 2 + 1  # only the first of both has changed since


SEQUENCES = Past(
    through=NOON,
    counted=NOON + HOUR,
    first=ones(1000, 50),
    recent={"A": Recent(1.5, 2.5, 3.5, 4.5), "B": Recent()},
    pairs={"A": {"B": Pair(1e6 / 3, -0.1, 1e-17)}},
    routed={"A": Routed(10.0, 9.5, (0.1, -0.2) * 6), "B": Routed()},
)


async def test_what_sequences_have_read_comes_back_to_the_last_bit(store, another_store):
    read = replace(hourly(3), past=SEQUENCES)
    ledger = await store.save("fares", Ledger(), ledger_of(read, NOON))
    assert (await another_store.ledger("fares")).evidence == ledger.evidence == read
    decision = decide(FARES, Snapshot(NOON + 4 * HOUR, read, live(A=0.5, B=0.5)))
    await store.record(decision)
    assert await another_store.decisions("fares", 1) == [decision]


async def test_a_ledger_from_before_there_were_sequences_is_still_read(store, another_store):
    await store.save("fares", Ledger(), ledger_of(hourly(3), NOON))
    head = await store._redis.hget(KEYS.ledger, "head")
    document = msgspec.json.decode(head)
    del document["evidence"]["past"]
    await store._redis.hset(KEYS.ledger, "head", msgspec.json.encode(document))
    assert (await another_store.ledger("fares")).evidence == hourly(3)
