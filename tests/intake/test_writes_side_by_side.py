"""Full writes go side by side, each request hears of its own events whichever ends first, and none is left waiting."""

import asyncio

import pytest
from core.builders import NOON, experiment
from intake.handing_over import events, kept, waiting

from banditctl.intake.gathering import Gathering
from banditctl.stores import MOST_AT_ONCE


class Answering:
    """Answers its appends in the order that it is told to, each with the places of its duplicates."""

    def __init__(self):
        self.appended = []
        self.answers = []

    async def append(self, experiment, events, at, memory):
        self.appended.append(list(events))
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]

    async def answer(self, number, repeated=()):
        self.answers[number].set_result(list(repeated))
        for _ in range(5):
            await asyncio.sleep(0)

    @property
    def sizes(self):
        return [len(events) for events in self.appended]


@pytest.fixture
async def store():
    return Answering()


@pytest.fixture
async def gathering(store):
    return Gathering("fares", experiment().memory, store, lambda: NOON, lambda *_: None)


def many(prefix, count=MOST_AT_ONCE):
    return [f"{prefix}{number}" for number in range(count)]


async def test_what_fills_a_write_by_itself_goes_beside_the_one_under_way(gathering, store):
    first, *_ = await waiting(gathering, "a")
    (full,) = await waiting(gathering, many("b"))
    assert store.appended == [events("a"), events(many("b"))]
    await store.answer(1, [5, 7])
    assert (full.result(), first.done()) == (2, False)
    await store.answer(0, [0])
    assert first.result() == 1


async def test_small_requests_go_beside_it_as_soon_as_they_fill_a_write_together(gathering, store):
    await waiting(gathering, "a")
    tasks = await waiting(gathering, many("b", 600), many("c", MOST_AT_ONCE - 601))
    assert store.sizes == [1]
    tasks += await waiting(gathering, "d")
    assert store.appended[1:] == [events([*many("b", 600), *many("c", MOST_AT_ONCE - 601), "d"])]
    await store.answer(1, [0, 599, 600, 999])
    assert [task.result() for task in tasks] == [2, 1, 1]
    await store.answer(0)


async def test_a_write_that_is_full_takes_no_further_request(gathering, store):
    await waiting(gathering, "a")
    full = [await waiting(gathering, many(prefix)) for prefix in "bcd"]
    small = await waiting(gathering, "ef", "g")
    assert store.sizes == [1, 1000, 1000]
    await store.answer(0)
    assert store.appended[3:] == [events(many("d"))]
    for number in (1, 2, 3):
        await store.answer(number, [number])
    assert store.appended[4:] == [events("efg")]
    await store.answer(4, [0, 1, 2])
    assert [task.result() for (task,) in full] == [1, 1, 1]
    assert [task.result() for task in small] == [2, 1]


async def test_a_request_that_is_larger_than_a_write_goes_whole_and_by_itself(gathering, store):
    await waiting(gathering, "a")
    (large,) = await waiting(gathering, many("b", 2500))
    (small,) = await waiting(gathering, "c")
    assert store.sizes == [1, 2500]
    await store.answer(0)
    await store.answer(1, [0, 2499])
    assert store.sizes == [1, 2500, 1]
    await store.answer(2)
    assert (large.result(), small.result()) == (2, 0)


async def test_no_more_than_three_writes_are_under_way_at_once(gathering, store):
    tasks = [await waiting(gathering, many(prefix)) for prefix in "abcde"]
    assert store.appended == [events(many(prefix)) for prefix in "abc"]
    await store.answer(1)
    assert store.appended[3:] == [events(many("d"))]
    await store.answer(0, [3])
    assert store.appended[4:] == [events(many("e"))]
    for number in (4, 3, 2):
        await store.answer(number, range(number))
    assert [task.result() for (task,) in tasks] == [1, 0, 2, 3, 4]


async def test_who_wrote_beside_the_first_ends_where_less_than_a_full_write_waits(gathering, store):
    await waiting(gathering, "a")
    await waiting(gathering, many("b"))
    tasks = await waiting(gathering, "c", "d")
    await store.answer(1)
    assert store.sizes == [1, 1000]
    tasks += await waiting(gathering, "e")
    await store.answer(0)
    assert store.appended[2:] == [events("cde")]
    await store.answer(2, [1])
    assert [task.result() for task in tasks] == [0, 1, 0]


async def test_what_waits_is_written_though_two_writes_end_in_the_same_moment(gathering, store):
    await waiting(gathering, "a")
    await waiting(gathering, many("b"))
    await waiting(gathering, "c")
    store.answers[0].set_result([])
    await store.answer(1)
    assert store.sizes == [1, 1000, 1]


@pytest.mark.parametrize("steps", range(6))
async def test_a_request_that_comes_in_the_moment_in_which_a_writer_ends_is_written(gathering, store, steps):
    await waiting(gathering, "a")

    async def later():
        for _ in range(steps):
            await asyncio.sleep(0)
        await kept(gathering, events("b"))

    store.answers[0].set_result([])
    task = asyncio.create_task(later())
    for _ in range(12):
        await asyncio.sleep(0)
    assert store.sizes == [1, 1]
    await store.answer(1)
    await task


async def test_a_write_takes_at_most_a_thousand_events_or_one_request(gathering, store):
    await waiting(gathering, "a")
    await waiting(gathering, many("b", 600), many("c", 600))
    await store.answer(0)
    await store.answer(1)
    assert store.sizes == [1, 600, 600]
