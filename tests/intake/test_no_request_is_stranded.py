"""No request is left waiting when writers end in the same moment."""

import asyncio

import pytest
from core.builders import NOON, experiment
from intake.handing_over import events, waiting
from intake.test_writes_side_by_side import Answering, many

from banditctl.intake.gathering import Gathering


@pytest.fixture
async def store():
    return Answering()


@pytest.fixture
async def gathering(store):
    return Gathering(experiment(), store, lambda: NOON, lambda *_: None)


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
        await gathering.keep(events("b"))

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
