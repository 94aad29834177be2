"""The permissions in deploy/ are those of the calls that are made, no more and no fewer."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from banditctl.core.allocation import Allocation
from banditctl.core.limits import Limits
from banditctl.targets import sagemaker as room
from banditctl.targets.sagemaker import SageMaker

DEPLOY = Path(__file__).parent.parent / "deploy"
STATEMENTS = json.loads((DEPLOY / "iam-policy.json").read_text())["Statement"]
TERRAFORM = {path.name: path.read_text() for path in sorted((DEPLOY / "terraform").glob("*.tf"))}
# A probe is agreed to by whoever has the permissions for it.
PROBE = {"probe.py", "subject.py"}
SERVICES = ("sagemaker", "cloudwatch", "application-autoscaling")


def actions(statement):
    named = statement["Action"]
    return [named] if isinstance(named, str) else named


ALLOWED = sorted(action for statement in STATEMENTS for action in actions(statement))


def operations():
    """Every operation of the services, by the name of its method in boto3."""
    clients = {service: boto3.client(service, region_name="us-east-1") for service in SERVICES}
    return {
        method: f"{service}:{operation}"
        for service, client in clients.items()
        for method, operation in client.meta.method_to_api_mapping.items()
    }


def test_what_the_code_calls_is_allowed_and_nothing_else():
    sources = [path.read_text() for path in Path(room.__file__).parent.glob("*.py") if path.name not in PROBE]
    written = {name for text in sources for name in re.findall(r"\.(\w+)\b", text)}
    assert sorted(action for method, action in operations().items() if method in written) == ALLOWED


async def test_what_a_look_a_turn_a_push_and_the_doctor_send_is_allowed(aws, endpoint):
    aws.called.clear()
    target = SageMaker(endpoint=endpoint)
    assert [one async for one in target.checkup(["A", "B"], counted=True, scaled=True)]
    connected = target.connect(100)
    limits = Limits(capacity="scale", capacity_rps=1, instances=3)
    measured = await connected.measure(await connected.read(), limits, datetime.now(UTC))
    assert measured.unmeasured == "CloudWatch tells of no request in the last 15 minutes"
    await connected.push(Allocation({"A": 0.5, "B": 0.5}))
    sent = {called.rpartition(".")[2] for called in aws.called}
    assert sent == {action.rpartition(":")[2] for action in ALLOWED}


def test_endpoints_are_named_in_lower_case():
    for statement in STATEMENTS:
        assert statement["Effect"] == "Allow"
        assert re.fullmatch(
            r"\*|arn:aws:sagemaker:[a-z0-9-]+:\d{12}:(endpoint/[a-z0-9-]+|endpoint-config/\*)", statement["Resource"]
        )
    assert "${lower(name)}" in TERRAFORM["main.tf"]


def test_only_what_cannot_be_narrowed_down_is_allowed_on_everything():
    everywhere = [action for one in STATEMENTS if one["Resource"] == "*" for action in actions(one)]
    assert not any(action.startswith("sagemaker:") for action in everywhere)


def test_terraform_allows_the_same():
    written = re.findall(r'"([a-z-]+:[A-Z]\w+)"', TERRAFORM["main.tf"])
    assert sorted(written) == ALLOWED


def test_the_variables_of_the_module_are_those_that_the_page_shows():
    declared = re.findall(r'^variable "(\w+)"', TERRAFORM["variables.tf"], re.MULTILINE)
    (shown,) = re.findall(
        r'^module "banditctl" \{\n(.*?)^\}', (DEPLOY / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert set(re.findall(r"^  (\w+) +=", shown, re.MULTILINE)) - {"source"} <= set(declared)
    used = set(re.findall(r"\bvar\.(\w+)", TERRAFORM["main.tf"]))
    assert used == set(declared)


def test_terraform_has_no_complaint_about_the_form():
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not installed; with it, the form of deploy/terraform is checked")
    checking = [terraform, f"-chdir={DEPLOY / 'terraform'}", "fmt", "-check", "-no-color"]
    done = subprocess.run(checking, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "")
