"""Intake, control and the server under them are killed again and again in the middle of load."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
from faults.power import PowerCuts
from faults.traffic import Promise, Traffic
from support.daemons import Daemon
from support.redis_servers import RedisServer, redis_server, valkey_binary, wait_for

from banditctl.config import load
from banditctl.core.decision import decide
from banditctl.stores.redis import open_store

_APPLICATIONS = 6
_LONGEST_WAIT_SECONDS = 0.6
# Clients of Redis try for 0.7 s until they give up; some absences are longer. Daemons take as long to start.
_LONGEST_ABSENCE_SECONDS = {"server": 1.5, "intake": 0.2, "control": 0.2}
_PATIENCE_SECONDS = 30
_ALL_DECISIONS = 5000


@dataclass(frozen=True)
class Setting:
    """How the server appends, how many seconds of what it acknowledged it may lose, and how many a cut takes."""

    appendfsync: str
    promised: float
    unsynced: float = 0.0


# A server that is killed loses nothing that it has written. Under everysec it answers before it writes where a sync
# is still under way, for two seconds at most. A power cut also takes what was written since the last sync.
_SETTINGS = {
    "always": Setting("always", promised=0),
    "everysec": Setting("everysec", promised=2),
    "everysec and power cuts": Setting("everysec", promised=2, unsynced=1),
}


class Storm:
    """Three processes that are killed in turn, and the applications that go on through it."""

    def __init__(self, seed: int, setting: Setting, server: RedisServer, intake: Daemon, control: Daemon) -> None:
        self._lots = random.Random(seed)
        self.server = server
        self._daemons = {"intake": intake, "control": control}
        self._control = control
        self.traffic = Traffic(random.Random(seed + 1), intake.port, Promise(setting.promised))
        self.power = PowerCuts(server.folder, random.Random(seed + 2), setting.unsynced)

    async def rage(self, rounds: int) -> None:
        """Kill one of them in each round while events are sent, and wait until all are acknowledged."""
        turns = [("intake", "control", "server")[number % 3] for number in range(rounds)]
        self._lots.shuffle(turns)
        watching = asyncio.create_task(self.power.watch())
        async with asyncio.TaskGroup() as applications:
            for _ in range(_APPLICATIONS):
                applications.create_task(self.traffic.application())
            for part in turns:
                await asyncio.sleep(self._lots.uniform(0, _LONGEST_WAIT_SECONDS))
                await self._strike(part)
                await asyncio.to_thread(self._nothing_is_counted_twice)
            self.traffic.ending = True
        watching.cancel()

    async def _strike(self, part: str) -> None:
        struck = self.server if part == "server" else self._daemons[part]
        if isinstance(struck, RedisServer):
            self.traffic.promise.kill()
            struck.kill()
            self.power.cut()
        else:
            assert struck.stop(signal.SIGKILL) == -signal.SIGKILL
        await asyncio.sleep(self._lots.uniform(0, _LONGEST_ABSENCE_SECONDS[part]))
        await asyncio.to_thread(struck.start)

    def _nothing_is_counted_twice(self) -> None:
        view = self._control.view()
        for variant, counted in view["counts"].items() if view else ():
            assert counted["exposed"] <= self.traffic.exposed[variant]
            assert counted["rewarded"]["total"] <= self.traffic.earned[variant]

    def learned(self):
        """What control says of the experiment when no event waits any more."""
        views = []

        def done() -> bool:
            views[:] = [self._control.view()]
            return bool(views[0]) and not views[0]["waiting"]["events"]

        wait_for(done, _PATIENCE_SECONDS)
        return views[0]

    def check_learned(self, lost: int, view) -> None:
        """Everything that was sent is accounted for, but for `lost` events."""
        sent = len(self.traffic.sent)
        counts = view["counts"].values()
        counted = sum(counted["exposed"] + counted["rewarded"]["count"] for counted in counts)
        assert view["received"]["accepted"] == sent - lost
        assert counted + view["tally"]["orphaned"] == sent - lost

    def check_exact(self, view) -> None:
        """The evidence is what was sent, event for event."""
        counts = view["counts"]
        exposed = {variant: counted["exposed"] for variant, counted in counts.items()}
        rewarded = {variant: counted["rewarded"]["count"] for variant, counted in counts.items()}
        earned = {variant: counted["rewarded"]["total"] for variant, counted in counts.items()}
        assert exposed == rewarded == self.traffic.exposed
        assert earned == self.traffic.earned
        assert not any(view["tally"].values())


@contextmanager
def storm(seed: int, setting: Setting, folder: Path, emulator: str) -> Iterator[Storm]:
    """Everything started, and ended again."""
    (folder / "redis").mkdir()
    with redis_server(valkey_binary(), folder / "redis", setting.appendfsync) as server:
        intake = Daemon(folder, emulator, "--store", server.url, "--only", "intake")
        control = Daemon(folder, emulator, "--store", server.url, "--only", "control")
        try:
            intake.start()
            control.start()
            yield Storm(seed, setting, server, intake, control)
        finally:
            intake.close()
            control.close()


async def survive(name: str, rounds: int, folder: Path, emulator: str) -> None:
    """A storm, and the reckoning after it."""
    seed = int(os.environ.get("STORM_SEED") or random.randrange(10**6))
    print(f"\n{name}: STORM_SEED={seed}")
    began = monotonic()
    with storm(seed, _SETTINGS[name], folder, emulator) as raging:
        traffic, promise = raging.traffic, raging.traffic.promise
        await raging.rage(rounds)
        assert bool(raging.power.cut_bytes) == bool(_SETTINGS[name].unsynced)
        before = raging.learned()

        # All is sent once more: what is known is a duplicate, and nothing may be new that was not at risk.
        risked = sorted(promise.at_risk)
        assert await traffic.again(sorted(traffic.sent.keys() - promise.at_risk)) == 0
        lost = await traffic.again(risked)
        raging.check_learned(lost, before)
        raging.check_exact(raging.learned())
        decided = await check_decisions(folder / "flights.yaml", raging)
    print(
        f"{name}: {rounds} kills, {promise.kills} of them of the server, in {monotonic() - began:.0f} s; "
        f"{len(traffic.sent)} events, {traffic.repeated} sent twice on purpose, {traffic.unanswered} requests "
        f"sent again; {raging.power.cut_bytes} bytes cut off, {len(risked)} events at risk, {lost} lost, "
        f"0 counted twice; {decided} decisions made again"
    )


async def check_decisions(policy: Path, raging: Storm) -> int:
    """Each decision can be made again from what it saw; answers how many there are."""
    experiment, store = load(policy).experiment, open_store(raging.server.url)
    decisions = await store.decisions(experiment.name, _ALL_DECISIONS)
    await store.close()
    assert decisions
    assert all(decide(experiment, decision.seen) == decision for decision in decisions)
    return len(decisions)


async def test_a_few_kills_lose_and_double_nothing(tmp_path: Path, emulator_address: str):
    await survive("always", 4, tmp_path, emulator_address)


@pytest.mark.storm
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", _SETTINGS)
async def test_fifty_kills_double_nothing_and_lose_no_more_than_the_setting_allows(
    name: str, tmp_path: Path, emulator_address: str
):
    await survive(name, 50, tmp_path, emulator_address)
