"""`banditctl doctor`, as a user runs it."""

import json
import os

import pytest
from support.emulated import CREATING, SHADOW, make
from support.policy_files import LEAST, write
from support.redis_servers import free_port
from support.verbs import banditctl

from banditctl.demo.children import isolated

FARES = LEAST.replace("flights-prod", "Fares").replace("[a, b]", "[A, B]")


@pytest.fixture
def doctor(folder, aws, valkey):
    write(folder, FARES)
    # Printed to whoever pipes it, a line must not be broken at eighty columns.
    shell = {**isolated(), "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"], "COLUMNS": "60"}

    def run(*arguments, **variables):
        own = {**shell, "BANDITCTL_STORE": valkey.url, **variables}
        return banditctl("doctor", "--port", str(free_port()), *arguments, cwd=folder.parent, env=own)

    return run


def test_where_all_is_well_each_thing_is_a_line_and_the_exit_code_is_0(doctor, endpoint):
    done = doctor()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if line.split()[0] not in ("ok", "warning", "skipped")] == []
    assert "ok      policies/flights.yaml: policy file: thompson on sagemaker Fares\n" in done.stdout
    assert "ok      Fares: sagemaker:UpdateEndpointWeightsAndCapacities: allowed" in done.stdout


def test_what_failed_is_a_line_with_its_remedy_and_the_exit_code_is_1(doctor):
    done = doctor()
    assert (done.returncode, done.stderr) == (1, "")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert line == (
        "failed  Fares: endpoint: is missing: there is no Fares in us-east-1; "
        "deploy it, or correct target.endpoint or target.region"
    )


def test_an_endpoint_of_another_kind_is_told_what_to_change(doctor, sagemaker, clock):
    make(sagemaker, SHADOW)
    clock.move(CREATING)
    done = doctor()
    assert (done.returncode, done.stderr) == (1, "")
    told = "failed  Fares: kind: has shadow variants (S), beside which one variant alone may serve; remove them"
    assert told in done.stdout.splitlines()


def test_a_policy_file_to_correct_has_the_exit_code_of_check(doctor, folder):
    write(folder, f"{FARES}mod: act\n")
    done = doctor("policies")
    assert done.returncode == 2
    assert "failed  policies/flights.yaml:5:1: policy file: mod: unknown option" in done.stdout


def test_json_is_one_document(doctor, endpoint):
    done = doctor("-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    checks = json.loads(done.stdout)["checks"]
    assert checks[0] == {
        "about": "policies/flights.yaml",
        "check": "policy file",
        "outcome": "ok",
        "detail": "thompson on sagemaker Fares",
        "remedy": "",
    }
    assert {one["outcome"] for one in checks} <= {"ok", "warning", "skipped"}
