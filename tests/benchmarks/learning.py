"""How fast a backlog is learned: the controller's own learn(), in a process and on a core of its own."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import msgspec
import uvloop
from benchmarks.memory import learn_all
from benchmarks.priming import append, begin, exposures_and_rewards, opened, rewards
from benchmarks.servers import MEASURED, Server, pinned

from banditctl.config import load
from banditctl.core.experiment import Experiment


class Learned(msgspec.Struct):
    """What the child tells: so many events in so many seconds."""

    events: int
    seconds: float


def learning_rate(policy: Path, server: Server, many: int) -> float:
    """Events a second at which `learn` drains `many` that wait."""
    experiment = load(policy).experiment
    asyncio.run(_fill(experiment, server, many))
    with pinned(MEASURED):
        command = [sys.executable, "-m", "benchmarks.learning", str(policy), str(server.port)]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout
    learned = msgspec.json.decode(told, type=Learned)
    assert learned.events == many
    return learned.events / learned.seconds


async def _fill(experiment: Experiment, server: Server, many: int) -> None:
    now = datetime.now(UTC)
    make = rewards if experiment.evidence.trials == "rewards" else exposures_and_rewards
    async with opened(server) as store:
        await begin(experiment, store, now - timedelta(hours=1))
        await append(experiment, store, make(now), many, now)


async def _learn(policy: Path, server: Server) -> Learned:
    experiment = load(policy).experiment
    async with opened(server) as store:
        await store.ping()
        began = perf_counter()
        events = await learn_all(experiment, store, datetime.now(UTC))
        return Learned(events, perf_counter() - began)


if __name__ == "__main__":
    policy, port = sys.argv[1:]
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_learn(Path(policy), Server(0, int(port))))))
