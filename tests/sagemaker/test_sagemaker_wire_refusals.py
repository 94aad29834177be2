"""What the control plane refuses, with the client's own validation out of the way.

Of a sentence only the beginning is expected, and only where AWS was seen to say it.
"""

import pytest
from botocore.exceptions import ClientError
from sagemaker.doubles import variant

REWEIGH = "update_endpoint_weights_and_capacities"
NO_ENDPOINT = "Could not find endpoint "
NO_CONFIG = "Could not find endpoint configuration "
TAKEN = "Cannot create already existing "


def change(*changes, endpoint="Fares"):
    return REWEIGH, {"EndpointName": endpoint, "DesiredWeightsAndCapacities": list(changes)}


def weigh(weight, name="A"):
    return {"VariantName": name, "DesiredWeight": weight}


def config(*variants, name="New"):
    return "create_endpoint_config", {"EndpointConfigName": name, "ProductionVariants": list(variants)}


def create(name, split="Split"):
    return "create_endpoint", {"EndpointName": name, "EndpointConfigName": split}


REFUSALS = {
    "a missing endpoint described": (("describe_endpoint", {"EndpointName": "Lost"}), NO_ENDPOINT),
    "a missing endpoint reweighed": (change(weigh(1.0), endpoint="Lost"), NO_ENDPOINT),
    "a missing endpoint deleted": (("delete_endpoint", {"EndpointName": "Lost"}), NO_ENDPOINT),
    "a missing configuration described": (("describe_endpoint_config", {"EndpointConfigName": "Lost"}), NO_CONFIG),
    "a missing configuration used": (create("New", "Lost"), NO_CONFIG),
    "a missing configuration deleted": (("delete_endpoint_config", {"EndpointConfigName": "Lost"}), NO_CONFIG),
    "a missing model described": (("describe_model", {"ModelName": "Lost"}), ""),
    "a missing model used": (config(variant("A", "Lost")), ""),
    "a model of a name that is taken": (("create_model", {"ModelName": "Prices"}), TAKEN),
    "a configuration of a name that is taken": (config(variant("A"), name="Split"), TAKEN),
    "an endpoint of a name that is taken": (create("Fares"), TAKEN),
    "an endpoint of a name that is taken in another case": (create("FARES"), TAKEN),
    "an unknown variant": (change(weigh(1.0, "Z")), ""),
    "a known and an unknown variant": (change(weigh(1.0), weigh(1.0, "Z")), ""),
    "a variant that is named twice": (change(weigh(1.0), weigh(2.0)), ""),
    "a change of no variant": (change({"DesiredWeight": 1.0}), ""),
    "no changes": (change(), ""),
    "a negative weight": (change(weigh(-1.0)), ""),
    "a weight that is no number": (change(weigh(float("nan"))), ""),
    "an infinite weight": (change(weigh(float("inf"))), ""),
    "a configuration without variants": (config(), ""),
    "eleven variants": (config(*(variant(f"V{number}") for number in range(11))), ""),
    "two variants of one name": (config(variant("A"), variant("A")), ""),
    "a new variant of negative weight": (config(variant("A", InitialVariantWeight=-0.5)), ""),
    "a new variant without instances": (config(variant("A", InitialInstanceCount=0)), ""),
    "a name with a blank": (config(variant("A"), name="a b"), ""),
    "a name that ends with a hyphen": (create("new-"), ""),
    "a name of 64 letters": (create("n" * 64), ""),
    "a page of 101": (("list_endpoints", {"MaxResults": 101}), ""),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_the_control_plane_refuses(sagemaker, endpoint, case):
    (operation, parameters), words = REFUSALS[case]
    with pytest.raises(ClientError) as refused:
        getattr(sagemaker, operation)(**parameters)
    response = refused.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationException", 400)
    assert response["Error"]["Message"].startswith(words)
