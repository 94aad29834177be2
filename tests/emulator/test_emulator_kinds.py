"""Endpoints of other kinds: with a shadow variant, and serverless."""

from datetime import timedelta

import pytest
from support.emulated import SERVERLESS, SHADOW, make, variant

MINUTE = timedelta(minutes=1)


@pytest.fixture
def made(sagemaker, clock):
    """Makes `Fares` of the members of a configuration, and waits until it serves."""

    def create(members):
        make(sagemaker, members)
        clock.move(5 * MINUTE)
        return sagemaker.describe_endpoint(EndpointName="Fares")

    return create


def test_a_shadow_variant_is_told_beside_the_one_that_serves(sagemaker, runtime, made):
    told = made(SHADOW)
    assert [v["VariantName"] for v in told["ProductionVariants"]] == ["A"]
    (shadow,) = told["ShadowProductionVariants"]
    assert shadow == {
        "VariantName": "S",
        "CurrentWeight": 0.5,
        "DesiredWeight": 0.5,
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 1,
    }
    config = sagemaker.describe_endpoint_config(EndpointConfigName="Kind")
    assert config["ShadowProductionVariants"] == SHADOW["ShadowProductionVariants"]
    answers = [runtime.invoke_endpoint(EndpointName="Fares", Body=b"x") for _ in range(10)]
    assert {answer["InvokedProductionVariant"] for answer in answers} == {"A"}


def test_a_deployment_takes_a_shadow_variant_away(sagemaker, made, clock):
    made(SHADOW)
    sagemaker.create_endpoint_config(EndpointConfigName="Plain", ProductionVariants=[variant("A")])
    sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName="Plain")
    assert "ShadowProductionVariants" in sagemaker.describe_endpoint(EndpointName="Fares")
    clock.move(5 * MINUTE)
    assert "ShadowProductionVariants" not in sagemaker.describe_endpoint(EndpointName="Fares")


def test_a_serverless_variant_is_told_without_instances(sagemaker, runtime, made):
    (told,) = made(SERVERLESS)["ProductionVariants"]
    assert told == {
        "VariantName": "A",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": 0,
        "CurrentServerlessConfig": {"MaxConcurrency": 5, "MemorySizeInMB": 2048},
    }
    (configured,) = sagemaker.describe_endpoint_config(EndpointConfigName="Kind")["ProductionVariants"]
    assert configured == SERVERLESS["ProductionVariants"][0] | {"InitialVariantWeight": 1.0}
    assert runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")["InvokedProductionVariant"] == "A"


def test_a_serverless_variant_cannot_be_counted(sagemaker, made):
    made(SERVERLESS)
    change = {"VariantName": "A", "DesiredInstanceCount": 2}
    with pytest.raises(sagemaker.exceptions.ClientError, match="is serverless and has no instances"):
        sagemaker.update_endpoint_weights_and_capacities(EndpointName="Fares", DesiredWeightsAndCapacities=[change])


@pytest.fixture
def deploy(sagemaker, made):
    """Gives a serverless endpoint another model with some traffic routing."""
    made(SERVERLESS)
    sagemaker.create_model(ModelName="Prices2")
    (was,) = SERVERLESS["ProductionVariants"]
    sagemaker.create_endpoint_config(EndpointConfigName="Next", ProductionVariants=[was | {"ModelName": "Prices2"}])

    def update(**routing):
        policy = {"TrafficRoutingConfiguration": routing | {"WaitIntervalInSeconds": 0}}
        how = {"BlueGreenUpdatePolicy": policy}
        sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName="Next", DeploymentConfig=how)

    return update


def test_a_serverless_endpoint_is_deployed_to_all_at_once(runtime, deploy, clock):
    def serving():
        answer = runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")
        return answer["ResponseMetadata"]["HTTPHeaders"]["x-emulator-model"]

    deploy(Type="ALL_AT_ONCE")
    assert serving() == "Prices"
    clock.move(5 * MINUTE)
    assert serving() == "Prices2"


def test_a_serverless_endpoint_is_deployed_to_in_no_steps(sagemaker, deploy):
    with pytest.raises(sagemaker.exceptions.ClientError, match="only with ALL_AT_ONCE"):
        deploy(Type="CANARY", CanarySize={"Type": "CAPACITY_PERCENT", "Value": 10})
