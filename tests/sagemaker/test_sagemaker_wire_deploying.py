"""UpdateEndpoint: another configuration for an endpoint that serves."""

import pytest
from sagemaker.doubles import variant


@pytest.fixture
def next_config(sagemaker, endpoint):
    """`Next`: A with weight 7 on one instance, C with weight 2 on three; B is gone."""
    sagemaker.create_endpoint_config(
        EndpointConfigName="Next",
        ProductionVariants=[
            variant("A", InitialVariantWeight=7),
            variant("C", InitialVariantWeight=2, InitialInstanceCount=3),
        ],
    )
    return "Next"


def deploy(sagemaker, config="Next", **options):
    return sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName=config, **options)


def test_a_deployment_ends_with_the_new_configuration(sagemaker, seen, next_config, settle):
    assert deploy(sagemaker)["EndpointArn"] == seen.describe()["EndpointArn"]
    settle()
    assert (seen.status(), seen.describe()["EndpointConfigName"]) == ("InService", "Next")


def test_the_old_variants_are_told_until_the_new_ones_are_there(sagemaker, seen, next_config):
    deploy(sagemaker)
    told = seen.describe()
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("Updating", "Split")
    assert set(seen.weights()) == {"A", "B"}
    assert told["PendingDeploymentSummary"]["EndpointConfigName"] == "Next"


def test_weights_and_counts_are_those_of_the_new_configuration(sagemaker, seen, next_config, settle):
    deploy(sagemaker)
    settle()
    assert seen.weights() == {"A": (7.0, 7.0), "C": (2.0, 2.0)}
    assert seen.counts() == {"A": (1, 1), "C": (3, 3)}


def test_a_variant_that_stays_may_keep_its_weight_and_count(sagemaker, seen, next_config, settle):
    deploy(sagemaker, RetainAllVariantProperties=True)
    settle()
    assert (seen.weights()["A"], seen.counts()["A"]) == ((3.0, 3.0), (2, 2))


def test_a_deployment_is_refused_while_a_change_is_under_way(sagemaker, seen, next_config):
    seen.push(A=9)
    code, message, _ = seen.refusal(deploy, sagemaker)
    assert code == "ValidationException"
    assert message.startswith("Cannot update in-progress endpoint ")


def test_a_deployment_of_a_missing_configuration_is_refused(sagemaker, seen):
    code, message, _ = seen.refusal(deploy, sagemaker, "Lost")
    assert code == "ValidationException"
    assert message.startswith("Could not find endpoint configuration ")
