"""Others change the endpoint while the daemon is killed and restarted: the last decision is what is live afterwards."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from faults.foreigners import Foreigners
from support.daemons import POLICY, Daemon
from support.levers import Levers
from support.redis_servers import RedisServer

from banditctl.config import load
from banditctl.core.allocation import Allocation
from banditctl.core.decision import Decision, decide
from banditctl.demo.flights import VARIANTS
from banditctl.demo.stage import ENDPOINT
from banditctl.stores.redis import open_store

_INTERVAL, _UPDATING = timedelta(seconds=1), timedelta(milliseconds=200)
_SCHEDULE = "schedule: {every: 1s, at_least: 300ms, burn_in: 500}"
# Two cores run the daemon, the emulator, Valkey and this, and what else there is.
_SLACK = timedelta(seconds=3)
_PATIENCE_SECONDS = 30

_AT_ONCE = 5
_LONGEST_CALM_SECONDS = 2
_LONGEST_WAIT_SECONDS = 0.7
_LONGEST_ABSENCE_SECONDS = 0.3
_EARNING = dict(zip(VARIANTS, (0.6, 0.65, 0.7, 0.75), strict=True))
_ALL_DECISIONS = 5000


class ForeignStorm:
    """A daemon, an endpoint, and others who are at it."""

    def __init__(self, seed: int, server: RedisServer, emulator: str, daemon: Daemon) -> None:
        self._lots = random.Random(seed)
        self.levers = Levers(emulator)
        self.others = Foreigners(random.Random(seed + 1), emulator)
        self.stops = {signal.SIGTERM: 0, signal.SIGKILL: 0}
        self.sent = 0
        self._server, self._daemon = server, daemon

    async def rage(self, rounds: int) -> datetime:
        """In each round some change the endpoint at once and the daemon is stopped among them; when all was over."""
        for _ in range(rounds):
            await asyncio.to_thread(self._report)
            await asyncio.sleep(self._lots.uniform(0, _LONGEST_CALM_SECONDS))
            async with asyncio.TaskGroup() as all_at_once:
                all_at_once.create_task(self.others.come(_AT_ONCE))
                all_at_once.create_task(self._strike())
        return datetime.now(UTC) + _UPDATING

    async def settled(self, calm: datetime) -> list[Decision]:
        """All decisions, once what is live is what the last one of them says, made since it was calm."""
        store = open_store(self._server.url)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            # Another process is waited for; there is nothing here that it could set.
            while not self._as_decided(await store.decisions("flights", 1), calm):  # noqa: ASYNC110
                await asyncio.sleep(_UPDATING.total_seconds())
        decisions = await store.decisions("flights", _ALL_DECISIONS)
        await store.close()
        return decisions

    def lived(self) -> list[tuple[datetime, Allocation]]:
        """Every split that was in force, and since when."""
        lived = []
        for was in self.levers.past(ENDPOINT):
            live = Allocation.proportional({name: one["weight"] for name, one in was["current"].items()})
            if not lived or not live.matches(lived[-1][1]):
                lived.append((datetime.fromisoformat(was["since"]), live))
        return lived

    def _as_decided(self, latest: list[Decision], calm: datetime) -> bool:
        claim = latest[0].claim
        return latest[0].seen.at > calm and claim is not None and claim.allocation.matches(self.lived()[-1][1])

    async def _strike(self) -> None:
        await asyncio.sleep(self._lots.uniform(0, _LONGEST_WAIT_SECONDS))
        number = self._lots.choice(list(self.stops))
        code = await asyncio.to_thread(self._daemon.stop, number)
        assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
        self.stops[number] += 1
        await asyncio.sleep(self._lots.uniform(0, _LONGEST_ABSENCE_SECONDS))
        await asyncio.to_thread(self._daemon.start)

    def _report(self) -> None:
        """What a hundred requests to each variant earned."""
        events = []
        for variant, earning in _EARNING.items():
            for number in range(self.sent, self.sent + 100):
                name = f"{variant}-{number}"
                events.append({"type": "exposure", "id": name, "experiment": "flights", "variant": variant})
                value = int(self._lots.random() < earning)
                reward = {"id": f"{name}-landed", "experiment": "flights", "inference_id": name, "value": value}
                events.append(reward)
        assert self._daemon.post(events)[0] == 202
        self.sent += 100


@contextmanager
def storm(seed: int, folder: Path, server: RedisServer, emulator: str) -> Iterator[ForeignStorm]:
    """Everything started, and ended again."""
    daemon = Daemon(folder, emulator, "--store", server.url)
    daemon.policy.write_text(POLICY.rpartition("schedule: ")[0] + _SCHEDULE)
    raging = ForeignStorm(seed, server, emulator, daemon)
    try:
        daemon.start()
        yield raging
    finally:
        daemon.close()
        raging.others.close()


async def survive(rounds: int, folder: Path, server: RedisServer, emulator: str) -> None:
    """A storm, and the reckoning after it."""
    seed = int(os.environ.get("STORM_SEED") or random.randrange(10**6))
    print(f"\nforeign: STORM_SEED={seed}")
    began = monotonic()
    with storm(seed, folder, server, emulator) as raging:
        calm = await raging.rage(rounds)
        decisions = await raging.settled(calm)
        lived = raging.lived()
    took = max(lived[-1][0] - calm, timedelta(0))
    assert took <= _INTERVAL + _UPDATING + _SLACK

    experiment = load(folder / "flights.yaml").experiment
    assert all(one.reason for one in decisions)
    assert all(decide(experiment, one.seen) == one for one in decisions)
    moves = [one.allocation for one in decisions if one.verdict == "move" and one.allocation]
    wanted = raging.others.wanted + moves
    for since, live in lived:
        assert any(live.matches(one) for one in wanted), f"nobody asked for {live}, live since {since}"
    others, stops, noticed = raging.others, raging.stops, sum(one.departure is not None for one in decisions)
    print(
        f"foreign: {others.accepted} changes by others, refused {others.refused} times before; {stops[signal.SIGTERM]} "
        f"restarts and {stops[signal.SIGKILL]} kills in {monotonic() - began:.0f} s; {len(decisions)} decisions made "
        f"again, {len(moves)} of them moves, others noticed in {noticed}; {len(lived)} splits were in force, each "
        f"asked for by somebody; as decided {took.total_seconds():.1f} s after it"
    )


async def test_a_few_changes_by_others_and_stops_end_with_what_was_decided(
    tmp_path: Path, server: RedisServer, emulator_address: str
):
    await survive(2, tmp_path, server, emulator_address)


@pytest.mark.storm
@pytest.mark.timeout(300)
async def test_a_hundred_changes_by_others_and_twenty_stops_end_with_what_was_decided(
    tmp_path: Path, server: RedisServer, emulator_address: str
):
    await survive(20, tmp_path, server, emulator_address)
