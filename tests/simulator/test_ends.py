"""The ends in memory keep the contracts of real ones."""

from datetime import timedelta

import pytest

from banditctl.core.allocation import Allocation, Live
from banditctl.errors import StoreConflict, TargetBusy
from banditctl.simulator.ends import MemoryBooks, MemoryTarget
from banditctl.simulator.traffic import START
from banditctl.stores import Ledger

MINUTE = timedelta(minutes=1)
MOVED = Allocation({"a": 0.3, "b": 0.7})


async def test_what_was_pushed_is_read_back():
    target = MemoryTarget(("a", "b"), START, timedelta(0))
    await target.push(MOVED)
    assert await target.read() == Live("InService", "ready", MOVED)


async def test_while_it_settles_the_old_shares_serve_and_no_push_is_taken():
    target = MemoryTarget(("a", "b"), START, 2 * MINUTE)
    await target.push(MOVED)
    target.now += MINUTE
    assert target.shares == Allocation.equal("ab")
    assert (await target.read()).state == "busy"
    with pytest.raises(TargetBusy):
        await target.push(MOVED)
    target.now += MINUTE
    assert target.shares == (await target.read()).allocation == MOVED


async def test_of_two_writers_the_second_is_refused_and_nothing_is_done():
    books = MemoryBooks()
    first = await books.save("fares", Ledger(), Ledger(cursor="1"))
    with pytest.raises(StoreConflict):
        await books.save("fares", Ledger(), Ledger(cursor="2"))
    assert await books.ledger("fares") == first


async def test_what_has_come_is_handed_out_once():
    books = MemoryBooks()
    books.receive(earned=["one"])
    batch = await books.drain("fares", Ledger(), MINUTE, START)
    assert (batch.credits, batch.heard) == (["one"], START)
    assert await books.drain("fares", Ledger(), MINUTE, START) is None
