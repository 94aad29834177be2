"""Another endpoint configuration for an endpoint that serves, and requests that come at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

MINUTE = timedelta(minutes=1)


@pytest.fixture
def next_config(sagemaker, endpoint):
    """`Next`: A with another model and 7 on one instance, C with weight 2 on three; B is gone."""
    sagemaker.create_model(ModelName="Prices2")
    common = {"ModelName": "Prices2", "InstanceType": "ml.m7i.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="Next",
        ProductionVariants=[
            common | {"VariantName": "A", "InitialInstanceCount": 1, "InitialVariantWeight": 7},
            common | {"VariantName": "C", "InitialInstanceCount": 3, "InitialVariantWeight": 2},
        ],
    )
    return "Next"


def deploy(sagemaker, **options):
    return sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName="Next", **options)


def test_the_old_variants_serve_until_the_new_ones_are_there(sagemaker, runtime, seen, next_config, clock):
    began = clock.now
    deploy(sagemaker)
    during = seen.describe()
    assert (during["EndpointStatus"], during["EndpointConfigName"]) == ("Updating", "Split")
    assert set(seen.weights()) == {"A", "B"}
    pending = during["PendingDeploymentSummary"]
    assert (pending["EndpointConfigName"], pending["StartTime"]) == ("Next", began)
    assert [
        (v["VariantName"], v["DesiredWeight"], v["VariantStatus"][0]["Status"]) for v in pending["ProductionVariants"]
    ] == [
        ("A", 7.0, "Creating"),
        ("C", 2.0, "Creating"),
    ]
    clock.move(4.75 * MINUTE)
    (late, _) = seen.describe()["PendingDeploymentSummary"]["ProductionVariants"]
    assert late["VariantStatus"][0]["Status"] == "ActivatingTraffic"
    runtime.invoke_endpoint(EndpointName="Fares", Body=b"x", TargetVariant="B")
    clock.move(0.25 * MINUTE)
    after = seen.describe()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "Next")
    assert "PendingDeploymentSummary" not in after
    assert (seen.weights(), seen.counts()) == ({"A": (7.0, 7.0), "C": (2.0, 2.0)}, {"A": (1, 1), "C": (3, 3)})


@pytest.mark.parametrize(
    ("options", "weight", "count"),
    [
        ({}, 7.0, 1),
        ({"RetainAllVariantProperties": True}, 9.0, 2),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            7.0,
            2,
        ),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredInstanceCount"}],
            },
            9.0,
            1,
        ),
    ],
    ids=["nothing is retained by default", "all", "all but weights", "all but counts"],
)
def test_a_variant_whose_name_stays_keeps_what_is_retained(sagemaker, seen, next_config, clock, options, weight, count):
    seen.push(A=9)
    clock.move(MINUTE)
    deploy(sagemaker, **options)
    clock.move(5 * MINUTE)
    assert (seen.weights()["A"], seen.counts()["A"]) == ((weight, weight), (count, count))
    assert (seen.weights()["C"], seen.counts()["C"]) == ((2.0, 2.0), (3, 3))


def test_the_model_of_a_variant_can_be_read(sagemaker, seen, next_config, clock):
    def models():
        config = sagemaker.describe_endpoint_config(EndpointConfigName=seen.describe()["EndpointConfigName"])
        return {v["VariantName"]: v["ModelName"] for v in config["ProductionVariants"]}

    assert models() == {"A": "Prices", "B": "Prices"}
    deploy(sagemaker)
    clock.move(5 * MINUTE)
    assert models() == {"A": "Prices2", "C": "Prices2"}


def test_a_deployment_waits_for_nobody_and_nobody_for_it(sagemaker, seen, next_config, clock):
    seen.push(A=9)
    assert seen.refusal(deploy, sagemaker)[1].startswith("Cannot update in-progress endpoint")
    clock.move(MINUTE)
    deploy(sagemaker)
    assert seen.refusal(seen.push, A=1)[1].startswith("Cannot update in-progress endpoint")


def test_a_deployment_that_is_rolled_back_leaves_what_was(sagemaker, seen, next_config, levers, clock):
    levers.fault("roll_back", operation="UpdateEndpoint")
    deploy(sagemaker)
    clock.move(5 * MINUTE)
    assert (seen.status(), set(seen.weights())) == ("RollingBack", {"A", "B"})
    clock.move(MINUTE)
    after = seen.describe()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "Split")


def test_a_deployment_mends_an_endpoint_that_is_out_of_service(sagemaker, seen, next_config, levers, clock):
    levers.happen("become", endpoint="Fares", status="OutOfService")
    deploy(sagemaker)
    clock.move(5 * MINUTE)
    assert seen.status() == "InService"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"EndpointConfigName": "None"}, "Could not find endpoint configuration"),
        (
            {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "Model"}]},
            "1 validation error detected: Value at 'excludeRetainedVariantProperties.1.member.variantPropertyType'",
        ),
    ],
)
def test_a_deployment_is_refused(sagemaker, seen, next_config, options, words):
    given = {"EndpointName": "Fares", "EndpointConfigName": "Next"} | options
    assert seen.refusal(sagemaker.update_endpoint, **given)[1].startswith(words)


def test_of_many_changes_at_once_one_gets_in(sagemaker, seen, endpoint):
    def attempt(weight):
        try:
            seen.push(A=weight)
        except ClientError as error:
            return error.response["Error"]["Message"].split(' "')[0]
        return weight

    with ThreadPoolExecutor(16) as crowd:
        came_to = Counter(crowd.map(attempt, range(10, 60)))
    assert came_to.pop("Cannot update in-progress endpoint") == 49
    (winner,) = came_to
    assert seen.weights()["A"] == (3.0, winner)
