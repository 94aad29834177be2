"""Scenarios: worlds that differ, what is there from the start, and files of them."""

from datetime import timedelta

import pytest

from banditctl.emulator import Scenario, read_scenario
from banditctl.emulator.forms import FAULTS
from banditctl.errors import PolicyFileError

MINUTE = timedelta(minutes=1)
STORY = """\
creating: 5m
scaling: 4m
deleting: 30s
seed: 7
configs:
  Split:
    A: {weight: 3, instances: 2, model: Prices}
    B: {}
  Next:
    A: {model: Prices2}
    B: {model: Prices2}
endpoints: {Fares: Split}
faults:
  - {kind: throttle, operation: DescribeEndpoint, rate: 10, burst: 20}
happenings:
  - {kind: reweigh, endpoint: Fares, at: 10m, weights: {A: 1}}
  - {kind: deploy, endpoint: Fares, at: 20m, config: Next}
"""


@pytest.fixture
def told(tmp_path):
    """The scenario of a text, or every line of what is wrong with it."""

    def read(text):
        file = tmp_path / "scenario.yaml"
        file.write_text(text)
        try:
            return read_scenario(file)
        except PolicyFileError as error:
            return str(error).replace(f"{file}:", "").splitlines()

    return read


class TestFromAFile:
    @pytest.fixture
    def scenario(self, told):
        return told(STORY)

    @pytest.fixture
    def endpoint(self, sagemaker):
        return "Fares"

    def test_what_it_plans_is_there_and_comes_to_pass(self, sagemaker, seen, clock):
        assert (seen.status(), seen.weights()) == ("InService", {"A": (3.0, 3.0), "B": (1.0, 1.0)})
        assert seen.counts() == {"A": (2, 2), "B": (1, 1)}
        clock.move(11 * MINUTE)
        assert seen.weights()["A"] == (1.0, 1.0)
        clock.move(14 * MINUTE)
        after = seen.describe()
        assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "Next")
        config = sagemaker.describe_endpoint_config(EndpointConfigName="Next")
        assert {v["ModelName"] for v in config["ProductionVariants"]} == {"Prices2"}
        assert sagemaker.describe_model(ModelName="Prices2")["ModelName"] == "Prices2"

    def test_instances_take_their_own_time(self, sagemaker, seen, clock):
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="Fares", DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredInstanceCount": 5}]
        )
        clock.move(3 * MINUTE)
        assert (seen.status(), seen.counts()["A"]) == ("Updating", (2, 5))
        clock.move(MINUTE)
        assert (seen.status(), seen.counts()["A"]) == ("InService", (5, 5))

    def test_a_deletion_takes_its_time(self, sagemaker, seen, clock):
        sagemaker.delete_endpoint(EndpointName="Fares")
        assert seen.status() == "Deleting"
        clock.move(MINUTE / 2)
        assert sagemaker.list_endpoints()["Endpoints"] == []


class TestWorlds:
    class TestWhereWeightsFlipHalfWay:
        @pytest.fixture
        def scenario(self):
            return Scenario(creating=5 * MINUTE, flip=0.5)

        def test_new_weights_serve_while_the_endpoint_is_updating(self, seen, runtime, clock):
            seen.push(A=0, B=1)
            clock.move(MINUTE / 2)
            assert (seen.status(), seen.weights()) == ("Updating", {"A": (0.0, 0.0), "B": (1.0, 1.0)})
            answer = runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")
            assert answer["InvokedProductionVariant"] == "B"
            clock.move(MINUTE / 2)
            assert seen.status() == "InService"

        def test_a_rollback_takes_back_what_has_flipped(self, seen, levers, clock):
            levers.fault("roll_back")
            seen.push(A=9)
            clock.move(MINUTE)
            assert (seen.status(), seen.weights()["A"]) == ("RollingBack", (9.0, 3.0))
            clock.move(MINUTE)
            assert (seen.status(), seen.weights()["A"]) == ("InService", (3.0, 3.0))

    class TestWhereAnythingGoes:
        @pytest.fixture
        def scenario(self):
            return Scenario(creating=5 * MINUTE, float32=False, all_zero="accept")

        def test_weights_may_be_told_in_full(self, seen, clock):
            seen.push(A=0.1)
            assert seen.weights()["A"] == (3.0, 0.1)

        def test_weights_may_all_be_zero_and_then_nobody_answers(self, seen, runtime, clock):
            seen.push(A=0, B=0)
            clock.move(MINUTE)
            with pytest.raises(runtime.exceptions.ClientError) as refused:
                runtime.invoke_endpoint(EndpointName="Fares", Body=b"x")
            assert refused.value.response["Error"]["Code"] == "InternalFailure"

    class TestWhereNothingTakesAsLongAsItIsSaid:
        @pytest.fixture
        def scenario(self):
            return Scenario(creating=timedelta(), jitter=0.2)

        def test_updates_are_up_to_a_share_shorter_or_longer(self, seen, clock):
            took = []
            for weight in range(10):
                began = clock.now
                seen.push(A=weight + 1)
                clock.move(2 * MINUTE)
                took.append(seen.describe()["LastModifiedTime"] - began)
            assert 48 <= min(took).total_seconds() < max(took).total_seconds() <= 72


@pytest.mark.parametrize("text", ["", "{}", "# nothing\n"])
def test_a_scenario_may_say_nothing(told, text):
    assert told(text) == Scenario()


MISTAKES = """\
updating: 5
jitter: 110%
clock: stopped
configs:
  a_b: {a: {}}
  split: {a: {weight: -1}, b: {instances: 0}}
faults:
  - kind: throttel
  - {kind: throttle, rate: 0}
  - operation: DescribeEndpoint
happenings:
  - {kind: reweigh, endpoint: Fares, weigths: {a: 1}}
  - {kind: become, endpoint: Fares, status: Broken}
seed: 1
seed: 2
"""


def test_everything_that_is_wrong_with_a_file_is_told_at_once_with_its_place(told):
    faults = ", ".join(FAULTS)
    assert told(MISTAKES) == [
        "1:11: updating: a duration is a number and a unit: 500ms, 90s, 5m, 6h, 2d or 1w, not 5",
        '2:9: jitter: must be at most 1, not "110%"',
        '3:8: clock: must be real or stepped, not "stopped"',
        '5:3: configs.a_b: a name is 1 to 63 letters, digits and dashes, not "a_b"',
        "6:23: configs.split.a.weight: must be at least 0, not -1",
        "6:43: configs.split.b.instances: must be at least 1, not 0",
        f"8:11: faults.0.kind: unknown kind throttel; did you mean throttle? known are {faults}",
        "9:28: faults.1.rate: must be more than 0, not 0",
        f"10:5: faults.2.kind: required; known are {faults}",
        "12:5: happenings.0.weights: required",
        "12:38: happenings.0.weigths: unknown option; did you mean weights?",
        '13:45: happenings.1.status: must be InService, Failed, UpdateRollbackFailed or OutOfService, not "Broken"',
        "15:1: seed: repeated; line 14 has it already",
    ]


CONTRADICTIONS = """\
configs:
  split: {a: {weight: 0}}
  Split: {a: {}}
endpoints: {fares: next}
faults:
  - {kind: deny, operation: Describe}
"""


def test_what_cannot_go_together_is_told(told):
    assert [line.split("; known are CreateModel")[0] for line in told(CONTRADICTIONS)] == [
        "2:10: configs.split: at least one variant needs a weight above 0",
        "3:3: configs.Split: names are unique whatever their case, and there is split",
        "4:20: endpoints.fares: unknown configuration next; known are split, Split",
        "6:29: faults.0.operation: unknown operation Describe",
    ]


def test_a_scenario_is_a_mapping(told):
    assert told("- creating: 5m\n") == ['1:1: must be a mapping of options, not [{"creating": "5m"}]']
