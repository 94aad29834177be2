"""Decisions are told without their evidence, at a price that does not grow with it, and say what they said."""

from datetime import timedelta

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, live, stratum
from msgspec.structs import replace
from stores.test_history import hourly

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence, Metered
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Turn
from banditctl.stores import Ledger
from banditctl.stores.told import Glance, Line, Told

FARES = experiment()
EVEN = live(A=0.5, B=0.5)
HELD = Standing((Order("1", "pause", "anna", "sale", NOON),))
DECISION = decide(FARES, Snapshot(NOON, hourly(3), EVEN))


def at(number, **changes):
    """A decision of another moment."""
    return replace(DECISION, seen=replace(DECISION.seen, at=NOON + number * MINUTE), reason=f"{number}.", **changes)


async def test_the_latest_decision_says_all_but_its_evidence(store):
    assert await store.latest("fares") is None
    for number in range(3):
        await store.record(at(number))
    told, meant = await store.latest("fares"), at(2)
    same = [name for name in Told.__struct_fields__ if name != "seen"]
    assert [getattr(told, name) for name in same] == [getattr(meant, name) for name in same]
    assert (told.seen.at, told.seen.live) == (meant.seen.at, EVEN)


async def test_lines_are_the_latest_decisions_newest_first(store):
    assert await store.lines("fares", 20) == []
    for number in range(30):
        await store.record(at(number))
    lines = await store.lines("fares", 20)
    assert [line.reason for line in lines] == [f"{number}." for number in range(29, 9, -1)]
    assert replace(lines[0], id="") == Line(NOON + 29 * MINUTE, DECISION.verdict, "29.", {"A": 0.5, "B": 0.5})
    assert len({line.id for line in lines}) == 20


async def test_what_holds_is_no_deed_but_for_an_order(store):
    for number in range(6):
        await store.record(at(number, verdict="move" if number % 2 else "hold"))
    assert [line.reason for line in await store.deeds("fares", 60)] == ["1.", "3.", "5."]
    ordered = replace(DECISION.seen, order=Order("1", "pause", "anna", "sale", NOON))
    await store.record(replace(DECISION, seen=ordered, verdict="hold", reason="6."))
    assert [line.reason for line in await store.deeds("fares", 60)] == ["1.", "3.", "5.", "6."]
    assert len(await store.course("fares", 60)) == 7


async def test_of_a_long_life_some_are_told_the_latest_among_them(store):
    for number in range(300):
        await store.record(at(number))
        if number % 50 == 0:
            # They are told apart by the server's clock, to the millisecond.
            await store.ping()
    course = await store.course("fares", 40)
    assert 1 <= len(course) <= 40
    told = [int(line.reason.rstrip(".")) for line in course]
    assert told == sorted(told)
    assert told[-1] == 299


@pytest.mark.parametrize("many", [1, 2, 3])
async def test_however_few_are_asked_for_the_latest_is_there(store, many):
    for number in range(5):
        await store.record(at(number))
    course = await store.course("fares", many)
    assert len(course) <= many
    assert course[-1].reason == "4."


async def test_a_glance_is_the_end_of_the_ledger(store, another_store):
    assert await store.glance("fares") == Glance(None, None, 0)
    turn, evidence = Turn(NOON, 10.0), hourly(30)
    odd = Evidence((*evidence.strata[:-1], replace(evidence.strata[-1], until=NOON + 31 * HOUR)))
    for last in (evidence, replace(odd, strata=(*odd.strata, stratum(NOON + 31 * HOUR + timedelta(microseconds=5))))):
        before = await store.ledger("fares")
        ledger = replace(
            before, evidence=last, last=turn, learned=77, standing=HELD, heard=NOON + HOUR, terms=FARES.terms
        )
        await store.save("fares", before, ledger)
        assert await another_store.glance("fares") == Glance(last.strata[-1], turn, 77, HELD)


async def test_a_glance_has_until_when_requests_are_counted(store, another_store):
    metered = Metered(NOON + HOUR, {"A": 3})
    await store.save("fares", Ledger(), Ledger(evidence=replace(hourly(3), metered=metered), terms=FARES.terms))
    assert (await another_store.glance("fares")).metered == NOON + HOUR


async def test_another_experiment_has_lines_of_its_own(store):
    await store.record(DECISION)
    assert await store.lines("trains", 20) == await store.deeds("trains", 20) == []
    assert await store.latest("trains") is None
    assert (await store.ledger("trains")) == Ledger()
