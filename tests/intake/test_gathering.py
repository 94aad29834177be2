"""Group commit: while one write is under way the others gather, go together, and each hears of its own events."""

import asyncio
from collections import Counter

import pytest
from core.builders import NOON, experiment
from intake.handing_over import events, kept, waiting

from banditctl.errors import StoreUnavailable
from banditctl.intake.gathering import Gathering
from banditctl.request_ids import answering, request_id
from banditctl.stores.redis import open_store


class HesitantStore:
    """Answers an append only when told to, and fails it if told so."""

    def __init__(self):
        self.appended = []
        self.repeated = {}
        self.failure = None
        self.go_on = asyncio.Semaphore(0)

    async def append(self, experiment, events, at, memory):
        number = len(self.appended)
        self.appended.append(list(events))
        await self.go_on.acquire()
        if self.failure:
            raise self.failure
        return self.repeated.get(number, [])


@pytest.fixture
async def store():
    return HesitantStore()


@pytest.fixture
def counted():
    return Counter()


@pytest.fixture
async def gathering(store, counted):
    def count(name, outcome, number):
        counted[name, outcome] += number

    return Gathering("fares", experiment().memory, store, lambda: NOON, count)


async def test_a_single_request_is_written_at_once(gathering, store, counted):
    (task,) = await waiting(gathering, "ab")
    assert store.appended == [events("ab")]
    store.go_on.release()
    assert await task == 0
    assert +counted == {("fares", "accepted"): 2}


async def test_requests_that_come_while_a_write_is_under_way_go_together_in_the_next(gathering, store, counted):
    tasks = await waiting(gathering, "a")
    tasks += await waiting(gathering, "bc", "d", "ef")
    assert store.appended == [events("a")]
    store.go_on.release()
    assert await tasks[0] == 0
    await asyncio.sleep(0)
    assert store.appended == [events("a"), events("bcdef")]
    assert not any(task.done() for task in tasks[1:])
    assert +counted == {("fares", "accepted"): 1}
    store.go_on.release()
    assert await asyncio.gather(*tasks[1:]) == [0, 0, 0]
    assert +counted == {("fares", "accepted"): 6}


async def test_each_request_hears_of_its_own_duplicates(gathering, store, counted):
    store.repeated = {1: [0, 3, 4, 5]}
    tasks = await waiting(gathering, "x")
    tasks += await waiting(gathering, "abc", "de", "", "fg")
    store.go_on.release()
    store.go_on.release()
    assert await asyncio.gather(*tasks) == [0, 1, 2, 0, 1]
    assert +counted == {("fares", "accepted"): 4, ("fares", "duplicate"): 4}


async def test_one_write_that_fails_fails_all_that_were_in_it_and_none_of_it_counts_as_accepted(
    gathering, store, counted
):
    tasks = await waiting(gathering, "a")
    tasks += await waiting(gathering, "b", "c", "d")
    store.go_on.release()
    assert await tasks[0] == 0
    store.failure = StoreUnavailable("no answer")
    store.go_on.release()
    outcomes = await asyncio.gather(*tasks[1:], return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["no answer"] * 3
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert +counted == {("fares", "accepted"): 1, ("fares", "unacknowledged"): 3}


async def test_after_a_write_that_failed_the_next_is_tried_afresh(gathering, store, counted):
    store.failure = StoreUnavailable("no answer")
    first = await waiting(gathering, "a")
    late = await waiting(gathering, "b")
    store.go_on.release()
    await asyncio.wait(first)
    store.failure = None
    store.go_on.release()
    assert await late[0] == 0
    assert isinstance(first[0].exception(), StoreUnavailable)
    (again,) = await waiting(gathering, "a")
    store.go_on.release()
    assert await again == 0
    assert store.appended == [events("a"), events("b"), events("a")]
    assert +counted == {("fares", "accepted"): 2, ("fares", "unacknowledged"): 1}


async def test_a_request_that_nobody_waits_for_any_more_leaves_the_others_alone(gathering, store, counted):
    store.repeated = {1: [0, 2]}
    tasks = await waiting(gathering, "x")
    tasks += await waiting(gathering, "ab", "cd")
    tasks[1].cancel()
    await asyncio.wait(tasks[1:2])
    store.go_on.release()
    store.go_on.release()
    assert await tasks[2] == 1
    assert tasks[1].cancelled()
    # Its events are stored all the same: who sends them again is told that they are duplicates.
    assert store.appended[1] == events("abcd")
    assert +counted == {("fares", "accepted"): 3, ("fares", "duplicate"): 2}


async def test_a_write_goes_on_though_nobody_waits_for_it_any_more(gathering, store, counted):
    (alone,) = await waiting(gathering, "x")
    tasks = await waiting(gathering, "ab", "cd")
    alone.cancel()
    await asyncio.wait([alone])
    assert store.appended == [events("x")]
    store.go_on.release()
    store.go_on.release()
    assert await asyncio.gather(*tasks) == [0, 0]
    assert store.appended == [events("x"), events("abcd")]
    assert +counted == {("fares", "accepted"): 5}


async def test_a_mistake_of_ours_leaves_no_request_waiting_for_ever(gathering, store):
    tasks = await waiting(gathering, "a")
    tasks += await waiting(gathering, "b")
    store.failure = ZeroDivisionError()
    store.go_on.release()
    store.go_on.release()
    done, pending = await asyncio.wait(tasks, timeout=1)
    for task in pending:
        task.cancel()
    assert not pending
    assert all(task.exception() for task in done)


async def test_over_a_real_store_each_hears_of_its_own_duplicates_whatever_made_them_so(counted):
    real = open_store("memory://")
    gathering = Gathering("fares", experiment().memory, real, lambda: NOON, lambda *_: None)
    memory = experiment().memory
    await real.append("fares", events("ef"), NOON - memory, memory)
    await real.append("fares", events("ab"), NOON, memory)
    tasks = await waiting(gathering, "x")
    tasks += await waiting(gathering, "pe", "qq", "ab", "rs", "fp")
    assert await asyncio.gather(*tasks) == [0, 1, 1, 2, 0, 2]
    await real.close()


async def test_a_write_belongs_to_no_request_not_even_to_the_one_that_began_it():
    class Curious:
        async def append(self, *_, **__):
            known.append(request_id())
            return []

    known = []
    gathering = Gathering("fares", experiment().memory, Curious(), lambda: NOON, lambda *_: None)
    with answering(b"first"):
        assert await kept(gathering, events("a")) == 0
    assert known == [""]
