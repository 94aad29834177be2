"""Large bodies are read one in each turn of the loop: the store is at work meanwhile, and small ones come between."""

import asyncio
import json

import httpx2
import pytest
from core.builders import NOON, experiment

from banditctl.intake.app import _LARGE, PATH, Intake
from banditctl.intake.pressure import Bounds


class Book:
    """What happened, in its order: the clock is read when a body is, and once more before it is written."""

    def __init__(self):
        self.happened = []

    def clock(self):
        self.happened.append("read")
        return NOON

    async def append(self, experiment, events, at, memory):
        self.happened[-1] = len(events)
        return []


@pytest.fixture
def book():
    return Book()


@pytest.fixture
async def post(book):
    app = Intake(None, {"fares": experiment()}, book, book.clock, lambda *_: None, float, Bounds())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://banditctl") as client:

        async def post(number):
            content = json.dumps([event(f"{number}-{place}") for place in range(number)])
            answer = await client.post(PATH, content=content, headers={"content-type": "application/json"})
            assert answer.json()["accepted"] == number
            return len(content)

        yield post


def event(name):
    return {"type": "exposure", "id": name, "experiment": "fares", "variant": "A"}


async def test_the_write_of_one_begins_before_the_next_is_read(post, book):
    sizes = await asyncio.gather(*map(post, (1000, 999, 998)))
    assert min(sizes) > _LARGE
    assert book.happened == ["read", 1000, "read", 999, "read", 998]


async def test_small_ones_that_come_together_are_read_at_once_and_written_together(post, book):
    await asyncio.gather(*map(post, (3, 2, 1)))
    assert book.happened == ["read", "read", "read", 6]


async def test_small_ones_do_not_wait_behind_the_large(post, book):
    await asyncio.gather(*map(post, (1000, 999, 998, 1)))
    assert book.happened.index(1) < book.happened.index(998)
