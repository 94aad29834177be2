"""Application Auto Scaling: scalable targets and policies, told and refused, and what becomes of the counts."""

import pytest
from support.scaled import named, register, track


def targets(autoscaling, *resources):
    found = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=list(resources))
    return {one["ResourceId"]: (one["MinCapacity"], one["MaxCapacity"]) for one in found["ScalableTargets"]}


def policies(autoscaling):
    found = autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    return {one["PolicyName"]: one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for one in found}


def test_a_target_is_told_as_it_was_registered_until_it_is_deregistered(autoscaling, endpoint):
    assert register(autoscaling)["ScalableTargetARN"].startswith("arn:aws:application-autoscaling:us-east-1:")
    assert targets(autoscaling) == {"endpoint/Fares/variant/A": (1, 8)}
    autoscaling.deregister_scalable_target(**named())
    assert targets(autoscaling) == {}


def test_targets_can_be_asked_for_by_name(autoscaling, endpoint):
    register(autoscaling, variant="A")
    register(autoscaling, variant="B", most=4)
    assert targets(autoscaling, "endpoint/Fares/variant/B") == {"endpoint/Fares/variant/B": (1, 4)}


def test_what_is_left_out_of_a_known_target_stays(autoscaling, endpoint):
    register(autoscaling, least=2, most=8)
    autoscaling.register_scalable_target(**named(), MaxCapacity=5)
    assert targets(autoscaling) == {"endpoint/Fares/variant/A": (2, 5)}


def test_scaling_can_be_suspended(autoscaling, endpoint):
    register(autoscaling)
    autoscaling.register_scalable_target(**named(), SuspendedState={"DynamicScalingInSuspended": True})
    (told,) = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [kind for kind, suspended in told["SuspendedState"].items() if suspended] == ["DynamicScalingInSuspended"]


def test_a_policy_is_told_as_it_was_put_until_it_is_deleted(autoscaling, endpoint):
    register(autoscaling)
    assert ":scalingPolicy:" in track(autoscaling, "A", 100.0)["PolicyARN"]
    assert policies(autoscaling) == {"load": 100.0}
    autoscaling.delete_scaling_policy(**named(), PolicyName="load")
    assert policies(autoscaling) == {}


def test_a_policy_that_is_put_again_takes_the_place_of_the_first(autoscaling, endpoint):
    register(autoscaling)
    track(autoscaling, "A", 100.0)
    track(autoscaling, "A", 50.0)
    assert policies(autoscaling) == {"load": 50.0}


def test_policies_go_with_their_target(autoscaling, endpoint):
    register(autoscaling)
    track(autoscaling, "A", 100.0)
    autoscaling.deregister_scalable_target(**named())
    assert policies(autoscaling) == {}


def test_a_count_outside_the_bounds_is_moved_into_them(autoscaling, seen, settle):
    register(autoscaling, least=4, most=8)
    settle()
    assert seen.counts() == {"A": (4, 4), "B": (1, 1)}


def test_a_scaling_activity_keeps_the_endpoint_busy_and_is_told(autoscaling, seen):
    register(autoscaling, least=4, most=8)
    assert seen.status() == "Updating"
    (told,) = autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert told["ResourceId"] == "endpoint/Fares/variant/A"
    assert told["StatusCode"] in {"Pending", "InProgress"}


def test_no_activities_are_told_where_nothing_was_scaled(autoscaling, endpoint):
    register(autoscaling)
    assert autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"] == []


REFUSED = {
    "a target of a missing endpoint": lambda client: register(client, endpoint="Lost"),
    "a target of an unknown variant": lambda client: register(client, variant="Z"),
    "a least beyond the most": lambda client: register(client, least=9, most=5),
    "a new target without bounds": lambda client: client.register_scalable_target(**named()),
    "an unknown namespace": lambda client: client.describe_scalable_targets(ServiceNamespace="nowhere"),
    "an unknown dimension": lambda client: client.register_scalable_target(
        **named() | {"ScalableDimension": "sagemaker:variant:Colour"}, MinCapacity=1, MaxCapacity=2
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_autoscaling_refuses(autoscaling, endpoint, case):
    with pytest.raises(autoscaling.exceptions.ValidationException):
        REFUSED[case](autoscaling)


MISSING = {
    "a target to deregister": lambda client: client.deregister_scalable_target(**named()),
    "a policy's target": lambda client: track(client, "A", 100.0),
    "a policy to delete": lambda client: client.delete_scaling_policy(**named(), PolicyName="load"),
}


@pytest.mark.parametrize("case", MISSING)
def test_autoscaling_does_not_find(autoscaling, endpoint, case):
    with pytest.raises(autoscaling.exceptions.ObjectNotFoundException):
        MISSING[case](autoscaling)


def test_an_endpoint_can_be_scaled_by_others_as_well(autoscaling, seen, sagemaker, settle):
    register(autoscaling)
    change = {"VariantName": "A", "DesiredInstanceCount": 3}
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="Fares", DesiredWeightsAndCapacities=[change])
    settle()
    assert seen.counts()["A"] == (3, 3)
