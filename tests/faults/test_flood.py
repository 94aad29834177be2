"""More comes than can be taken in: what is too much is refused, memory is bounded, what was acknowledged is counted."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from faults.flooding import Flood, peak_mebibytes
from support.daemons import Daemon
from support.redis_servers import RedisServer, wait_for

from banditctl.intake.pressure import Bounds

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")

_CONNECTIONS, _EVENTS = 16, 100
_MEASURED_SECONDS = 2
_HELD_MEBIBYTES = Bounds().held / 2**20

# A body is held as sent until its events are read, then as events, and while they are written once more as rows.
# Measured: 5.6 of what is held in bodies of 10,000 exposures, the densest there are.
_MEMORY_OF_HELD = 7

# What is refused before it is read leaves nothing behind; a tenth of the machine is written at once.
_MEMORY_OF_REFUSED_MEBIBYTES = 32

Starting = Callable[..., Daemon]


@pytest.fixture
def starting(tmp_path: Path, server: RedisServer, emulator_address: str) -> Iterator[Starting]:
    """Starts daemons with options, and ends them."""
    with ExitStack() as started:

        def start(*options: str) -> Daemon:
            daemon = started.enter_context(closing(Daemon(tmp_path, emulator_address, "--store", server.url, *options)))
            daemon.start()
            return daemon

        yield start


async def flooded(starting: Starting, seconds: float) -> None:
    """A daemon that may take in a tenth of what it could, while all that it could and more is sent."""
    unlimited = starting()
    measuring = Flood("measuring", unlimited.port, _CONNECTIONS, _EVENTS)
    async with measuring.pouring():
        await asyncio.sleep(_MEASURED_SECONDS)
    unlimited.stop()
    capacity = int(measuring.offered / 10)

    daemon = starting("--capacity", str(capacity))
    rest = peak_mebibytes(daemon.pid)
    flood = Flood("flood", daemon.port, _CONNECTIONS, _EVENTS)
    async with flood.pouring():
        await asyncio.sleep(seconds)
    grown = peak_mebibytes(daemon.pid) - rest

    assert flood.offered >= 10 * capacity
    # A second's worth may come at once, and one request on each connection before that is noticed.
    most = capacity * (seconds + 1) + _CONNECTIONS * _EVENTS
    taken = flood.answers[202] * _EVENTS
    assert capacity * seconds / 2 < taken <= most
    assert all(f"more than {capacity} events a second have come" in refusal for refusal in flood.refusals)
    assert grown < _MEMORY_OF_REFUSED_MEBIBYTES
    wait_for(lambda: exposed(daemon) == measuring.acknowledged + flood.acknowledged)
    print(
        f"\nflood: {capacity} events a second allowed, {flood.offered:.0f} sent for {seconds} s; {taken} events taken "
        f"and counted, {flood.answers[503]} requests refused; {rest:.0f} MiB at rest, {grown:.1f} more"
    )


def exposed(daemon: Daemon) -> float:
    view = daemon.view()
    return sum(counted["exposed"] for counted in view["counts"].values()) if view else 0


async def test_what_exceeds_the_capacity_for_seconds_is_refused_and_the_rest_counted(starting: Starting):
    await flooded(starting, 2)


@pytest.mark.storm
@pytest.mark.timeout(120)
async def test_what_exceeds_the_capacity_for_half_a_minute_is_refused_and_the_rest_counted(starting: Starting):
    await flooded(starting, 30)


@pytest.mark.storm
@pytest.mark.timeout(180)
async def test_a_flood_while_redis_hangs_is_held_within_bounds_and_all_of_it_counted_later(
    daemon: Daemon, server: RedisServer
):
    assert server.process
    rest = peak_mebibytes(daemon.pid)
    flood = Flood("flood", daemon.port, connections=100, events=10_000)
    async with flood.pouring():
        await asyncio.sleep(3)
        server.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(7)
        server.process.send_signal(signal.SIGCONT)
    grown = peak_mebibytes(daemon.pid) - rest

    assert any("more is waiting for the store than can be held" in refusal for refusal in flood.refusals)
    assert any("the store did not acknowledge the events" in refusal for refusal in flood.refusals)
    assert grown < _MEMORY_OF_HELD * _HELD_MEBIBYTES
    wait_for(lambda: exposed(daemon) == flood.acknowledged, 60)
    print(
        f"\nflood while Redis hangs: {flood.acknowledged} events acknowledged and counted, {flood.answers[503]} "
        f"requests refused; {rest:.0f} MiB at rest, {grown:.0f} more for {_HELD_MEBIBYTES:.0f} MiB held"
    )
