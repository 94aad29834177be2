"""The page on policy files lists every option with its default."""

import json

import pytest
import yaml
from support.pages import PAGES, blocks, rows
from support.policy_files import write

from banditctl.config import load, schema
from banditctl.core.units import read_share


@pytest.mark.parametrize("block", [block for _, block in blocks("yaml") if "target:" in block])
def test_a_whole_policy_file_on_a_page_is_sound(block, tmp_path):
    load(write(tmp_path, block))


@pytest.mark.parametrize("block", [block for _, block in blocks("yaml")])
def test_yaml_on_a_page_is_yaml(block):
    yaml.safe_load(block)


def options(part, known, above=""):
    """Every option of a schema, dotted, with its default; None where it has none."""
    part = known[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    found = {}
    for name, option in part["properties"].items():
        kinds = option.get("oneOf", [option] if "$ref" in option else [])
        for kind in kinds:
            found |= options(kind, known, f"{above}{name}.")
        if not kinds:
            found[above + name] = option.get("default")
    return found


def written(default):
    """A default as the schema has it, from how the page has it."""
    try:
        return read_share(json.loads(default) if not default.endswith("%") else default)
    except ValueError:
        return {"null": None, "true": True, "false": False}.get(default, default)


def test_every_option_is_listed_with_its_default():
    document = schema()
    known = options(document, document["$defs"])
    listed = {name: default for name, default, *_ in rows(PAGES["docs/policy-files.md"], "## Every option")}
    assert sorted(listed) == sorted(known)
    said = {"none", "required", "the file's name", "the first variant"}
    kinds = {"rollout.kind"}
    compared = {name: default for name, default in listed.items() if default not in said and name not in kinds}
    assert {name: written(default) for name, default in compared.items()} == {name: known[name] for name in compared}
