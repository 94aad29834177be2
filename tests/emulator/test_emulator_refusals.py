"""Everything the control plane refuses, with the client's own validation out of the way."""

import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

ARN = "arn:aws:sagemaker:us-east-1:123456789012"
VARIANT = {
    "VariantName": "C",
    "ModelName": "Prices",
    "InstanceType": "ml.m7i.large",
    "InitialInstanceCount": 1,
}


SERVERLESS = {"MaxConcurrency": 5, "MemorySizeInMB": 2048}


def config(*variants, name="New", **members):
    return {"EndpointConfigName": name, "ProductionVariants": list(variants)} | members


def change(*changes, endpoint="Fares"):
    return {"EndpointName": endpoint, "DesiredWeightsAndCapacities": list(changes)}


def refusal_of(client, operation, parameters):
    with pytest.raises(client.exceptions.ClientError) as refused:
        getattr(client, operation)(**parameters)
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return response["Error"]["Code"], response["Error"]["Message"]


REWEIGH = "update_endpoint_weights_and_capacities"
AT = "1 validation error detected: Value at "
WEIGHT = AT + "'desiredWeightsAndCapacities.1.member.desiredWeight' failed to satisfy constraint: "
VARIANTS = AT + "'productionVariants"

REFUSALS = {
    "a negative weight": (REWEIGH, change({"VariantName": "A", "DesiredWeight": -1.0}), WEIGHT),
    "a weight that is no number": (
        REWEIGH,
        change({"VariantName": "A", "DesiredWeight": float("nan")}),
        WEIGHT,
    ),
    "an infinite weight": (REWEIGH, change({"VariantName": "A", "DesiredWeight": float("inf")}), WEIGHT),
    "a weight beyond 32 bits": (REWEIGH, change({"VariantName": "A", "DesiredWeight": 1e39}), WEIGHT),
    "a weight that is a truth": (REWEIGH, change({"VariantName": "A", "DesiredWeight": True}), WEIGHT),
    "no instances": (
        REWEIGH,
        change({"VariantName": "A", "DesiredInstanceCount": 0}),
        AT + "'desiredWeightsAndCapacities.1.member.desiredInstanceCount'",
    ),
    "no changes": (REWEIGH, change(), AT + "'desiredWeightsAndCapacities'"),
    "a change without a variant": (
        REWEIGH,
        change({"DesiredWeight": 1.0}),
        AT + "'desiredWeightsAndCapacities.1.member' failed to satisfy constraint: Object missing",
    ),
    "two changes of one variant": (
        REWEIGH,
        change({"VariantName": "A", "DesiredWeight": 1.0}, {"VariantName": "A", "DesiredWeight": 2.0}),
        'The variant name "A" was non-unique within the request.',
    ),
    "an unknown variant": (
        REWEIGH,
        change({"VariantName": "Z", "DesiredWeight": 1.0}),
        'The variant name(s) "Z" is/are not present within endpoint configuration "Split".',
    ),
    "a variant in another case": (
        REWEIGH,
        change({"VariantName": "a", "DesiredWeight": 1.0}),
        'The variant name(s) "a" is/are not present',
    ),
    "all weights zero": (
        REWEIGH,
        change({"VariantName": "A", "DesiredWeight": 0.0}, {"VariantName": "B", "DesiredWeight": 0.0}),
        "At least one production variant must have a weight greater than 0.",
    ),
    "all weights zero once they are rounded": (
        REWEIGH,
        change({"VariantName": "A", "DesiredWeight": 1e-46}, {"VariantName": "B", "DesiredWeight": 0.0}),
        "At least one production variant must have a weight greater than 0.",
    ),
    "a missing endpoint reweighed": (
        REWEIGH,
        change({"VariantName": "A", "DesiredWeight": 1.0}, endpoint="None"),
        f'Could not find endpoint "{ARN}:endpoint/none".',
    ),
    "a missing endpoint described": (
        "describe_endpoint",
        {"EndpointName": "None"},
        f'Could not find endpoint "{ARN}:endpoint/none".',
    ),
    "a missing endpoint deleted": (
        "delete_endpoint",
        {"EndpointName": "None"},
        f'Could not find endpoint "{ARN}:endpoint/none".',
    ),
    "a missing configuration described": (
        "describe_endpoint_config",
        {"EndpointConfigName": "None"},
        f'Could not find endpoint configuration "{ARN}:endpoint-config/none".',
    ),
    "a missing configuration used": (
        "create_endpoint",
        {"EndpointName": "New", "EndpointConfigName": "None"},
        f'Could not find endpoint configuration "{ARN}:endpoint-config/none".',
    ),
    "a missing model described": (
        "describe_model",
        {"ModelName": "None"},
        f'Could not find model "{ARN}:model/none".',
    ),
    "a missing model used": (
        "create_endpoint_config",
        config(VARIANT | {"ModelName": "None"}),
        f'Could not find model "{ARN}:model/none".',
    ),
    "an existing model, in another case": (
        "create_model",
        {"ModelName": "PRICES"},
        f'Cannot create already existing model "{ARN}:model/prices".',
    ),
    "an existing configuration, in another case": (
        "create_endpoint_config",
        config(VARIANT, name="SPLIT"),
        f'Cannot create already existing endpoint configuration "{ARN}:endpoint-config/split".',
    ),
    "an existing endpoint, in another case": (
        "create_endpoint",
        {"EndpointName": "FARES", "EndpointConfigName": "Split"},
        f'Cannot create already existing endpoint "{ARN}:endpoint/fares".',
    ),
    "no variants": ("create_endpoint_config", config(), VARIANTS + "'"),
    "eleven variants": (
        "create_endpoint_config",
        config(*(VARIANT | {"VariantName": f"V{number}"} for number in range(11))),
        VARIANTS + "'",
    ),
    "two variants of one name": (
        "create_endpoint_config",
        config(VARIANT, VARIANT),
        'The variant name "C" was non-unique within the request.',
    ),
    "variants without any weight": (
        "create_endpoint_config",
        config(VARIANT | {"InitialVariantWeight": 0.0}),
        "At least one production variant must have a weight greater than 0.",
    ),
    "a variant's negative weight": (
        "create_endpoint_config",
        config(VARIANT | {"InitialVariantWeight": -0.5}),
        VARIANTS + ".1.member.initialVariantWeight'",
    ),
    "a variant's bad name": (
        "create_endpoint_config",
        config(VARIANT, VARIANT | {"VariantName": "no_underscores"}),
        VARIANTS + ".2.member.variantName'",
    ),
    "a variant without instances": (
        "create_endpoint_config",
        config(VARIANT | {"InitialInstanceCount": 0}),
        VARIANTS + ".1.member.initialInstanceCount'",
    ),
    "a variant that has instances and is serverless": (
        "create_endpoint_config",
        config(VARIANT | {"ServerlessConfig": SERVERLESS}),
        VARIANTS + ".1.member' failed to satisfy constraint: a variant has InstanceType and InitialInstanceCount",
    ),
    "a variant that has neither instances nor is serverless": (
        "create_endpoint_config",
        config({"VariantName": "C", "ModelName": "Prices"}),
        VARIANTS + ".1.member' failed to satisfy constraint: a variant has InstanceType and InitialInstanceCount",
    ),
    "a serverless variant in company": (
        "create_endpoint_config",
        config(VARIANT, {"VariantName": "D", "ModelName": "Prices", "ServerlessConfig": SERVERLESS}),
        "A serverless variant must be the only one",
    ),
    "a serverless variant's odd memory": (
        "create_endpoint_config",
        config({"VariantName": "C", "ModelName": "Prices", "ServerlessConfig": SERVERLESS | {"MemorySizeInMB": 1000}}),
        VARIANTS + ".1.member.serverlessConfig.memorySizeInMB'",
    ),
    "a shadow beside two variants": (
        "create_endpoint_config",
        config(VARIANT, VARIANT | {"VariantName": "D"}, ShadowProductionVariants=[VARIANT | {"VariantName": "S"}]),
        "With ShadowProductionVariants you can only specify one variant",
    ),
    "a shadow of the name of its variant": (
        "create_endpoint_config",
        config(VARIANT, ShadowProductionVariants=[VARIANT]),
        'The variant name "C" was non-unique within the request.',
    ),
    "a shadow's missing model": (
        "create_endpoint_config",
        config(VARIANT, ShadowProductionVariants=[VARIANT | {"VariantName": "S", "ModelName": "None"}]),
        f'Could not find model "{ARN}:model/none".',
    ),
    "a name that starts with a hyphen": (
        "describe_endpoint",
        {"EndpointName": "-fares"},
        AT + "'endpointName'",
    ),
    "a name that ends with a hyphen": (
        "describe_endpoint",
        {"EndpointName": "fares-"},
        AT + "'endpointName'",
    ),
    "a name that ends with a newline": (
        "describe_endpoint",
        {"EndpointName": "fares\n"},
        AT + "'endpointName'",
    ),
    "an empty name": ("describe_endpoint", {"EndpointName": ""}, AT + "'endpointName'"),
    "a name of 64 letters": ("create_model", {"ModelName": "m" * 64}, AT + "'modelName'"),
    "a configuration's bad name": (
        "create_endpoint_config",
        config(VARIANT, name="a b"),
        AT + "'endpointConfigName'",
    ),
    "a page of 101": ("list_endpoints", {"MaxResults": 101}, AT + "'maxResults'"),
    "a page that nobody offered": ("list_endpoints", {"NextToken": "next"}, AT + "'nextToken'"),
}


@pytest.mark.parametrize(("operation", "parameters", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_the_control_plane_refuses(sagemaker, endpoint, operation, parameters, words):
    code, message = refusal_of(sagemaker, operation, parameters)
    assert code == "ValidationException"
    assert message.startswith(words)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        (REWEIGH, change({"VariantName": "A", "DesiredWeight": 1.0})),
        ("delete_endpoint", {"EndpointName": "Fares"}),
    ],
)
def test_an_endpoint_in_progress_is_neither_changed_nor_deleted(sagemaker, creating_endpoint, operation, parameters):
    in_progress = ("ValidationException", f'Cannot update in-progress endpoint "{ARN}:endpoint/fares".')
    assert refusal_of(sagemaker, operation, parameters) == in_progress


def test_an_updating_endpoint_cannot_be_deleted_until_it_is_done(sagemaker, endpoint, clock):
    getattr(sagemaker, REWEIGH)(**change({"VariantName": "A", "DesiredWeight": 1.0}))
    assert refusal_of(sagemaker, "delete_endpoint", {"EndpointName": endpoint})[1].startswith("Cannot update")
    clock.move(timedelta(seconds=60))
    sagemaker.delete_endpoint(EndpointName=endpoint)


def test_an_operation_that_is_not_emulated_is_told_which_ones_are(sagemaker):
    code, message = refusal_of(sagemaker, "list_training_jobs", {})
    assert code == "UnknownOperationException"
    assert '"SageMaker.ListTrainingJobs" is not emulated' in message
    assert "SageMaker.UpdateEndpointWeightsAndCapacities" in message


def test_a_body_that_is_no_json_is_refused_in_the_form_that_clients_read(served):
    headers = {"X-Amz-Target": "SageMaker.ListModels"}
    request = urllib.request.Request(served, data=b"{", headers=headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
        pass
    with refused.value as response:
        assert response.status == 400
        assert response.headers["x-amzn-errortype"] == "SerializationException"
        assert json.load(response)["__type"] == "SerializationException"
