"""Turns on time, one at a time, whatever happens in them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from banditctl.core.allocation import Allocation, Live
from banditctl.core.experiment import Experiment, Schedule as Pace
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.errors import TargetUnavailable
from banditctl.metrics import Metrics
from banditctl.schedule import Schedule
from banditctl.stores.redis import open_store

OFTEN = timedelta(milliseconds=20)
EXPERIMENT = Experiment(
    name="fares",
    variants=("A", "B"),
    control="A",
    reward=Bernoulli(),
    policy=Thompson(),
    schedule=Pace(every=OFTEN, at_least=OFTEN, burn_in=0),
    digest="0" * 16,
)


class Target:
    """A target that fails when told to, takes its time when told to, and counts who is inside."""

    def __init__(self):
        self.failures = []
        self.reads = 0
        self.pushed = []
        self.pushing = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self):
        self.reads += 1
        if self.failures:
            raise self.failures.pop()
        return Live("InService", "ready", Allocation({"A": 0.9, "B": 0.1}))

    async def push(self, allocation):
        self.pushing.set()
        await self.go_on.wait()
        self.pushed.append(allocation)


@pytest.fixture
async def store():
    opened = open_store("memory://")
    yield opened
    await opened.close()


@pytest.fixture
async def target():
    return Target()


@pytest.fixture
async def schedule(store, target):
    schedule = Schedule(store, lambda: datetime.now(UTC), Metrics(), "this daemon")
    schedule.add(EXPERIMENT, target)
    return schedule


async def until(what):
    # Other jobs run in between; an Event for each thing to wait for would say no more.
    while not what():  # noqa: ASYNC110
        await asyncio.sleep(0)


@pytest.mark.parametrize("failure", [TargetUnavailable("AWS said no"), RuntimeError("a mistake of ours")])
async def test_a_failure_is_counted_and_the_next_tick_tries_again(schedule, target, failure):
    target.failures = [failure]
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.stop()
    counted = schedule._metrics.text().decode()
    assert 'banditctl_turns_total{experiment="fares",outcome="failed",turn="steer"} 1.0' in counted


async def test_a_slow_turn_is_not_overtaken_by_another(schedule, target):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    reads = target.reads
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.reads == reads
    target.go_on.set()
    await schedule.stop()


async def test_a_stop_lets_a_push_come_to_its_end_and_keeps_that_it_was_made(schedule, store, target):
    target.go_on.clear()
    schedule.start()
    await target.pushing.wait()
    stopping = asyncio.create_task(schedule.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    target.go_on.set()
    await stopping
    assert len(target.pushed) == 1
    ledger = await store.ledger("fares")
    assert ledger.last is not None
    assert ledger.evidence.strata[-1].shares == target.pushed[0].shares


async def test_after_a_stop_nothing_moves_any_more(schedule, target):
    schedule.start()
    await until(lambda: target.pushed)
    await schedule.stop()
    reads = target.reads
    await asyncio.sleep(5 * OFTEN.total_seconds())
    assert target.reads == reads
