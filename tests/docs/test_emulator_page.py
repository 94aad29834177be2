"""The page on the emulator lists what it has, and shows a scenario that it reads."""

import json
import re
from dataclasses import MISSING, fields
from datetime import timedelta

import pytest
from support.pages import PAGES, blocks, commands, rows

from banditctl.core.units import write_duration
from banditctl.emulator import Scenario, read_scenario
from banditctl.emulator.control_plane import SERVICES
from banditctl.emulator.faults import Fault
from banditctl.emulator.forms import FAULT, FAULTS, HAPPENINGS, Refused
from banditctl.emulator.happenings import Happening
from banditctl.emulator.local_api import LocalApi
from banditctl.emulator.measures import MEASURES

PAGE = PAGES["docs/emulator.md"]


def default(option):
    if option.default_factory is not MISSING:
        return "none"
    if option.default is MISSING:
        return "required"
    if isinstance(option.default, timedelta):
        return write_duration(option.default) if option.default else "0s"
    if isinstance(option.default, bool):
        return json.dumps(option.default)
    if isinstance(option.default, float):
        return f"{option.default:g}"
    return {None: "none", (): "none", "": "empty"}.get(option.default, str(option.default))


def options(kind, base):
    """What a kind has beyond what all of them have, as the page writes it; long defaults are only its own."""
    shared = {option.name for option in fields(base)} | {"kind"}
    own = [option for option in fields(kind) if option.init and option.name not in shared]
    said = [(option.name, default(option)) for option in own]
    return ", ".join(f"`{name}` {'of its own' if len(text) > 20 else text}" for name, text in said).strip("`") or "none"


def listed(heading):
    return {kind: said for kind, said, _ in rows(PAGE, heading)}


def test_every_option_of_a_scenario_is_listed_with_its_default():
    listed = [(name, told) for name, told, _ in rows(PAGE, "## A scenario")]
    assert listed == [(option.name, default(option)) for option in fields(Scenario)]


def test_every_fault_is_listed_with_its_options():
    assert listed("## Faults") == {name: options(kind, Fault) for name, kind in FAULTS.items()}


def test_what_all_faults_have_is_listed():
    _, _, after = PAGE.partition("may also say which calls it strikes:\n")
    shared = [(name, told) for name, told, _ in rows(f"\n## Shared\n{after}", "## Shared")]
    assert shared == [(option.name, default(option)) for option in fields(Fault)]


def test_everything_that_others_do_is_listed_with_its_options():
    assert listed("## What others do") == {name: options(kind, Happening) for name, kind in HAPPENINGS.items()}


def test_every_metric_is_listed_with_its_unit():
    listed = [(metric, unit) for metric, unit, _ in rows(PAGE, "## CloudWatch")]
    assert listed == [(name, measure.unit) for name, measure in MEASURES.items()]


def test_every_operation_of_autoscaling_is_named():
    _, _, after = PAGE.partition("\nThere are `Register")
    named = re.findall(r"`(\w+)`", f"`Register{after.partition('##')[0]}")
    assert sorted(named) == sorted(operation.__name__ for operation in SERVICES["AnyScaleFrontendService"])


def test_every_request_of_the_local_api_is_listed():
    served = {
        f"{method} {re.sub(r':int', '', route.path)}"
        for route in LocalApi(None, None).routes()
        for method in route.methods - {"HEAD"}
    }
    assert {request for request, _ in rows(PAGE, "## The local API")} == served


def test_the_scenario_of_the_page_is_one(tmp_path):
    (shown,) = [block for page, block in blocks("yaml") if page == "docs/emulator.md"]
    file = tmp_path / "scenario.yaml"
    file.write_text(shown)
    assert len(read_scenario(file).happenings) == 3


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("curl") and "/faults" in line])
def test_a_fault_that_a_page_switches_on_is_one(line):
    (body,) = re.findall(r"-d '([^']*)'", line)
    try:
        FAULT.read(json.loads(body))
    except Refused as refused:
        pytest.fail(str(refused))
