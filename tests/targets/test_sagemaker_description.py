"""What two documents of AWS say of an endpoint, told a line each."""

import pytest

from banditctl.targets.sagemaker.description import told


def endpoint(status="InService", weights=(1.0, 3.0), **other):
    variants = [{"VariantName": name, "CurrentWeight": weight} for name, weight in zip("ab", weights, strict=False)]
    return {"EndpointStatus": status, "ProductionVariants": variants} | other


def config(**other):
    variants = [{"VariantName": name, "ModelName": f"model-{name}"} for name in "ab"]
    return {"ProductionVariants": variants} | other


def lines(described, configured=None, variants=("a", "b")):
    return {one.check: one for one in told(described, configured, variants)}


@pytest.mark.parametrize(
    ("status", "outcome", "remedy"),
    [
        ("InService", "ok", ""),
        ("Updating", "warning", "wait"),
        ("SystemUpdating", "warning", "wait"),
        ("RollingBack", "warning", "wait"),
        ("Failed", "failed", "delete it"),
        ("UpdateRollbackFailed", "failed", "update it to one of them"),
        ("OutOfService", "failed", "serves again"),
        ("Deleting", "failed", "name an endpoint"),
        ("Invented", "failed", "mend it"),
    ],
)
def test_every_status_is_judged_as_a_turn_would(status, outcome, remedy):
    found = lines(endpoint(status))["status"]
    assert found.outcome == outcome
    assert remedy in found.remedy


def test_the_reason_of_a_failure_is_told():
    assert lines(endpoint("Failed", FailureReason="no image"))["status"].detail == "Failed: no image"


@pytest.mark.parametrize(
    ("described", "configured", "outcome", "said"),
    [
        (endpoint(), config(), "ok", "each with a model"),
        (endpoint(ShadowProductionVariants=[{"VariantName": "s"}]), config(), "failed", "shadow"),
        (endpoint(), config(ShadowProductionVariants=[{"VariantName": "s"}]), "failed", "shadow"),
        (
            endpoint(ProductionVariants=[{"VariantName": "a", "CurrentServerlessConfig": {"MaxConcurrency": 5}}]),
            None,
            "failed",
            "serverless variants (a)",
        ),
        (endpoint(), {"ProductionVariants": [{"VariantName": "a"}]}, "failed", "inference components"),
        (endpoint(AsyncInferenceConfig={}), config(AsyncInferenceConfig={"OutputConfig": {}}), "warning", "S3"),
    ],
)
def test_kinds_of_endpoints_that_cannot_be_steered_are_told(described, configured, outcome, said):
    found = lines(described, configured)["kind"]
    assert found.outcome == outcome
    assert said in found.detail


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        (("a", "b", "c"), "the endpoint has no c"),
        (("a",), "the policy file has no b"),
        (("a", "c"), "the endpoint has no c; the policy file has no b"),
    ],
)
def test_variants_that_differ_from_the_policy_file_are_told_from_both_sides(variants, said):
    found = lines(endpoint(), variants=variants)["variants"]
    assert (found.outcome, found.detail) == ("failed", said)


@pytest.mark.parametrize(
    ("weights", "outcome", "said"),
    [
        ((1.0, 3.0), "ok", "a 1, b 3"),
        ((0.0, 3.0), "warning", "a serves nobody"),
        ((0.0, 0.0), "failed", "no weight above zero"),
        ((1.0, None), "failed", "none for b"),
        ((), "failed", "none for any variant"),
    ],
)
def test_weights_are_told_and_judged(weights, outcome, said):
    found = lines(endpoint(weights=weights))["weights"]
    assert found.outcome == outcome
    assert said in found.detail


def test_models_are_told_where_the_configuration_could_be_read():
    assert lines(endpoint(), config())["models"].detail == "a serves model-a, b serves model-b"
    assert "models" not in lines(endpoint(), None)
