"""The SageMaker target against the emulator: boto3 as it is, the real wire, and a clock that is moved."""

import pytest
from botocore.stub import Stubber
from support.emulated import CREATING, UPDATING

from banditctl.core.allocation import Allocation, Live
from banditctl.errors import TargetBusy, TargetUnavailable, UsageError
from banditctl.targets.sagemaker import SageMaker
from banditctl.targets.sagemaker.endpoint import Endpoint, shares, state

WANTED = Allocation({"A": 0.2501, "B": 0.7499})


@pytest.fixture
def target(sagemaker, endpoint):
    return Endpoint(sagemaker, endpoint, grid=10_000)


async def test_what_is_read_are_the_shares_in_force(target):
    assert await target.read() == Live("InService", "ready", Allocation({"A": 0.75, "B": 0.25}))


async def test_what_is_pushed_is_read_back_exactly_once_the_endpoint_has_settled(target, clock):
    await target.push(WANTED)
    updating = await target.read()
    assert (updating.state, updating.allocation) == ("busy", Allocation({"A": 0.75, "B": 0.25}))
    clock.move(UPDATING)
    assert await target.read() == Live("InService", "ready", WANTED)


async def test_a_push_sends_whole_weights_and_leaves_instance_counts_alone(target, sagemaker, endpoint, clock):
    await target.push(WANTED)
    clock.move(UPDATING)
    variants = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    assert [(v["CurrentWeight"], v["CurrentInstanceCount"]) for v in variants] == [(2501.0, 2), (7499.0, 1)]


async def test_a_push_while_another_is_in_flight_is_busy(target):
    await target.push(WANTED)
    with pytest.raises(TargetBusy):
        await target.push(WANTED)


async def test_an_endpoint_that_is_being_made_is_busy_and_tells_no_shares(sagemaker, creating_endpoint, clock):
    target = Endpoint(sagemaker, creating_endpoint, grid=10_000)
    assert await target.read() == Live("Creating", "busy", None)
    clock.move(CREATING)
    assert (await target.read()).state == "ready"


async def test_an_endpoint_that_does_not_exist_is_unavailable_and_named(sagemaker):
    with pytest.raises(TargetUnavailable, match="Missing"):
        await Endpoint(sagemaker, "Missing", grid=100).read()


async def test_a_variant_the_endpoint_does_not_have_is_refused_and_nothing_changes(target):
    with pytest.raises(TargetUnavailable, match="not present"):
        await target.push(Allocation({"A": 0.5, "Z": 0.5}))
    assert (await target.read()).allocation == Allocation({"A": 0.75, "B": 0.25})


async def test_a_throttled_call_is_unavailable(sagemaker):
    with Stubber(sagemaker) as answers:
        answers.add_client_error("describe_endpoint", "ThrottlingException", "Rate exceeded")
        with pytest.raises(TargetUnavailable, match="Rate exceeded"):
            await Endpoint(sagemaker, "Fares", grid=100).read()


def test_a_client_is_made_without_a_call_to_aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert SageMaker(endpoint="anything").connect(grid=100)


def test_a_missing_region_is_said(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(UsageError, match="region"):
        SageMaker(endpoint="anything").connect(grid=100)


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("InService", "ready"),
        ("Creating", "busy"),
        ("Updating", "busy"),
        ("SystemUpdating", "busy"),
        ("RollingBack", "busy"),
        ("Failed", "broken"),
        ("OutOfService", "broken"),
        ("UpdateRollbackFailed", "broken"),
        ("Deleting", "broken"),
        ("SomethingAwsInventsLater", "broken"),
    ],
)
def test_each_endpoint_status_means(status, means):
    assert state(status) == means


@pytest.mark.parametrize(
    ("variants", "found"),
    [
        (
            [{"VariantName": "A", "CurrentWeight": 3.0}, {"VariantName": "B", "CurrentWeight": 1.0}],
            {"A": 0.75, "B": 0.25},
        ),
        (
            [{"VariantName": "A", "CurrentWeight": 0.0}, {"VariantName": "B", "CurrentWeight": 2.0}],
            {"A": 0.0, "B": 1.0},
        ),
        ([{"VariantName": "A", "CurrentWeight": 3.0}, {"VariantName": "B"}], None),
        ([{"VariantName": "A", "CurrentWeight": 0.0}], None),
        ([], None),
    ],
)
def test_shares_are_known_only_where_every_weight_is(variants, found):
    assert shares(variants) == (Allocation(found) if found else None)
