"""Variants of other kinds: a shadow of the one that serves, and serverless ones."""

import pytest
from sagemaker.doubles import variant

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


@pytest.fixture
def make(sagemaker, model, settle):
    """Makes `Fares` of the members of a configuration, in service."""

    def create(**members):
        sagemaker.create_endpoint_config(EndpointConfigName="Kind", **members)
        sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Kind")
        settle()
        return sagemaker.describe_endpoint(EndpointName="Fares")

    return create


def test_a_shadow_variant_is_told_apart_from_the_one_that_serves(sagemaker, make):
    shadows = [variant("S", InitialVariantWeight=0.5)]
    told = make(ProductionVariants=[variant("A")], ShadowProductionVariants=shadows)
    assert [v["VariantName"] for v in told["ProductionVariants"]] == ["A"]
    assert [v["VariantName"] for v in told["ShadowProductionVariants"]] == ["S"]
    config = sagemaker.describe_endpoint_config(EndpointConfigName="Kind")
    assert config["ShadowProductionVariants"] == shadows


def test_a_shadow_variant_is_refused_beside_several(sagemaker, model):
    with pytest.raises(sagemaker.exceptions.ClientError) as refused:
        sagemaker.create_endpoint_config(
            EndpointConfigName="Kind",
            ProductionVariants=[variant("A"), variant("B")],
            ShadowProductionVariants=[variant("S")],
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_serverless_variant_is_told_with_its_configuration_and_no_instances(sagemaker, make):
    configured = {"VariantName": "A", "ModelName": "Prices", "ServerlessConfig": SERVERLESS}
    (told,) = make(ProductionVariants=[configured])["ProductionVariants"]
    assert (told["CurrentServerlessConfig"], told.get("CurrentInstanceCount", 0)) == (SERVERLESS, 0)
    (kept,) = sagemaker.describe_endpoint_config(EndpointConfigName="Kind")["ProductionVariants"]
    assert kept["ServerlessConfig"] == SERVERLESS
