"""What AWS's documents mean for a turn: statuses, weights, and kinds of endpoints that cannot be steered."""

import pytest

from banditctl.core.allocation import Allocation
from banditctl.targets.sagemaker.reading import reading, shares, state


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("InService", "ready"),
        ("Creating", "busy"),
        ("Updating", "busy"),
        ("SystemUpdating", "busy"),
        ("RollingBack", "busy"),
        ("Failed", "broken"),
        ("OutOfService", "broken"),
        ("UpdateRollbackFailed", "broken"),
        ("Deleting", "broken"),
        ("SomethingAwsInventsLater", "broken"),
    ],
)
def test_each_endpoint_status_means(status, means):
    assert state(status) == means


@pytest.mark.parametrize(
    ("variants", "found"),
    [
        (
            [{"VariantName": "A", "CurrentWeight": 3.0}, {"VariantName": "B", "CurrentWeight": 1.0}],
            {"A": 0.75, "B": 0.25},
        ),
        (
            [{"VariantName": "A", "CurrentWeight": 0.0}, {"VariantName": "B", "CurrentWeight": 2.0}],
            {"A": 0.0, "B": 1.0},
        ),
        ([{"VariantName": "A", "CurrentWeight": 3.0}, {"VariantName": "B"}], None),
        ([{"VariantName": "A", "CurrentWeight": 0.0}], None),
        ([], None),
    ],
)
def test_shares_are_known_only_where_every_weight_is(variants, found):
    assert shares(variants) == (Allocation(found) if found else None)


SERVED = {"VariantName": "A", "CurrentWeight": 1.0, "CurrentInstanceCount": 1}
MADE = {"VariantName": "A", "ModelName": "Prices", "InstanceType": "ml.m7i.large"}
BARE = (
    "has variants without a model (A), whose inference components callers choose by name; "
    "name an endpoint whose variants each have a model"
)
UNSTEERABLE = {
    "shadow variants": (
        {"ProductionVariants": [SERVED], "ShadowProductionVariants": [{"VariantName": "S"}]},
        {},
        "has shadow variants (S), beside which one variant alone may serve; remove them",
    ),
    "serverless ones": (
        {"ProductionVariants": [{"VariantName": "A", "CurrentServerlessConfig": {"MaxConcurrency": 5}}]},
        {},
        "has serverless variants (A), which have no weights; give each variant instances",
    ),
    "serverless ones in the making": (
        {"EndpointStatus": "Creating"},
        {"ProductionVariants": [{"VariantName": "A", "ModelName": "Prices", "ServerlessConfig": {}}]},
        "has serverless variants (A), which have no weights; give each variant instances",
    ),
    "inference components": (
        {"ProductionVariants": [SERVED]},
        {"ProductionVariants": [{"VariantName": "A", "InstanceType": "ml.m7i.large"}]},
        BARE,
    ),
    "nobody is served": (
        {"ProductionVariants": [SERVED | {"CurrentWeight": 0.0}]},
        {},
        "has no weight above zero; give one of its variants a weight",
    ),
    "it is as it should be": ({"ProductionVariants": [SERVED]}, {"ProductionVariants": [MADE]}, None),
    "there is nothing yet": ({"EndpointStatus": "Creating"}, {"ProductionVariants": [MADE]}, None),
    "its configuration was deleted": ({"ProductionVariants": [SERVED]}, {}, None),
}


@pytest.mark.parametrize(("endpoint", "config", "problem"), UNSTEERABLE.values(), ids=UNSTEERABLE)
def test_why_it_cannot_be_steered_and_what_to_change(endpoint, config, problem):
    assert reading({"EndpointStatus": "InService"} | endpoint, config).problem == problem


def test_only_what_is_told_is_read():
    live = reading({"EndpointStatus": "InService"}, {})
    assert (live.allocation, live.desired, live.config, live.models, live.instances) == (None, None, "", {}, {})
    assert live.modified is None
