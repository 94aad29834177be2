"""The SageMaker target against the emulator: boto3 as it is, the real wire, and a clock that is moved."""

import os
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber
from support.emulated import CREATING, UPDATING, deploy, variant

from banditctl.core.allocation import Allocation, Live
from banditctl.errors import ChangeDenied, TargetBusy, TargetDenied, TargetThrottled, TargetUnavailable, UsageError
from banditctl.targets.sagemaker import SageMaker
from banditctl.targets.sagemaker.endpoint import Endpoint, connect

WANTED, GIVEN = Allocation({"A": 0.2501, "B": 0.7499}), Allocation({"A": 0.75, "B": 0.25})

AT = datetime(2026, 3, 1, tzinfo=UTC)
DESCRIBED = {
    "EndpointName": "Fares",
    "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fares",
    "EndpointConfigName": "Split",
    "EndpointStatus": "InService",
    "CreationTime": AT,
    "LastModifiedTime": AT,
}


@pytest.fixture
def target(sagemaker, endpoint):
    return Endpoint(sagemaker, endpoint, grid=10_000)


async def test_what_is_read_is_all_that_the_endpoint_tells(target, clock):
    assert await target.read() == Live(
        "InService",
        "ready",
        allocation=GIVEN,
        desired=GIVEN,
        config="Split",
        models={"A": "Prices", "B": "Prices"},
        instances={"A": 2, "B": 1},
        desired_instances={"A": 2, "B": 1},
        modified=clock(),
    )


async def test_what_is_pushed_is_read_back_exactly_once_the_endpoint_has_settled(target, clock):
    await target.push(WANTED)
    updating = await target.read()
    assert (updating.state, updating.allocation, updating.desired) == ("busy", GIVEN, WANTED)
    clock.move(UPDATING)
    settled = await target.read()
    assert (settled.state, settled.allocation, settled.desired) == ("ready", WANTED, WANTED)


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
    making = await target.read()
    assert (making.state, making.allocation, making.problem) == ("busy", None, None)
    clock.move(CREATING)
    assert (await target.read()).state == "ready"


async def test_an_endpoint_that_does_not_exist_is_one_that_only_a_person_can_mend(sagemaker):
    nowhere = Endpoint(sagemaker, "Missing", grid=100)
    live = await nowhere.read()
    assert (live.status, live.state, live.allocation) == ("missing", "broken", None)
    assert live.problem == (
        "is missing: there is no Missing in us-east-1; deploy it, or correct target.endpoint or target.region"
    )
    with pytest.raises(TargetUnavailable, match="cannot update endpoint Missing"):
        await nowhere.push(WANTED)


async def test_an_endpoint_that_was_made_anew_tells_its_new_models(target, sagemaker, endpoint, clock):
    await target.read()
    sagemaker.delete_endpoint(EndpointName=endpoint)
    deploy(sagemaker, "Split-2", B="Prices-2")
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="Split-2")
    clock.move(CREATING)
    live = await target.read()
    assert (live.config, live.models) == ("Split-2", {"A": "Prices", "B": "Prices-2"})


async def test_a_configuration_is_asked_for_once_and_may_go_while_it_is_in_use(target, sagemaker, endpoint):
    sagemaker.delete_endpoint_config(EndpointConfigName="Split")
    assert (await target.read()).models == {}
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=[variant("A"), variant("B")])
    assert len((await target.read()).models) == 2
    sagemaker.delete_endpoint_config(EndpointConfigName="Split")
    assert len((await target.read()).models) == 2


async def test_a_variant_the_endpoint_does_not_have_is_refused_and_nothing_changes(target):
    with pytest.raises(TargetUnavailable, match="not present"):
        await target.push(Allocation({"A": 0.5, "Z": 0.5}))
    assert (await target.read()).allocation == GIVEN


REFUSED = {
    "throttled": ("ThrottlingException", "Rate exceeded", TargetThrottled, "Rate exceeded"),
    "forbidden": ("AccessDeniedException", "User: me is not authorized", ChangeDenied, "me is not authorized"),
    "expired": ("ExpiredTokenException", "The security token is expired", ChangeDenied, "token is expired"),
    "wrongly signed": ("InvalidSignatureException", "Signature expired: 20260301T1", ChangeDenied, "the clock of this"),
    "broken": ("InternalFailure", "It is us", TargetUnavailable, "It is us"),
    "quota": ("ResourceLimitExceeded", "Too many", TargetUnavailable, "Too many"),
    "busy": ("ValidationException", 'Cannot update in-progress endpoint "a".', TargetBusy, "already being updated"),
}


@pytest.mark.parametrize(("code", "text", "error", "told"), REFUSED.values(), ids=REFUSED)
async def test_a_refusal_is_told_by_what_can_be_done_about_it(target, sagemaker, code, text, error, told):
    with Stubber(sagemaker) as answers:
        answers.add_client_error("update_endpoint_weights_and_capacities", code, text)
        with pytest.raises(error, match=told) as raised:
            await target.push(WANTED)
    assert type(raised.value) is error


async def test_a_configuration_that_may_not_be_seen_is_refused_by_name(target, sagemaker):
    with Stubber(sagemaker) as answers:
        answers.add_response("describe_endpoint", DESCRIBED)
        answers.add_client_error("describe_endpoint_config", "AccessDeniedException", "User: me is not authorized")
        with pytest.raises(TargetDenied, match="describe the configuration Split of endpoint Fares"):
            await target.read()


async def test_missing_credentials_are_denied_and_found_once_they_are_there(served, endpoint, tmp_path, monkeypatch):
    keys = tmp_path / "credentials"
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "127.0.0.1"}
    for name, value in {**nowhere, "AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_ENDPOINT_URL": served}.items():
        monkeypatch.setenv(name, value)
    target = connect(endpoint, "us-east-1", grid=100)
    for _ in range(2):
        with pytest.raises(TargetDenied, match="Unable to locate credentials"):
            await target.read()
    keys.write_text("[default]\naws_access_key_id = local\naws_secret_access_key = local\n")
    with pytest.raises(TargetDenied):
        await target.read()
    assert (await target.read()).allocation == GIVEN


def test_a_client_is_made_without_a_call_to_aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert SageMaker(endpoint="anything").connect(grid=100)


def test_a_missing_region_is_said(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(UsageError, match="region"):
        SageMaker(endpoint="anything").connect(grid=100)
