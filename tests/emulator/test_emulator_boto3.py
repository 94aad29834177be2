"""The control plane, driven by the client that users have."""

from datetime import timedelta

import pytest

MINUTE = timedelta(minutes=1)


def weights(sagemaker, endpoint):
    variants = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    return {v["VariantName"]: (v["CurrentWeight"], v["DesiredWeight"]) for v in variants}


def counts(sagemaker, endpoint):
    variants = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    return {v["VariantName"]: (v["CurrentInstanceCount"], v["DesiredInstanceCount"]) for v in variants}


def push(sagemaker, endpoint, *changes):
    return sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint, DesiredWeightsAndCapacities=list(changes)
    )


def test_a_model_is_told_as_it_was_given_and_is_gone_once_deleted(sagemaker, clock):
    given = {
        "ModelName": "Prices",
        "PrimaryContainer": {"Image": "prices:1", "Environment": {"LEVEL": "2"}},
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/prices",
    }
    created = sagemaker.create_model(**given, Tags=[{"Key": "team", "Value": "fares"}])
    assert created["ModelArn"] == "arn:aws:sagemaker:us-east-1:123456789012:model/prices"
    told = sagemaker.describe_model(ModelName="Prices")
    assert told == given | {
        "ModelArn": created["ModelArn"],
        "CreationTime": clock.now,
        "ResponseMetadata": told["ResponseMetadata"],
    }
    sagemaker.delete_model(ModelName="Prices")
    assert sagemaker.list_models()["Models"] == []


def test_a_weight_defaults_to_one_and_zero_stays_zero(sagemaker):
    sagemaker.create_model(ModelName="Prices")
    common = {"ModelName": "Prices", "InstanceType": "ml.m7i.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="Split",
        ProductionVariants=[
            common | {"VariantName": "default"},
            common | {"VariantName": "none", "InitialVariantWeight": 0},
            common | {"VariantName": "tenth", "InitialVariantWeight": 0.1},
        ],
    )
    told = sagemaker.describe_endpoint_config(EndpointConfigName="Split")["ProductionVariants"]
    assert [v["InitialVariantWeight"] for v in told] == [1.0, 0.0, 0.10000000149011612]


def test_an_endpoint_outlives_the_configuration_and_model_it_was_made_from(sagemaker, endpoint):
    sagemaker.delete_endpoint_config(EndpointConfigName="Split")
    sagemaker.delete_model(ModelName="Prices")
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == "Split"


def test_an_endpoint_is_creating_without_variants_and_then_in_service_with_them(sagemaker, creating_endpoint, clock):
    young = sagemaker.describe_endpoint(EndpointName="Fares")
    assert young["EndpointStatus"] == "Creating"
    assert young["EndpointArn"] == "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fares"
    assert "ProductionVariants" not in young
    clock.move(5 * MINUTE)
    grown = sagemaker.describe_endpoint(EndpointName="Fares")
    assert grown["EndpointStatus"] == "InService"
    assert grown["LastModifiedTime"] - grown["CreationTime"] == 5 * MINUTE
    assert weights(sagemaker, "Fares") == {"A": (3.0, 3.0), "B": (1.0, 1.0)}
    assert counts(sagemaker, "Fares") == {"A": (2, 2), "B": (1, 1)}


def test_the_stock_waiter_sees_it_in_service(sagemaker, endpoint):
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=endpoint)


def test_a_weight_is_desired_at_once_and_current_a_minute_later(sagemaker, endpoint, clock):
    before = sagemaker.describe_endpoint(EndpointName=endpoint)["LastModifiedTime"]
    clock.move(10 * MINUTE)
    push(sagemaker, endpoint, {"VariantName": "A", "DesiredWeight": 9.0})
    during = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert (during["EndpointStatus"], during["LastModifiedTime"] - before) == ("Updating", 10 * MINUTE)
    assert weights(sagemaker, endpoint) == {"A": (3.0, 9.0), "B": (1.0, 1.0)}
    clock.move(MINUTE)
    after = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert (after["EndpointStatus"], after["LastModifiedTime"] - before) == ("InService", 11 * MINUTE)
    assert weights(sagemaker, endpoint) == {"A": (9.0, 9.0), "B": (1.0, 1.0)}


def test_weights_keep_counts_and_counts_keep_weights(sagemaker, endpoint, clock):
    push(sagemaker, endpoint, {"VariantName": "A", "DesiredWeight": 0})
    clock.move(MINUTE)
    assert counts(sagemaker, endpoint) == {"A": (2, 2), "B": (1, 1)}
    push(sagemaker, endpoint, {"VariantName": "B", "DesiredInstanceCount": 4})
    assert counts(sagemaker, endpoint) == {"A": (2, 2), "B": (1, 4)}
    clock.move(MINUTE)
    assert counts(sagemaker, endpoint) == {"A": (2, 2), "B": (4, 4)}
    assert weights(sagemaker, endpoint) == {"A": (0.0, 0.0), "B": (1.0, 1.0)}


def test_a_second_change_waits_for_the_first(sagemaker, endpoint, clock):
    change = {"VariantName": "A", "DesiredWeight": 9.0}
    push(sagemaker, endpoint, change)
    with pytest.raises(sagemaker.exceptions.ClientError, match=r'in-progress endpoint "arn:.*endpoint/fares"\.'):
        push(sagemaker, endpoint, change)
    clock.move(MINUTE)
    push(sagemaker, endpoint, change)


def test_weights_that_others_left_at_zero_count_too(sagemaker, endpoint, clock):
    push(sagemaker, endpoint, {"VariantName": "B", "DesiredWeight": 0})
    clock.move(MINUTE)
    with pytest.raises(sagemaker.exceptions.ClientError, match="At least one"):
        push(sagemaker, endpoint, {"VariantName": "A", "DesiredWeight": 0})


def test_a_refused_change_leaves_every_variant_as_it_was(sagemaker, endpoint):
    with pytest.raises(sagemaker.exceptions.ClientError):
        push(
            sagemaker,
            endpoint,
            {"VariantName": "A", "DesiredWeight": 9.0},
            {"VariantName": "Z", "DesiredWeight": 1.0},
        )
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"
    assert weights(sagemaker, endpoint) == {"A": (3.0, 3.0), "B": (1.0, 1.0)}


def test_the_control_plane_finds_an_endpoint_whatever_the_case_of_its_name(sagemaker, endpoint):
    assert sagemaker.describe_endpoint(EndpointName="fARES")["EndpointName"] == "Fares"


def test_a_deleted_endpoint_is_gone_and_its_name_is_free(sagemaker, endpoint):
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=endpoint)
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="Split")


@pytest.fixture
def thirteen_models(sagemaker, clock):
    for number in range(13):
        sagemaker.create_model(ModelName=f"model-{number:02}")
        clock.move(MINUTE)
    return [f"model-{number:02}" for number in range(13)]


def test_a_list_tells_the_newest_ten_first_and_where_to_go_on(sagemaker, thirteen_models):
    first = sagemaker.list_models()
    second = sagemaker.list_models(NextToken=first["NextToken"])
    names = [model["ModelName"] for model in first["Models"] + second["Models"]]
    assert len(first["Models"]) == 10
    assert names == thirteen_models[::-1]
    assert "NextToken" not in second


def test_a_list_can_be_narrowed_sorted_and_paged_by_the_stock_paginator(sagemaker, thirteen_models):
    pages = sagemaker.get_paginator("list_models").paginate(
        NameContains="-0", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 4}
    )
    assert [[model["ModelName"][-2:] for model in page["Models"]] for page in pages] == [
        ["00", "01", "02", "03"],
        ["04", "05", "06", "07"],
        ["08", "09"],
    ]


def test_endpoints_can_be_listed_by_the_status_they_have_now(sagemaker, creating_endpoint, clock):
    def names(status):
        found = sagemaker.list_endpoints(StatusEquals=status)["Endpoints"]
        return [endpoint["EndpointName"] for endpoint in found]

    assert (names("Creating"), names("InService")) == (["Fares"], [])
    clock.move(5 * MINUTE)
    assert (names("Creating"), names("InService")) == ([], ["Fares"])
