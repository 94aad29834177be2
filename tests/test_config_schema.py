"""Editors are told what may stand in a policy file, and it is what the loader takes."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.policy_files import LEAST, write

from banditctl import documents, targets
from banditctl.config import load, schema
from banditctl.config.kinds import kinds
from banditctl.core import policies, rewards, rollouts

POLICIES = Path(__file__).parent.parent / "policies"


@pytest.mark.parametrize("package", [policies, rewards, rollouts, targets], ids=lambda package: package.__name__)
def test_a_kind_is_named_as_its_module(package):
    found = kinds(package)
    assert found
    for name, kind in found.items():
        assert {option.name: option.default for option in fields(kind)}["kind"] == name


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_policy_file_here_conforms_to_the_schema(path):
    Draft202012Validator(schema()).validate(documents.read(path).content)
    load(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy": {}},
        {"policy": {"kind": "thomson"}},
        {"limits": {"flor": 0.1}},
        {"schedule": {"every": 5}},
        {"digest": "abc"},
        {"version": 2},
        {"variants": None},
        {"metrics": []},
        {"metrics": {"latency": {}}},
        {"metrics": {"latency": {"kind": "gaussian", "windw": "1m"}}},
        {"metrics": {"p 99": {"kind": "gaussian"}}},
    ],
)
def test_the_schema_refuses_what_is_refused(tmp_path, wrong):
    content = documents.read(write(tmp_path, LEAST)).content
    Draft202012Validator(schema()).validate(content)
    assert not Draft202012Validator(schema()).is_valid(content | wrong)


def test_the_schema_describes_every_set_of_options_and_all_that_stands_at_the_top():
    described = schema()
    for name, options in [*described["$defs"].items(), *described["properties"].items()]:
        assert "description" in options or "$ref" in options, name


def test_the_schema_writes_durations_as_people_do():
    assert schema()["$defs"]["Schedule"]["properties"]["every"]["default"] == "5m"


def test_the_schema_file_is_current():
    assert json.loads((POLICIES / "schema.json").read_text()) == schema(), "banditctl schema > policies/schema.json"
