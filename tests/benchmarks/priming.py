"""What a store holds before it is measured: a stratum to credit, ids of the era before, events to be learned."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice

import redis
from benchmarks.events import EVENTS_A_BATCH, VARIANTS
from benchmarks.servers import Server

from banditctl.controller import steer
from banditctl.core.allocation import Allocation, Live
from banditctl.core.event import Event, Exposure, Reward
from banditctl.core.experiment import Experiment
from banditctl.stores import Store, era
from banditctl.stores.redis import open_store


class Still:
    """A target whose shares never change."""

    async def read(self) -> Live:
        return Live("InService", "ready", Allocation.equal(VARIANTS))

    async def push(self, allocation: Allocation) -> None:
        raise AssertionError(f"the experiments only observe; {allocation} was not to be pushed")


@asynccontextmanager
async def opened(server: Server):
    """The service's own store on a server."""
    store = open_store(server.redis_url)
    try:
        yield store
    finally:
        await store.close()


async def begin(experiment: Experiment, store: Store, at: datetime) -> None:
    """Open the stratum to which everything from `at` on is credited."""
    await steer(experiment, store, Still(), at)


def rewards(at: datetime) -> Iterator[Event]:
    """Rewards by variant, without end."""
    while True:
        for variant in VARIANTS:
            yield Reward(_id(), 1.0, at, variant=variant)


def exposures_and_rewards(at: datetime) -> Iterator[Event]:
    """Exposures, each with its reward by inference id, without end."""
    while True:
        for variant in VARIANTS:
            served = _id()
            yield Exposure(served, variant, at)
            yield Reward(_id(), 1.0, at, exposure=served)


async def append(experiment: Experiment, store: Store, events: Iterable[Event], many: int, at: datetime) -> None:
    """Store `many` of `events` in batches, as if they had been received at `at`."""
    left = iter(islice(events, many))
    while batch := list(islice(left, EVENTS_A_BATCH)):
        duplicates = await store.append(experiment.name, batch, at=at, memory=experiment.memory)
        assert duplicates == []


def check_era(experiment: Experiment, since: datetime) -> None:
    """End the run if the ids that were primed before `since` are no longer those of the era before."""
    if era(since, experiment.memory) != era(datetime.now(UTC), experiment.memory):
        sys.exit(
            "a new deduplication era began during the run, and the ids of the last one count no more; run it again"
        )


async def prime(experiment: Experiment, server: Server, many: int) -> None:
    """Leave `many` ids in the deduplication era before this one, and nothing to be learned."""
    now = datetime.now(UTC)
    before = now - experiment.memory
    assert era(before, experiment.memory) == era(now, experiment.memory) - 1
    async with opened(server) as store:
        first = list(islice(rewards(before), 1))
        await append(experiment, store, first, 1, before)
        await append(experiment, store, rewards(before), many - 1, before)
        forget_events(server)
        # What is remembered from then is remembered now.
        assert await store.append(experiment.name, first, at=now, memory=experiment.memory) == [0]


def _id() -> bytes:
    """As long as those that are kept of what applications write."""
    return os.urandom(16)


def forget_events(server: Server) -> None:
    """Delete every stream, whoever wrote it; ids and evidence stay."""
    with redis.Redis(port=server.port) as client:
        for key in client.scan_iter(_type="stream"):
            client.delete(key)
