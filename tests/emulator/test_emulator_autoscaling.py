"""Application Auto Scaling: what it is told, what it does by itself, and who is in whose way."""

import json
from datetime import timedelta

import pytest
from support.emulated import CREATING, UPDATING
from support.scaled import named, register, track
from support.seen import Seen

from banditctl.emulator import Scenario

MINUTE = timedelta(minutes=1)
IN_PROGRESS = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fares".'


def activities(autoscaling, *members):
    found = autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    return [tuple(activity[member] for member in members) for activity in found]


def counts(sagemaker):
    described = sagemaker.describe_endpoint(EndpointName="Fares")
    return described["EndpointStatus"], {
        variant["VariantName"]: (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"])
        for variant in described["ProductionVariants"]
    }


@pytest.fixture
def scenario():
    return Scenario(creating=CREATING, updating=UPDATING, scaling=4 * MINUTE)


@pytest.fixture
def minutes(runtime, endpoint, clock):
    """Minutes go by, in each of which the variants are asked so often."""

    def pass_by(number, **asked):
        for _ in range(number):
            for variant, times in asked.items():
                for _ in range(times):
                    runtime.invoke_endpoint(EndpointName=endpoint, TargetVariant=variant, Body=b"x")
            clock.move(MINUTE)

    return pass_by


def test_a_busy_variant_gets_more_instances_while_its_endpoint_is_updating(sagemaker, autoscaling, minutes):
    register(autoscaling, "B")
    track(autoscaling, "B", 4)
    minutes(4, B=10)
    assert counts(sagemaker) == ("InService", {"A": (2, 2), "B": (1, 1)})  # CloudWatch does not know enough yet
    minutes(1)
    assert counts(sagemaker) == ("Updating", {"A": (2, 2), "B": (1, 3)})
    with pytest.raises(sagemaker.exceptions.ClientError, match="in-progress endpoint"):
        Seen(sagemaker).push(A=1, B=1)
    ((status, message, cause, ended),) = [
        (*activity, "EndTime" in activity)
        for activity in activities(autoscaling, "StatusCode", "StatusMessage", "Cause")
    ]
    assert (status, ended) == ("InProgress", False)
    assert message.endswith("Waiting for change to be fulfilled by sagemaker.")
    assert cause == (
        "monitor alarm TargetTracking-endpoint/Fares/variant/B-AlarmHigh in state ALARM triggered policy load"
    )
    minutes(4)
    assert counts(sagemaker) == ("InService", {"A": (2, 2), "B": (3, 3)})
    assert activities(autoscaling, "Description", "StatusCode", "StatusMessage") == [
        (
            "Setting desired instance count to 3.",
            "Successful",
            "Successfully set desired instance count to 3. Change successfully fulfilled by sagemaker.",
        )
    ]


def test_it_scales_no_further_than_its_bounds_and_not_again_before_it_has_cooled_down(sagemaker, autoscaling, minutes):
    register(autoscaling, "B", most=2)
    track(autoscaling, "B", 1, name="small", ScaleOutCooldown=600)
    minutes(9, B=10)
    assert counts(sagemaker)[1]["B"] == (2, 2)
    register(autoscaling, "B", most=6)
    minutes(9, B=10)
    assert counts(sagemaker) == ("InService", {"A": (2, 2), "B": (2, 2)})
    minutes(1)
    assert counts(sagemaker) == ("Updating", {"A": (2, 2), "B": (2, 6)})


def test_a_starved_variant_scales_in_to_its_minimum(sagemaker, autoscaling, minutes):
    register(autoscaling, "A")
    track(autoscaling, "A", 4)
    minutes(14)
    assert counts(sagemaker)[1]["A"] == (2, 2)
    minutes(1)
    assert counts(sagemaker) == ("Updating", {"A": (2, 1), "B": (1, 1)})


def test_scaling_in_can_be_disabled_or_suspended(sagemaker, autoscaling, minutes):
    register(autoscaling, "A")
    track(autoscaling, "A", 4, DisableScaleIn=True)
    minutes(20)
    assert counts(sagemaker)[1]["A"] == (2, 2)
    track(autoscaling, "A", 4)
    autoscaling.register_scalable_target(**named("A"), SuspendedState={"DynamicScalingInSuspended": True})
    minutes(20)
    assert counts(sagemaker)[1]["A"] == (2, 2)


def test_a_push_of_weights_is_in_its_way_and_a_minute_later_it_tries_again(sagemaker, autoscaling, clock, minutes):
    register(autoscaling, "B")
    track(autoscaling, "B", 4)
    minutes(4, B=10)
    clock.move(MINUTE / 2)
    Seen(sagemaker).push(A=1, B=1)
    clock.move(MINUTE / 2)
    failed = f"Failed to set desired instance count to 3. Reason: {IN_PROGRESS}"
    assert activities(autoscaling, "StatusCode", "StatusMessage") == [("Failed", failed)]
    assert counts(sagemaker) == ("Updating", {"A": (2, 2), "B": (1, 1)})
    clock.move(MINUTE)
    assert [status for (status,) in activities(autoscaling, "StatusCode")] == ["InProgress", "Failed"]
    assert counts(sagemaker) == ("Updating", {"A": (2, 2), "B": (1, 3)})


def test_a_change_that_is_rolled_back_has_failed_and_is_tried_again(sagemaker, autoscaling, clock, levers, endpoint):
    levers.fault("roll_back", times=1)
    register(autoscaling, "B", least=3)
    clock.move(6 * MINUTE)
    assert counts(sagemaker) == ("Updating", {"A": (2, 2), "B": (1, 3)})
    assert activities(autoscaling, "StatusCode", "StatusMessage") == [
        (
            "InProgress",
            "Successfully set desired instance count to 3. Waiting for change to be fulfilled by sagemaker.",
        ),
        ("Failed", "Failed to set desired instance count to 3. Reason: The endpoint did not take the change over."),
    ]


def test_it_does_at_its_time_what_nobody_looked_at(sagemaker, autoscaling, clock, minutes):
    register(autoscaling, "B")
    track(autoscaling, "B", 4)
    minutes(4, B=10)
    began = clock.now
    clock.move(timedelta(days=1))
    assert counts(sagemaker) == ("InService", {"A": (2, 2), "B": (1, 1)})
    out, back = reversed(activities(autoscaling, "Description", "StartTime", "EndTime"))
    assert out == ("Setting desired instance count to 3.", began + MINUTE, began + 5 * MINUTE)
    assert back[0] == "Setting desired instance count to 1."
    assert back[2] - back[1] == 4 * MINUTE


def test_registering_moves_a_count_into_its_bounds(sagemaker, autoscaling, endpoint, clock):
    arn = register(autoscaling, "B", least=3)["ScalableTargetARN"]
    assert arn.startswith("arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/")
    assert counts(sagemaker) == ("Updating", {"A": (2, 2), "B": (1, 3)})
    assert activities(autoscaling, "Cause") == [("minimum capacity was set to 3",)]
    clock.move(4 * MINUTE)
    register(autoscaling, "A", most=1)
    assert activities(autoscaling, "Cause")[0] == ("maximum capacity was set to 1",)


def test_targets_and_policies_are_described_and_forgotten(autoscaling, endpoint):
    register(autoscaling, "A", most=4)
    register(autoscaling, "B")
    track(autoscaling, "A", 70, ScaleInCooldown=600)
    targets = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [target["ResourceId"] for target in targets] == ["endpoint/Fares/variant/A", "endpoint/Fares/variant/B"]
    (one,) = autoscaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=["endpoint/Fares/variant/A"]
    )["ScalableTargets"]
    assert (one["MinCapacity"], one["MaxCapacity"]) == (1, 4)
    (policy,) = autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["PolicyARN"].endswith(":resource/sagemaker/endpoint/Fares/variant/A:policyName/load")
    assert policy["TargetTrackingScalingPolicyConfiguration"]["ScaleInCooldown"] == 600
    autoscaling.delete_scaling_policy(**named("A"), PolicyName="load")
    assert autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    autoscaling.deregister_scalable_target(**named("A"))
    left = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [target["ResourceId"] for target in left] == ["endpoint/Fares/variant/B"]


def test_an_endpoint_takes_its_targets_along(sagemaker, autoscaling, endpoint, clock):
    register(autoscaling, "A")
    sagemaker.delete_endpoint(EndpointName=endpoint)
    clock.move(MINUTE)
    sagemaker.list_endpoints()
    assert autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []


def refusal_of(autoscaling, call):
    with pytest.raises(autoscaling.exceptions.ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_it_refuses_what_does_not_exist(autoscaling, endpoint):
    code, message = refusal_of(autoscaling, lambda: register(autoscaling, "Z"))
    assert (code, message) == ("ValidationException", "The resource endpoint/Fares/variant/Z does not exist.")
    missing = ("ObjectNotFoundException", "No scalable target found for resource ID: endpoint/Fares/variant/A.")
    assert refusal_of(autoscaling, lambda: track(autoscaling, "A", 1)) == missing
    assert refusal_of(autoscaling, lambda: autoscaling.deregister_scalable_target(**named("A"))) == missing
    register(autoscaling, "A")
    code, _ = refusal_of(autoscaling, lambda: autoscaling.delete_scaling_policy(**named("A"), PolicyName="none"))
    assert code == "ObjectNotFoundException"


def test_it_refuses_bounds_that_hold_nothing_and_leaves_the_target_as_it_was(autoscaling, endpoint):
    code, message = refusal_of(autoscaling, lambda: register(autoscaling, "A", least=9, most=5))
    assert (code, message) == ("ValidationException", "Maximum capacity cannot be less than minimum capacity.")
    assert autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    code, message = refusal_of(autoscaling, lambda: autoscaling.register_scalable_target(**named("A"), MinCapacity=1))
    assert (code, message.split()[-4:]) == ("ValidationException", ["a", "new", "scalable", "target."])


def test_it_refuses_what_it_does_not_emulate_by_name(autoscaling, endpoint):
    register(autoscaling, "A")
    refused = refusal_of(
        autoscaling,
        lambda: autoscaling.put_scaling_policy(**named("A"), PolicyName="steps", PolicyType="StepScaling"),
    )
    assert refused[0] == "ValidationException"
    assert "'policyType' failed to satisfy constraint: Invalid enum value 'StepScaling'" in refused[1]


def test_the_aws_command_registers_and_describes(aws_command, endpoint):
    which = ["--service-namespace", "sagemaker"]
    target = ["--resource-id", "endpoint/Fares/variant/B", "--scalable-dimension", named("B")["ScalableDimension"]]
    bounds = ["--min-capacity", "2", "--max-capacity", "4"]
    registered = aws_command("application-autoscaling", "register-scalable-target", *which, *target, *bounds)
    assert json.loads(registered.stdout)["ScalableTargetARN"]
    told = aws_command("application-autoscaling", "describe-scaling-activities", *which)
    (activity,) = json.loads(told.stdout)["ScalingActivities"]
    assert (activity["StatusCode"], activity["Description"]) == ("InProgress", "Setting desired instance count to 2.")
