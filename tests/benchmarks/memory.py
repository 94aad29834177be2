"""Bytes that a store keeps for each event: before it is learned, after, and when its window has passed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
from benchmarks.events import EVENTS_A_BATCH
from benchmarks.priming import append, begin, exposures_and_rewards, opened, rewards
from benchmarks.servers import Server
from support.redis_servers import wait_for

from banditctl.controller import learn
from banditctl.core.experiment import Experiment
from banditctl.stores import Store

# Memories after which nothing of an event may be left; more than any id is kept.
_LONG_AFTER = 6


@dataclass(frozen=True)
class Kept:
    """Bytes for each event."""

    waiting: float
    learned: float
    passed: float


async def kept(experiment: Experiment, server: Server, many: int) -> Kept:
    """Append, learn and outlive `many` events in batches of a thousand."""
    now = datetime.now(UTC)
    make = rewards if experiment.evidence.trials == "rewards" else exposures_and_rewards
    async with opened(server) as store:
        earlier = now - timedelta(hours=1)
        await begin(experiment, store, earlier)
        # Connections, scripts and buffers are there once, however many events follow.
        await append(experiment, store, make(earlier), EVENTS_A_BATCH, earlier)
        await learn_all(experiment, store, earlier)
        before = _used(server)
        await append(experiment, store, make(now), many, now)
        waiting = _used(server)
        await learn_all(experiment, store, now)
        learned = _used(server)
        later = now + _LONG_AFTER * experiment.memory
        # What is over is put away when something is learned.
        await append(experiment, store, make(later), 2, later)
        await learn_all(experiment, store, later)
        passed = _used(server)
    return Kept(*((used - before) / many for used in (waiting, learned, passed)))


async def learn_all(experiment: Experiment, store: Store, now: datetime) -> int:
    """Learn until nothing waits; answers how many events were learned since the experiment began."""
    before, learned = -1, 0
    while learned != before:
        before, learned = learned, (await learn(experiment, store, now)).learned
    return learned


def _used(server: Server) -> int:
    with redis.Redis(port=server.port) as client:
        # What was deleted is given back in the background.
        wait_for(lambda: client.info("memory")["lazyfree_pending_objects"] == 0)
        told = client.info("memory")
        # What connections hold, and what waits to be written to disk, is none of the events'.
        return int(told["used_memory"] - told["mem_clients_normal"] - told["mem_aof_buffer"])
