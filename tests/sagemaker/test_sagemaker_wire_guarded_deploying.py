"""UpdateEndpoint with a deployment configuration."""

import pytest
from sagemaker.doubles import variant


def size(value):
    return {"Type": "INSTANCE_COUNT", "Value": value}


def blue_green(routing, wait=300, **sizes):
    traffic = {"Type": routing, "WaitIntervalInSeconds": wait} | sizes
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": traffic}}


CANARY = blue_green("CANARY", CanarySize=size(1))


@pytest.fixture
def deploy(sagemaker, endpoint):
    """Gives `Fares` a configuration of four instances for each of the variants A and B, or of those that are named."""

    def update(how, names=("A", "B")):
        variants = [variant(name, InitialInstanceCount=4) for name in names]
        sagemaker.create_endpoint_config(EndpointConfigName="Next", ProductionVariants=variants)
        sagemaker.update_endpoint(EndpointName="Fares", EndpointConfigName="Next", DeploymentConfig=how)

    return update


def test_a_canary_ends_with_the_new_configuration(seen, deploy, settle):
    deploy(CANARY)
    during = seen.describe()
    assert (during["EndpointStatus"], during["EndpointConfigName"]) == ("Updating", "Split")
    told = during["PendingDeploymentSummary"]
    assert told["EndpointConfigName"] == "Next"
    assert [v["VariantStatus"][0]["Status"] for v in told["ProductionVariants"]] == ["Creating", "Creating"]
    settle()
    after = seen.describe()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "Next")
    assert after["LastDeploymentConfig"] == CANARY


def test_weights_are_not_changed_while_a_canary_is_under_way(seen, deploy):
    deploy(CANARY)
    code, message, _ = seen.refusal(seen.push, A=1)
    assert code == "ValidationException"
    assert message.startswith("Cannot update in-progress endpoint ")


REFUSALS = {
    "a wait of more than an hour": {"how": blue_green("ALL_AT_ONCE", wait=3601)},
    "a routing of another type": {"how": blue_green("SLOWLY")},
    "eleven alarms": {
        "how": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"alarm-{number}"} for number in range(11)]}}
    },
    "a canary of more than half": {"how": blue_green("CANARY", CanarySize=size(3))},
    "variants of other names": {"how": CANARY, "names": ("A", "C")},
}


@pytest.mark.parametrize("asked", REFUSALS.values(), ids=REFUSALS)
def test_a_deployment_configuration_is_refused(seen, deploy, asked):
    code, _, status = seen.refusal(deploy, **asked)
    assert (code, status) == ("ValidationException", 400)
    assert seen.status() == "InService"
