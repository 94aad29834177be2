"""banditctl's own SageMaker target, connected as the daemon connects it."""

import pytest
from support.emulated import UPDATING

from banditctl.core.allocation import Allocation
from banditctl.demo.children import NO_AWS
from banditctl.errors import TargetBusy, TargetUnavailable
from banditctl.targets.sagemaker import SageMaker

BEFORE = Allocation({"A": 0.75, "B": 0.25})
WANTED = Allocation({"A": 0.2501, "B": 0.7499})


@pytest.fixture
def connected(served, monkeypatch):
    """Connects to endpoints of this account through boto3's own settings."""
    for name, value in {**NO_AWS, "AWS_ENDPOINT_URL": served}.items():
        monkeypatch.setenv(name, value)
    return lambda name: SageMaker(endpoint=name).connect(grid=10_000)


@pytest.fixture
def target(connected, endpoint):
    return connected(endpoint)


async def test_the_target_reads_the_shares_in_force(target):
    live = await target.read()
    assert (live.status, live.state, live.allocation) == ("InService", "ready", BEFORE)


async def test_the_target_reads_exactly_what_it_pushed_once_the_endpoint_has_settled(target, settle):
    await target.push(WANTED)
    settle()
    live = await target.read()
    assert (live.state, live.allocation) == ("ready", WANTED)


async def test_the_target_leaves_instance_counts_alone(target, seen, settle):
    await target.push(WANTED)
    settle()
    assert seen.counts() == {"A": (2, 2), "B": (1, 1)}


async def test_the_target_tells_a_push_that_is_under_way_from_one_that_is_over(target, clock):
    await target.push(WANTED)
    live = await target.read()
    assert (live.state, live.allocation) == ("busy", BEFORE)
    with pytest.raises(TargetBusy):
        await target.push(BEFORE)
    clock.move(UPDATING)
    await target.push(BEFORE)


async def test_the_target_is_refused_a_variant_that_is_not_there_and_nothing_changes(target):
    with pytest.raises(TargetUnavailable):
        await target.push(Allocation({"A": 0.5, "Z": 0.5}))
    assert (await target.read()).allocation == BEFORE


async def test_the_target_is_refused_an_endpoint_that_is_not_there(connected):
    with pytest.raises(TargetUnavailable, match="Lost"):
        await connected("Lost").push(WANTED)
