"""Looking at an endpoint: boto3 as it is, the real wire, and AWS in its worse moods."""

import pytest
from support.emulated import CREATING, SERVERLESS, SHADOW, make

from banditctl.targets.sagemaker import SageMaker
from banditctl.targets.sagemaker.permissions import NOBODY, PUSH

LOOK, CONFIG = "sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"
METRICS, SCALING = "cloudwatch:GetMetricData", "application-autoscaling:DescribeScalableTargets"
TARGETS = {
    LOOK: "SageMaker.DescribeEndpoint",
    CONFIG: "SageMaker.DescribeEndpointConfig",
    PUSH: "SageMaker.UpdateEndpointWeightsAndCapacities",
    METRICS: "GraniteServiceVersion20100801.GetMetricData",
    SCALING: "AnyScaleFrontendService.DescribeScalableTargets",
}


@pytest.fixture
def calm(aws):
    """Everything allowed: CloudWatch has data, and autoscaling sizes one variant."""
    aws.answer(TARGETS[METRICS], {"MetricDataResults": [{"Id": "v0", "StatusCode": "Complete"}]})
    scaled = {"ResourceId": "endpoint/Fares/variant/B", "MinCapacity": 1, "MaxCapacity": 4}
    aws.answer(TARGETS[SCALING], {"ScalableTargets": [scaled]})
    return aws


async def lines(endpoint="Fares", variants=("A", "B"), region=None, *, counted=False, scaled=False):
    target = SageMaker(endpoint=endpoint, region=region)
    return {one.check: one async for one in target.checkup(variants, counted=counted, scaled=scaled)}


async def test_everything_about_an_endpoint_is_said_a_line_each(calm, endpoint):
    found = await lines(endpoint)
    assert {check: one.outcome for check, one in found.items()} == {
        "region": "ok",
        "credentials": "ok",
        "clock of AWS": "ok",
        LOOK: "ok",
        CONFIG: "ok",
        "status": "ok",
        "kind": "ok",
        "variants": "ok",
        "weights": "ok",
        "models": "warning",
        PUSH: "ok",
        METRICS: "ok",
        SCALING: "ok",
    }
    assert "A serves Prices, B serves Prices: Prices more than once" in found["models"].detail
    assert "B (1 to 4 instances)" in found[SCALING].detail


@pytest.mark.parametrize(("members", "said"), [(SHADOW, "has shadow variants (S)"), (SERVERLESS, "has serverless")])
async def test_an_endpoint_that_cannot_be_steered_is_told_by_its_kind(calm, sagemaker, clock, members, said):
    make(sagemaker, members)
    clock.move(CREATING)
    found = await lines()
    assert (found["status"].outcome, found["kind"].outcome) == ("ok", "failed")
    assert found["kind"].detail.startswith(said)
    live = await SageMaker(endpoint="Fares").connect(grid=10_000).read()
    assert live.problem.startswith(said)


async def test_credentials_are_named_by_their_provider_and_never_shown(calm, endpoint, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    found = await lines(endpoint)
    assert found["credentials"].detail == "found by the provider env"
    assert not any("hush" in str(one) or "AKIAEXAMPLE" in str(one) for one in found.values())


async def test_a_look_changes_nothing_not_even_for_a_moment(calm, endpoint, sagemaker):
    before = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert (await lines(endpoint))[PUSH].outcome == "ok"
    after = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert [after[part] for part in ("EndpointStatus", "LastModifiedTime", "ProductionVariants")] == [
        before[part] for part in ("EndpointStatus", "LastModifiedTime", "ProductionVariants")
    ]


async def test_pushing_is_tried_on_a_variant_that_nobody_has(calm, endpoint):
    calm.answer(TARGETS[PUSH], {"EndpointArn": "arn"})
    found = await lines(endpoint)
    ((_, sent),) = [body for body in calm.bodies if body[0] == TARGETS[PUSH]]
    assert [one["VariantName"] for one in sent["DesiredWeightsAndCapacities"]] == [NOBODY]
    assert found[PUSH].outcome == "warning"


@pytest.mark.parametrize("action", [LOOK, CONFIG, PUSH])
async def test_a_permission_that_is_missing_is_named_with_what_to_allow_in_lower_case(calm, endpoint, action):
    calm.refuse(TARGETS[action], "AccessDeniedException", "User: x is not authorized")
    found = await lines(endpoint)
    assert found[action].outcome == "failed"
    assert f"allow {action} on arn:aws:sagemaker:us-east-1:" in found[action].remedy
    assert "Fares" not in found[action].remedy


@pytest.mark.parametrize("action", [METRICS, SCALING])
async def test_a_permission_that_the_daemon_can_do_without_is_a_warning(calm, endpoint, action):
    calm.refuse(TARGETS[action], "AccessDeniedException")
    assert (await lines(endpoint))[action].outcome == "warning"


async def test_where_cloudwatch_counts_the_requests_it_must_be_allowed_to_be_asked(calm, endpoint):
    calm.refuse(TARGETS[METRICS], "AccessDeniedException")
    assert (await lines(endpoint, counted=True))[METRICS].outcome == "failed"


async def test_where_instances_may_be_asked_for_it_must_be_seen_who_else_does(calm, endpoint):
    calm.refuse(TARGETS[SCALING], "AccessDeniedException")
    found = await lines(endpoint, scaled=True)
    assert (found[SCALING].outcome, found[METRICS].outcome) == ("failed", "ok")


async def test_metrics_that_are_forbidden_one_by_one_are_noticed(calm, endpoint):
    calm.answer(TARGETS[METRICS], {"MetricDataResults": [{"Id": "v0", "StatusCode": "Forbidden"}]})
    assert (await lines(endpoint))[METRICS].outcome == "warning"


async def test_one_refusal_hides_no_other(calm, endpoint):
    for target in TARGETS.values():
        calm.refuse(target, "AccessDeniedException")
    found = await lines(endpoint)
    assert {check for check, one in found.items() if one.outcome in ("failed", "warning")} == {
        LOOK,
        PUSH,
        METRICS,
        SCALING,
    }
    assert found["endpoint"].outcome == "skipped"


@pytest.mark.parametrize(
    ("code", "outcome", "remedy"),
    [
        ("ExpiredTokenException", "failed", "renew the credentials"),
        ("UnrecognizedClientException", "failed", "renew the credentials"),
        ("ThrottlingException", "warning", "ask again in a minute"),
        ("InternalFailure", "failed", "do what AWS says"),
        ("UnknownOperationException", "skipped", ""),
    ],
)
async def test_what_aws_answers_is_told_apart_by_what_can_be_done(calm, endpoint, code, outcome, remedy):
    calm.refuse(TARGETS[PUSH], code)
    found = (await lines(endpoint))[PUSH]
    assert (found.outcome, found.remedy.startswith(remedy)) == (outcome, True)


async def test_an_endpoint_that_is_not_there_is_said_and_the_rest_is_looked_at(calm):
    found = await lines("Missing")
    assert (found[LOOK].outcome, found["endpoint"].outcome) == ("ok", "failed")
    assert found["endpoint"].detail == "is missing: there is no Missing in us-east-1"
    assert found["endpoint"].remedy == "deploy it, or correct target.endpoint or target.region"
    assert found[SCALING].outcome == "ok"


async def test_a_configuration_that_was_deleted_is_no_failure(calm, endpoint, sagemaker):
    sagemaker.delete_endpoint_config(EndpointConfigName="Split")
    found = await lines(endpoint)
    assert (found[CONFIG].outcome, found["kind"].outcome, found["models"].outcome) == ("ok", "ok", "warning")
    assert found["models"].detail == "not known: the configuration Split was deleted"


async def test_an_endpoint_that_is_busy_is_no_failure(calm, creating_endpoint):
    found = await lines(creating_endpoint)
    assert (found["status"].outcome, found[PUSH].outcome) == ("warning", "ok")


async def test_a_region_or_credentials_that_are_missing_end_the_look_there(aws, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert [(check, one.outcome) for check, one in (await lines()).items()] == [
        ("region", "failed"),
        ("endpoint", "skipped"),
    ]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    found = await lines(region="eu-west-1")
    assert [one.outcome for one in found.values()] == ["ok", "failed", "skipped"]
    assert not aws.called


async def test_an_aws_that_does_not_answer_is_a_failure_of_every_call(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    found = await lines()
    assert {found[action].outcome for action in (LOOK, PUSH)} == {"failed"}
    assert "AWS_ENDPOINT_URL" in found[LOOK].remedy
