"""The documents tell the truth: what they list is complete, what they show works, where they point exists."""

import ast
import gzip
import json
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import typer
import yaml
from starlette.applications import Starlette
from support.policy_files import write

from banditctl import api
from banditctl.cli import app
from banditctl.cli.exits import Exit
from banditctl.config import load, schema
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.units import read_share
from banditctl.errors import StoreUnavailable
from banditctl.intake.admission import admit
from banditctl.intake.app import routes
from banditctl.intake.decoding import decoder
from banditctl.intake.faults import RequestError
from banditctl.intake.wire import WireEvent
from banditctl.metrics import Metrics
from banditctl.stores.redis import open_store
from banditctl.targets.sagemaker.endpoint import state

ROOT = Path(__file__).parent.parent
# README.md is anybody's first page: what it shows must work as well.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [
        *sorted((ROOT / "docs").glob("*.md")),
        ROOT / "deploy/README.md",
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
    ]
}
EVENTS = PAGES["docs/events.md"]
OPERATIONS = PAGES["docs/operations.md"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
FLIGHTS = load(ROOT / "policies/flights.yaml").experiment


def blocks(*languages):
    """Every fenced block in one of these languages, with the page it is on."""
    return [
        (page, block)
        for page, text in PAGES.items()
        for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        if language in languages
    ]


def rows(text, heading):
    """The cells of the first table after a heading, without their backticks."""
    _, _, after = text.partition(f"\n{heading}\n")
    assert after, f"no heading {heading}"
    (table, *_) = re.findall(r"(?:^\|.*\|$\n?)+", after, re.MULTILINE)
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def commands():
    """Every command line that a page tells to type."""
    lines = (line for _, block in blocks("sh", "bash", "console") for line in block.splitlines())
    typed = (part.strip().removeprefix("$ ") for line in lines for part in line.split("&&"))
    return sorted({line for line in typed if line and not line.startswith("#")})


def parsed(words):
    """Fails on a verb or an option that banditctl does not have."""
    group = typer.main.get_command(app)
    context = group.make_context("banditctl", words)
    verb, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    return command.make_context(verb, rest, parent=context)


def served():
    """The paths of the daemon, and of intake."""
    store = open_store("memory://")
    found = [*routes({}, store, lambda: NOW, lambda *_: None), *api.routes({}, store, lambda: NOW, Metrics())]
    return [re.sub(r"\{\w+\}", "{name}", route.path) for route in found]


# Links and names


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\((?!\w+://|mailto:)([^)\s]+)\)", PAGES[page]):
        file, _, anchor = target.partition("#")
        place = (ROOT / page).parent / file if file else ROOT / page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text()), target


@pytest.mark.parametrize("page", [page for page in PAGES if page != "README.md"])
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|\w+\.(?:py|yaml|toml))`", PAGES[page])
    theirs = ("/", "application/", "endpoint/", "a/", "banditctl.yaml")
    ours = [name for name in named if not name.startswith(theirs)]
    beside = [(ROOT / page).parent, ROOT, ROOT / "banditctl", ROOT / "deploy"]
    assert [name for name in ours if not any((folder / name).exists() for folder in beside)] == []


def test_every_room_is_on_the_map():
    (rooms,) = [block for _, block in blocks("text") if block.startswith("banditctl/\n")]
    mapped = set(re.findall(r"^  ([\w.]+)/? ", rooms, re.MULTILINE))
    found = {path.name for path in (ROOT / "banditctl").iterdir()} - {"__pycache__", "py.typed"}
    assert {name for name in found if not name.startswith("__")} == mapped


def test_every_part_of_the_core_is_on_the_map():
    mapped = set(re.findall(r"^core/([\w.]+)", PAGES["docs/architecture.md"], re.MULTILINE))
    found = {path.name for path in (ROOT / "banditctl/core").iterdir() if not path.name.startswith("__")}
    assert found == mapped


# Commands


def test_there_are_commands_to_look_at():
    assert len(commands()) > 5


@pytest.mark.parametrize("line", [line for line in commands() if Path(line.split()[0]).name == "banditctl"])
def test_a_banditctl_command_line_is_one_that_it_takes(line):
    _, *words = shlex.split(line.split(" > ")[0], comments=True)
    parsed(words)


def test_make_is_asked_for_targets_that_it_has():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {word for line in commands() if line.startswith("make ") for word in shlex.split(line, comments=True)[1:]}
    asked |= {name for text in PAGES.values() for name in re.findall(r"`make (\w+)", text)}
    assert {word for word in asked if "=" not in word} <= targets


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("curl ")])
def test_curl_asks_for_a_path_that_is_served(line):
    (path,) = re.findall(r"http://(?:127\.0\.0\.1|localhost):\d+(/[^\s'?\"]*)", line)
    assert re.sub(r"(?<=/experiments/)\w+", "{name}", path) in served()


def test_verbs_that_are_named_exist_and_all_are_listed():
    verbs = set(typer.main.get_command(app).commands)
    assert {verb for verb, _ in rows(OPERATIONS, "## Verbs")} == verbs
    named = {verb for text in PAGES.values() for verb in re.findall(r"`banditctl (\w+)", text)}
    assert named <= verbs


def test_the_timing_example_runs():
    (line,) = [line for line in commands() if "timeit" in line]
    words = shlex.split(line)
    done = subprocess.run([sys.executable, *words[1:3], "-n1", "-r1", *words[3:]], timeout=60, check=False)
    assert done.returncode == 0


# Policy files


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
        return None if default == "null" else default


def test_every_option_is_listed_with_its_default():
    document = schema()
    known = options(document, document["$defs"])
    listed = {name: default for name, default, *_ in rows(PAGES["docs/policy-files.md"], "## Every option")}
    assert sorted(listed) == sorted(known)
    said = {"required", "the file's name", "the first variant"}
    kinds = {"rollout.kind"}
    compared = {name: default for name, default in listed.items() if default not in said and name not in kinds}
    assert {name: written(default) for name, default in compared.items()} == {name: known[name] for name in compared}


# Events


@pytest.mark.parametrize("block", [block for _, block in blocks("json")])
def test_json_on_a_page_is_json(block):
    json.loads(block)


ORDERS = replace(
    FLIGHTS,
    name="orders",
    variants=("a", "b"),
    control="a",
    reward=Gaussian(),
    evidence=EvidenceOptions(trials="rewards"),
)


def told(body, *experiments):
    """The events kept of a body, and the faults of the others."""
    known = {experiment.name: experiment for experiment in experiments}
    return admit(decoder("application/json")(body, 10), known, NOW + timedelta(minutes=1))


def shown_events():
    """Every event on a page: in a JSON block of its own, or sent by curl."""
    shown = [block for _, block in blocks("json") if '"id"' in block and '"accepted"' not in block]
    shown += [
        body
        for line in commands()
        if line.startswith("curl") and "/v1/events" in line
        for body in re.findall(r"(?:-d|--data(?:-\w+)?)[ =]'([^']*)'", line)
    ]
    return shown


def test_there_are_events_to_look_at():
    assert len(shown_events()) >= 4


@pytest.mark.parametrize("event", shown_events())
def test_an_event_on_a_page_is_accepted(event):
    admission = told(event.encode(), FLIGHTS, ORDERS)
    assert admission.faults == {}
    assert admission.admitted


REFUSALS = rows(EVENTS, "## Why an event is refused")


@pytest.mark.parametrize(("sent", "pointer", "detail"), REFUSALS, ids=[f"{p} {d[:30]}" for _, p, d in REFUSALS])
def test_a_refused_event_is_refused_in_these_words(sent, pointer, detail):
    (fault,) = told(sent.encode(), FLIGHTS).faults.values()
    assert (fault.pointer, fault.detail) == (pointer, detail)


def test_every_sentence_of_a_refusal_is_on_the_page():
    """What admission and wire can say, without the parts that depend on what was sent."""
    sentences = [
        node.value
        for name in ("admission", "wire")
        for node in ast.walk(ast.parse((ROOT / f"banditctl/intake/{name}.py").read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"[a-z]+( [a-z'`]+)+", node.value)
    ]
    assert len(sentences) > 15
    assert [sentence for sentence in sentences if sentence.strip(" ;,") not in EVENTS] == []


def test_every_field_of_an_event_is_listed():
    assert sorted(name for name, _ in rows(EVENTS, "## The events")) == sorted(WireEvent.__struct_fields__)


class Down:
    """A store whose server does not answer."""

    async def append(self, *_, **__):
        raise StoreUnavailable("no answer")


GOOD = b'{"id": "a", "experiment": "flights", "inference_id": "r", "value": 1}'
REQUESTS = [
    {"method": "GET"},
    {"headers": {"content-type": "text/plain"}, "content": GOOD},
    {"headers": {"content-encoding": "br"}, "content": GOOD},
    {"content": b" " * (4 * 1024 * 1024 + 1)},
    {"content": b"[" + b",".join([GOOD] * 10_001) + b"]"},
    {"content": b" "},
    {"headers": {"content-encoding": "gzip"}, "content": gzip.compress(GOOD)[:-9]},
    {"content": b'{"id":'},
    {"content": b"[7]"},
    {"content": GOOD},
]
ANSWERS = rows(EVENTS, "## Why a request is refused")


@pytest.mark.parametrize(
    ("sent", "answer"), list(zip(REQUESTS, ANSWERS, strict=True)), ids=[f"{a[0]} {a[1][:30]}" for a in ANSWERS]
)
async def test_a_refused_request_is_refused_in_these_words(sent, answer):
    web = Starlette(routes=routes({"flights": FLIGHTS}, Down(), lambda: NOW, lambda *_: None))
    headers = {"content-type": "application/json"} | sent.get("headers", {})
    transport = httpx2.ASGITransport(app=web)
    async with httpx2.AsyncClient(transport=transport, base_url="http://banditctl") as client:
        answered = await client.request(
            sent.get("method", "POST"), "/v1/events", content=sent.get("content"), headers=headers
        )
    status, detail, _ = answer
    assert (answered.status_code, answered.json()["detail"]) == (int(status), detail)
    assert answered.headers["content-type"] == "application/problem+json"


def test_bodies_of_another_type_are_never_decoded():
    with pytest.raises(RequestError):
        decoder("text/plain")


# Operations


def test_every_metric_is_listed_with_its_labels():
    known = {
        metric.name + "_total" * (metric.type == "counter") + "_info" * (metric.type == "info"): metric
        for metric in Metrics().registry.collect()
    }
    listed = {name: labels for name, labels, _ in rows(OPERATIONS, "## Metrics")}
    assert sorted(listed) == sorted(known)
    metrics = (ROOT / "banditctl/metrics.py").read_text()
    for name, labels in listed.items():
        if name != "banditctl_build_info":
            short = name.removeprefix("banditctl_").removesuffix("_total")
            (call,) = re.findall(rf'\("{short}", (.*)\)', metrics)
            assert ast.literal_eval(f"[{call}]")[1:] == labels.split(", "), name


def test_metrics_that_are_named_anywhere_exist():
    named = {name for text in PAGES.values() for name in re.findall(r"\bbanditctl_[a-z_]+", text)}
    assert named <= {name for name, *_ in rows(OPERATIONS, "## Metrics")}


def test_settings_are_those_of_the_command_line():
    group = typer.main.get_command(app)
    known = {
        variable: str(option.default)
        for command in group.commands.values()
        for option in command.params
        for variable in ([option.envvar] if isinstance(option.envvar, str) else option.envvar or [])
    }
    listed = {variable: default for _, variable, default, _ in rows(OPERATIONS, "## Settings")}
    assert {name: "False" if default == "no" else default for name, default in listed.items()} == known


def test_flags_in_the_settings_table_exist():
    group = typer.main.get_command(app)
    for flag, *_ in rows(OPERATIONS, "## Settings"):
        verb, option = flag.split()
        names = {name for one in group.commands[verb].params for name in (*one.opts, one.name.upper())}
        assert option in names


def test_exit_codes_are_those_of_the_code():
    assert sorted(int(code) for code, _ in rows(OPERATIONS, "## Exit codes")) == sorted(Exit)


def test_paths_are_those_that_are_served():
    listed = {path for heading in ("## Health", "## What it believes and did") for path, _ in rows(OPERATIONS, heading)}
    assert listed | {"/v1/events"} == set(served())


def test_statuses_mean_what_the_page_says():
    for statuses, means, _ in rows(PAGES["docs/sagemaker.md"], "## What each status means for a turn"):
        for status in re.findall(r"[A-Z][A-Za-z]+", statuses):
            assert state(status) == means.split()[0]


# Dependencies


def test_every_dependency_has_its_reason_and_nothing_else_has():
    groups = {
        "## To run": PROJECT["dependencies"],
        "## To test": PROJECT["optional-dependencies"]["test"],
        "## To develop": PROJECT["optional-dependencies"]["dev"],
    }
    for heading, wanted in groups.items():
        listed = [name for name, *_ in rows(PAGES["docs/dependencies.md"], heading)]
        assert listed == sorted(re.match(r"[\w-]+", one)[0] for one in wanted), heading


def test_the_changelog_leads_to_the_version_of_the_package():
    assert f"To be {PROJECT['version']}" in PAGES["CHANGELOG.md"] or f"[{PROJECT['version']}]" in PAGES["CHANGELOG.md"]


# Words


def test_the_glossary_defines_each_word_once():
    words = re.findall(r"^- \*\*(.+?)\*\*: \S", PAGES["docs/glossary.md"], re.MULTILINE)
    assert len(words) > 40
    assert len(words) == len(set(words)) == PAGES["docs/glossary.md"].count("\n- ")
