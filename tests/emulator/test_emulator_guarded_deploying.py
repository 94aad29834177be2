"""UpdateEndpoint step by step: canary, linear and rolling, watched by alarms, within a time limit and a quota."""

from collections import Counter
from datetime import timedelta

import pytest
from support.emulated import CREATING, variant

from banditctl.emulator import read_scenario

MINUTE = timedelta(minutes=1)
STARTED, TAKEN_OVER = 0.9 * CREATING, CREATING


def size(value, kind="INSTANCE_COUNT"):
    return {"Type": kind, "Value": value}


def blue_green(routing="ALL_AT_ONCE", wait=300, termination=120, **members):
    traffic = {"Type": routing, "WaitIntervalInSeconds": wait} | members
    return {"TrafficRoutingConfiguration": traffic, "TerminationWaitInSeconds": termination}


def guarded(policy, *alarms, **members):
    watched = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": policy | members} | watched


CANARY = guarded(blue_green("CANARY", CanarySize=size(1)), "too-slow", "too-many-errors")


def rolling(batch, **members):
    policy = {"MaximumBatchSize": batch, "WaitIntervalInSeconds": 60} | members
    return {
        "RollingUpdatePolicy": policy,
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "too-slow"}]},
    }


@pytest.fixture
def configs(sagemaker, endpoint):
    """`Next` and `Other` have another model: A with weight 1 on four instances, B with 1 on two."""
    for name, model in (("Next", "Prices2"), ("Other", "Prices3")):
        sagemaker.create_model(ModelName=model)
        variants = [variant("A", model, count=4), variant("B", model, count=2)]
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)


@pytest.fixture
def deploy(sagemaker, configs):
    def update(how=CANARY, config="Next", **options):
        return sagemaker.update_endpoint(
            EndpointName="Fares", EndpointConfigName=config, DeploymentConfig=how, **options
        )

    return update


@pytest.fixture
def alone(sagemaker, clock):
    """`Fares` with one variant: A of the model Prices on four instances; and `Next`, the same of Prices2."""
    for config, model in (("Alone", "Prices"), ("Next", "Prices2")):
        sagemaker.create_model(ModelName=model)
        sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant("A", model, count=4)])
    sagemaker.create_endpoint(EndpointName="Fares", EndpointConfigName="Alone")
    clock.move(CREATING)


@pytest.fixture
def pending(seen):
    """By variant what is told of the deployment under way: stage, message, and current and desired instances."""

    def told():
        return {
            v["VariantName"]: (
                v["VariantStatus"][0]["Status"],
                v["VariantStatus"][0].get("StatusMessage", ""),
                (v["CurrentInstanceCount"], v["DesiredInstanceCount"]),
            )
            for v in seen.describe()["PendingDeploymentSummary"]["ProductionVariants"]
        }

    return told


@pytest.fixture
def answering(runtime):
    """How many of 100 requests each model of a variant answers."""

    def ask(**options):
        answers = (runtime.invoke_endpoint(EndpointName="Fares", Body=b"x", **options) for _ in range(100))
        told = (
            (a["InvokedProductionVariant"], a["ResponseMetadata"]["HTTPHeaders"]["x-emulator-model"]) for a in answers
        )
        return Counter(told)

    return ask


def test_a_canary_takes_a_part_of_each_variants_requests_and_then_all(seen, deploy, pending, answering, clock):
    deploy()
    assert pending() == {"A": ("Creating", "", (0, 4)), "B": ("Creating", "", (0, 2))}
    clock.move(STARTED)
    assert pending()["A"] == ("ActivatingTraffic", "", (0, 4))
    assert {model for _, model in answering()} == {"Prices"}
    clock.move(TAKEN_OVER - STARTED)
    message = "Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    assert pending() == {"A": ("Baking", message, (1, 4)), "B": ("Baking", message, (1, 2))}
    assert seen.weights() == {"A": (3.0, 3.0), "B": (1.0, 1.0)}
    asked = answering()
    assert asked["A", "Prices"] > asked["A", "Prices2"] > 0
    assert asked["A", "Prices"] > asked["B", "Prices"] > 0
    assert 30 < answering(TargetVariant="B")["B", "Prices2"] < 70
    clock.move(5 * MINUTE + TAKEN_OVER - STARTED)
    message = "Baking for 120 seconds (TerminationWaitInSeconds) with traffic enabled on capacity of 4 instance(s)."
    assert pending()["A"] == ("Baking", message, (4, 4))
    assert (seen.status(), {model for _, model in answering()}) == ("Updating", {"Prices2"})
    clock.move(2 * MINUTE)
    after = seen.describe()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "Next")
    assert after["LastDeploymentConfig"] == CANARY
    assert seen.counts() == {"A": (4, 4), "B": (2, 2)}


def test_linear_steps_may_be_over_for_one_variant_before_another(deploy, pending, answering, clock):
    deploy(guarded(blue_green("LINEAR", LinearStepSize=size(1))))
    clock.move(TAKEN_OVER + 5 * MINUTE + TAKEN_OVER - STARTED)
    assert {name: counts for name, (_, _, counts) in pending().items()} == {"A": (2, 4), "B": (2, 2)}
    assert answering(TargetVariant="B") == {("B", "Prices2"): 100}
    assert 30 < answering(TargetVariant="A")["A", "Prices2"] < 70


def test_nobody_moves_weights_meanwhile(seen, deploy, clock):
    deploy()
    clock.move(6 * MINUTE)
    assert seen.refusal(seen.push, A=1)[1].startswith("Cannot update in-progress endpoint")


def test_an_alarm_in_the_baking_brings_back_what_was(seen, deploy, levers, answering, clock):
    deploy()
    clock.move(TAKEN_OVER + MINUTE)
    levers.happen("alarm", endpoint="Fares", name="too-slow")
    during = seen.describe()
    assert (during["EndpointStatus"], "PendingDeploymentSummary" in during) == ("RollingBack", False)
    assert {model for _, model in answering()} == {"Prices"}
    clock.move(TAKEN_OVER - STARTED)
    after = seen.describe()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "Split")
    assert after["LastDeploymentConfig"] == CANARY
    assert (seen.weights()["A"], seen.counts()["A"]) == ((3.0, 3.0), (2, 2))


@pytest.mark.parametrize(
    ("alarms", "becomes"),
    [
        ([("too-slow", "ALARM", 0)], "Split"),
        ([("too-many-errors", "ALARM", 11)], "Split"),
        ([("too-slow", "ALARM", 0), ("too-slow", "OK", 4)], "Next"),
        ([("too-costly", "ALARM", 0)], "Next"),
        ([("too-slow", "ALARM", 30)], "Next"),
    ],
    ids=["before it bakes", "in the last baking", "and is quiet again before", "that nobody watches", "afterwards"],
)
def test_an_alarm_goes_off(seen, deploy, levers, clock, alarms, becomes):
    for name, state, minutes in alarms:
        levers.happen("alarm", endpoint="Fares", name=name, state=state, at=f"{minutes}m")
    deploy()
    clock.move(60 * MINUTE)
    assert (seen.status(), seen.describe()["EndpointConfigName"]) == ("InService", becomes)


class TestAScenario:
    @pytest.fixture
    def scenario(self, tmp_path):
        file = tmp_path / "scenario.yaml"
        file.write_text("creating: 5m\nhappenings:\n  - {kind: alarm, endpoint: Fares, name: too-slow, at: 11m}\n")
        return read_scenario(file)

    def test_may_have_an_alarm_go_off(self, seen, deploy, clock):
        deploy()
        clock.move(TAKEN_OVER)
        assert seen.status() == "Updating"
        clock.move(MINUTE)
        assert seen.status() == "RollingBack"


@pytest.mark.parametrize(("lingers", "becomes"), [("2m", "Next"), ("20m", "Split")])
def test_a_deployment_that_takes_too_long_is_rolled_back(seen, deploy, levers, clock, lingers, becomes):
    levers.fault("linger", extra=lingers)
    deploy(guarded(blue_green(), MaximumExecutionTimeoutInSeconds=600))
    clock.move(60 * MINUTE)
    assert (seen.status(), seen.describe()["EndpointConfigName"]) == ("InService", becomes)


def test_the_last_deployment_configuration_can_be_used_again(sagemaker, seen, deploy, pending, clock):
    deploy()
    clock.move(60 * MINUTE)
    sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName="Other", RetainDeploymentConfig=True)
    clock.move(TAKEN_OVER)
    assert pending()["A"][2] == (1, 4)


class TestRolling:
    @pytest.fixture
    def endpoint(self, alone):
        return "Fares"

    @pytest.fixture
    def deploy(self, sagemaker):
        def update(how):
            sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName="Next", DeploymentConfig=how)

        return update

    def test_batches_take_the_place_of_old_instances_one_after_the_other(self, seen, deploy, pending, answering, clock):
        deploy(rolling(size(50, "CAPACITY_PERCENT")))
        clock.move(TAKEN_OVER)
        assert (pending()["A"][0], pending()["A"][2], seen.counts()["A"]) == ("Baking", (2, 4), (4, 4))
        assert 30 < answering()["A", "Prices2"] < 70
        clock.move(MINUTE)
        assert (pending()["A"][0], pending()["A"][2], seen.counts()["A"]) == ("Creating", (2, 4), (2, 2))
        clock.move(TAKEN_OVER + MINUTE)
        assert (seen.describe()["EndpointConfigName"], seen.counts()["A"]) == ("Next", (4, 4))

    def test_old_instances_serve_until_the_last_batch_is_there(self, sagemaker, seen, deploy, clock):
        one = {"VariantName": "A", "DesiredInstanceCount": 1}
        sagemaker.update_endpoint_weights_and_capacities(EndpointName="Fares", DesiredWeightsAndCapacities=[one])
        clock.move(MINUTE)
        deploy(rolling(size(2)))
        clock.move(TAKEN_OVER + MINUTE)
        assert seen.counts()["A"] == (1, 1)

    @pytest.mark.parametrize(
        ("members", "minutes"), [({}, 5), ({"RollbackMaximumBatchSize": size(1)}, 20)], ids=["at once", "one by one"]
    )
    def test_an_alarm_brings_old_instances_back(self, seen, deploy, levers, answering, clock, members, minutes):
        deploy(rolling(size(2), **members))
        clock.move(TAKEN_OVER)
        levers.happen("alarm", endpoint="Fares", name="too-slow")
        clock.move(minutes * MINUTE - timedelta(seconds=1))
        assert seen.status() == "RollingBack"
        clock.move(timedelta(seconds=1))
        assert (seen.describe()["EndpointConfigName"], seen.counts()["A"]) == ("Alone", (4, 4))
        assert set(answering()) == {("A", "Prices")}

    @pytest.mark.parametrize(
        ("how", "becomes"),
        [(rolling(size(1)), "Next"), (guarded(blue_green()), "Alone")],
        ids=["one instance more", "as many again"],
    )
    def test_instances_are_needed_that_may_not_be_there(self, seen, deploy, levers, clock, how, becomes):
        levers.fault("quota", instances=5)
        deploy(how)
        clock.move(STARTED)
        assert seen.status() == {"Next": "Updating", "Alone": "RollingBack"}[becomes]
        clock.move(60 * MINUTE)
        assert (seen.status(), seen.describe()["EndpointConfigName"]) == ("InService", becomes)
        assert levers.struck() == [{"Next": 0, "Alone": 1}[becomes]]


def test_a_count_beyond_the_quota_is_rolled_back(sagemaker, seen, levers, clock):
    levers.fault("quota", instances=4)
    for count in (5, 3):
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="Fares", DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredInstanceCount": count}]
        )
        clock.move(10 * MINUTE)
    assert (seen.counts()["A"], levers.struck()) == ((3, 3), [1])


AT = "1 validation error detected: Value at 'deploymentConfig"
REFUSALS = {
    "two policies": (guarded(blue_green()) | rolling(size(1)), f"{AT}' failed to satisfy constraint: Only one"),
    "a canary without a size": (
        guarded(blue_green("CANARY")),
        f"{AT}.blueGreenUpdatePolicy.trafficRoutingConfiguration' failed to satisfy constraint: CANARY has",
    ),
    "a wait of two hours": (
        guarded(blue_green(wait=7200)),
        f"{AT}.blueGreenUpdatePolicy.trafficRoutingConfiguration.waitIntervalInSeconds'",
    ),
    "no time at all": (
        guarded(blue_green(), MaximumExecutionTimeoutInSeconds=60),
        f"{AT}.blueGreenUpdatePolicy.maximumExecutionTimeoutInSeconds'",
    ),
    "eleven alarms": (
        guarded(blue_green(), *(f"alarm-{number}" for number in range(11))),
        f"{AT}.autoRollbackConfiguration.alarms'",
    ),
    "a batch of several variants": (rolling(size(1)), "RollingUpdatePolicy is not supported"),
    "a canary of more than half": (guarded(blue_green("CANARY", CanarySize=size(2))), "The capacity size 2 "),
    "steps of less than a tenth": (
        guarded(blue_green("LINEAR", LinearStepSize=size(5, "CAPACITY_PERCENT"))),
        "The capacity size 5 ",
    ),
}


@pytest.mark.parametrize(("how", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_deployment_configuration_is_refused_and_nothing_happens(seen, deploy, how, words):
    code, message, _ = seen.refusal(deploy, how)
    assert code == "ValidationException"
    assert message.startswith(words)
    assert seen.status() == "InService"


def test_variants_must_keep_their_names(sagemaker, seen, deploy):
    variants = [variant("A"), variant("C")]
    sagemaker.create_endpoint_config(EndpointConfigName="Renamed", ProductionVariants=variants)
    assert seen.refusal(deploy, config="Renamed")[1].endswith("must have the same variant names as the old one: A, B.")
