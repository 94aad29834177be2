"""In which steps a deployment configuration brings new instances in."""

import msgspec
import pytest

from banditctl.emulator.deployment_configs import DeploymentConfig


def blue_green(kind, **sizes):
    traffic = {"Type": kind, "WaitIntervalInSeconds": 60} | sizes
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": traffic, "TerminationWaitInSeconds": 30}}


def rolling(size):
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 60}}


def count(value):
    return {"Type": "INSTANCE_COUNT", "Value": value}


def percent(value):
    return {"Type": "CAPACITY_PERCENT", "Value": value}


@pytest.mark.parametrize(
    ("written", "counts", "steps"),
    [
        ({}, (4, 2), [((4, 2), 0)]),
        (blue_green("ALL_AT_ONCE"), (4, 2), [((4, 2), 30)]),
        (blue_green("CANARY", CanarySize=count(1)), (4, 2), [((1, 1), 60), ((4, 2), 30)]),
        (blue_green("CANARY", CanarySize=percent(30)), (10, 2), [((3, 1), 60), ((10, 2), 30)]),
        (blue_green("LINEAR", LinearStepSize=count(1)), (3,), [((1,), 60), ((2,), 60), ((3,), 30)]),
        (blue_green("LINEAR", LinearStepSize=count(1)), (3, 2), [((1, 1), 60), ((2, 2), 60), ((3, 2), 30)]),
        (blue_green("LINEAR", LinearStepSize=percent(50)), (5, 4), [((3, 2), 60), ((5, 4), 30)]),
        (rolling(count(2)), (5,), [((2,), 60), ((4,), 60), ((5,), 60)]),
        (rolling(percent(50)), (4,), [((2,), 60), ((4,), 60)]),
        (blue_green("ALL_AT_ONCE"), (0,), [((0,), 30)]),
    ],
)
def test_new_instances_come_in_steps(written, counts, steps):
    config = msgspec.convert(written, DeploymentConfig)
    assert [(step.counts, step.wait) for step in config.steps(counts)] == steps


@pytest.mark.parametrize("written", [{}, blue_green("CANARY", CanarySize=count(1)), rolling(percent(5))])
def test_a_configuration_is_told_as_it_was_sent(written):
    assert msgspec.to_builtins(msgspec.convert(written, DeploymentConfig)) == written
