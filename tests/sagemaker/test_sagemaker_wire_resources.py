"""Models, endpoint configurations and endpoints: made, told, listed and deleted."""

import pytest
from sagemaker.doubles import variant
from support.emulated import CREATING

ACCOUNT = "arn:aws:sagemaker:us-east-1:123456789012"


def names(listed, kind):
    return [one[f"{kind.removesuffix('s')}Name"] for one in listed[kind]]


def test_a_model_is_told_as_it_was_given_until_it_is_deleted(sagemaker, model):
    told = sagemaker.describe_model(ModelName=model)
    assert (told["ModelName"], told["PrimaryContainer"]["Image"]) == ("Prices", "prices:1")
    assert names(sagemaker.list_models(), "Models") == ["Prices"]
    sagemaker.delete_model(ModelName=model)
    assert names(sagemaker.list_models(), "Models") == []


def test_a_configuration_is_told_as_it_was_given(sagemaker, model):
    given = [variant("A", InitialVariantWeight=3.0), variant("B", InitialInstanceCount=2, InitialVariantWeight=1.0)]
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=given)
    told = sagemaker.describe_endpoint_config(EndpointConfigName="Split")
    assert told["EndpointConfigName"] == "Split"
    assert [given_ | told_ for given_, told_ in zip(given, told["ProductionVariants"], strict=True)] == given


def test_a_weight_that_is_left_out_is_one(sagemaker, model, settle):
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=[variant("A"), variant("B")])
    sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Split")
    settle()
    told = sagemaker.describe_endpoint(EndpointName="Fares")["ProductionVariants"]
    assert [(one["CurrentWeight"], one["DesiredWeight"]) for one in told] == [(1.0, 1.0), (1.0, 1.0)]


def test_a_weight_of_zero_is_told_as_zero(sagemaker, model, settle):
    variants = [variant("A", InitialVariantWeight=0.0), variant("B", InitialVariantWeight=1.0)]
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Split")
    settle()
    told = sagemaker.describe_endpoint(EndpointName="Fares")["ProductionVariants"]
    assert [one["CurrentWeight"] for one in told] == [0.0, 1.0]


@pytest.mark.parametrize("instance_type", ["ml.m5.large", "ml.g5.xlarge", "ml.m7i.large"])
def test_an_instance_type_is_taken(sagemaker, model, instance_type):
    variants = [variant("A", InstanceType=instance_type)]
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=variants)
    told = sagemaker.describe_endpoint_config(EndpointConfigName="Split")["ProductionVariants"]
    assert [one["InstanceType"] for one in told] == [instance_type]


def test_a_new_endpoint_is_creating_for_a_while(sagemaker, creating_endpoint, clock):
    assert sagemaker.describe_endpoint(EndpointName=creating_endpoint)["EndpointStatus"] == "Creating"
    clock.move(CREATING)
    assert sagemaker.describe_endpoint(EndpointName=creating_endpoint)["EndpointStatus"] == "InService"


def test_an_endpoint_in_service_tells_its_configuration_and_each_variant(seen):
    told = seen.describe()
    assert (told["EndpointName"], told["EndpointConfigName"], told["EndpointStatus"]) == (
        "Fares",
        "Split",
        "InService",
    )
    assert seen.weights() == {"A": (3.0, 3.0), "B": (1.0, 1.0)}
    assert seen.counts() == {"A": (2, 2), "B": (1, 1)}
    assert told["CreationTime"] <= told["LastModifiedTime"]


def test_the_stock_waiters_see_an_endpoint_come_and_go(sagemaker, endpoint):
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=endpoint)
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=endpoint)


def test_the_name_of_a_deleted_endpoint_is_free(sagemaker, endpoint):
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="Split")
    assert names(sagemaker.list_endpoints(), "Endpoints") == ["Fares"]


def test_an_endpoint_outlives_the_configuration_and_the_model_it_was_made_from(sagemaker, endpoint):
    sagemaker.delete_endpoint_config(EndpointConfigName="Split")
    sagemaker.delete_model(ModelName="Prices")
    assert names(sagemaker.list_endpoint_configs(), "EndpointConfigs") == []
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == "Split"


def test_an_arn_names_region_account_and_resource(sagemaker, endpoint):
    arn = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    assert arn.lower() == f"{ACCOUNT}:endpoint/fares"


def test_an_arn_is_in_lower_case(sagemaker, endpoint):
    arn = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    assert arn == f"{ACCOUNT}:endpoint/fares"


@pytest.fixture
def six_endpoints(sagemaker, model, clock):
    sagemaker.create_endpoint_config(EndpointConfigName="Split", ProductionVariants=[variant("A")])
    made = [f"fares-{number:02}" for number in range(8, 14)]
    for name in made:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="Split")
        clock.move(CREATING)
    return made


def test_a_list_begins_with_the_newest(sagemaker, six_endpoints):
    assert names(sagemaker.list_endpoints(MaxResults=3), "Endpoints") == ["fares-13", "fares-12", "fares-11"]


def test_a_list_is_paged_by_the_stock_paginator(sagemaker, six_endpoints):
    pages = sagemaker.get_paginator("list_endpoints").paginate(
        SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 4}
    )
    assert [names(page, "Endpoints") for page in pages] == [six_endpoints[:4], six_endpoints[4:]]


def test_a_list_is_narrowed_by_name_and_status(sagemaker, six_endpoints):
    narrowed = sagemaker.list_endpoints(
        NameContains="-1", StatusEquals="InService", SortBy="Name", SortOrder="Ascending"
    )
    assert names(narrowed, "Endpoints") == ["fares-10", "fares-11", "fares-12", "fares-13"]
    assert names(sagemaker.list_endpoints(StatusEquals="Failed"), "Endpoints") == []
