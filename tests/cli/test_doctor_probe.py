"""`banditctl doctor --probe`: announced, agreed to, told, and put back."""

import json
import os
import signal
from datetime import timedelta

import pytest
from support.policy_files import LEAST, write
from typer.testing import CliRunner

from banditctl.cli import app, probing

MET = [("A", 3.0), ("B", 1.0)]


@pytest.fixture
def waiting(aws, clock, monkeypatch):
    """Lets the emulator's time pass instead of ours; what is put in happens at the next wait, once."""
    happening = []

    def sleep(seconds):
        clock.move(timedelta(seconds=seconds))
        if happening:
            happening.pop()()

    monkeypatch.setattr(probing, "sleep", sleep)
    monkeypatch.setattr(probing, "monotonic", lambda: clock().timestamp())
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield happening
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments, **other):
    return CliRunner().invoke(app, ["doctor", *arguments], **other)


def weights(sagemaker, clock):
    clock.move(timedelta(minutes=5))
    found = sagemaker.describe_endpoint(EndpointName="Fares")["ProductionVariants"]
    return [(one["VariantName"], one["CurrentWeight"]) for one in found]


def test_a_probe_says_first_what_it_will_do_and_how_to_undo_it_by_hand(waiting, endpoint, sagemaker, clock):
    done = run("--probe", endpoint, "--yes")
    assert done.exit_code == 0
    assert "experiments on Fares, whose weights are A 3, B 1" in done.stderr
    assert "--desired-weights-and-capacities VariantName=A,DesiredWeight=3" in done.stderr
    assert "all zero" not in done.stderr + done.stdout
    assert done.stdout.startswith(
        "Does a push of the weights in force still mean Updating? taken; InService again after"
    )
    assert len(done.stdout.splitlines()) == 7
    assert done.stderr.endswith("Fares has its weights back\n")
    assert weights(sagemaker, clock) == MET


def test_whoever_does_not_agree_is_not_probed(waiting, aws, endpoint):
    asked = run("--probe", endpoint, input="n\n")
    unheard = run("--probe", endpoint, input="")
    assert (asked.exit_code, unheard.exit_code) == (1, 1)
    assert aws.called["SageMaker.UpdateEndpointWeightsAndCapacities"] == 0
    assert run("--probe", endpoint, input="y\n").exit_code == 0


def test_a_policy_file_names_its_endpoint_and_json_is_one_document(waiting, folder, endpoint, sagemaker, clock):
    path = write(folder, LEAST.replace("flights-prod", "Fares"))
    done = run("--probe", str(path), "--yes", "--all-zero", "-o", "json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["endpoint"], len(document["answers"])) == (0, "Fares", 8)
    assert document["answers"][-1]["question"] == "What becomes of weights that are all zero?"
    assert weights(sagemaker, clock) == MET


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_probe_that_is_stopped_puts_the_weights_back_first(waiting, endpoint, sagemaker, clock, number):
    waiting.append(lambda: os.kill(os.getpid(), number))
    done = run("--probe", endpoint, "--yes")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith("stopped; Fares has its weights back\n")
    assert weights(sagemaker, clock) == MET


def test_a_stop_of_the_putting_back_says_what_to_type(waiting, endpoint):
    def stop_twice():
        waiting.append(lambda: os.kill(os.getpid(), signal.SIGINT))
        os.kill(os.getpid(), signal.SIGINT)

    waiting.append(stop_twice)
    done = run("--probe", endpoint, "--yes")
    assert done.exit_code == 1
    assert str(done.exception).startswith("interrupted; put the weights back by: aws sagemaker")


@pytest.mark.parametrize("option", ["--yes", "--all-zero"])
def test_options_of_a_probe_need_one(option):
    assert "are for --probe" in str(run(option).exception)


def test_an_endpoint_that_is_not_there_is_said(waiting):
    assert "Could not find endpoint" in str(run("--probe", "Missing", "--yes").exception)
