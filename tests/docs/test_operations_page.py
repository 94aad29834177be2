"""The page on operations lists what the daemon really has."""

import ast
import re

import typer
from support.pages import OPERATIONS, PAGES, ROOT, rows, served

from banditctl.cli import app
from banditctl.cli.exits import Exit
from banditctl.credentials import Scope
from banditctl.metrics import Metrics
from banditctl.targets.sagemaker.reading import state


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
    words = {"no": "False", "none": "None"}
    assert {name: words.get(default, default) for name, default in listed.items()} == known


def test_flags_in_the_settings_table_exist():
    group = typer.main.get_command(app)
    for flag, *_ in rows(OPERATIONS, "## Settings"):
        verb, option = flag.split()
        names = {name for one in group.commands[verb].params for name in (*one.opts, one.name.upper())}
        assert option in names


def test_scopes_are_those_of_the_code():
    assert [scope for scope, _ in rows(OPERATIONS, "## Keys")] == list(Scope)


def test_exit_codes_are_those_of_the_code():
    assert sorted(int(code) for code, _ in rows(OPERATIONS, "## Exit codes")) == sorted(Exit)


def test_paths_are_those_that_are_served():
    listed = {path for heading in ("## Health", "## What it believes and did") for path, _ in rows(OPERATIONS, heading)}
    orders = {path for path, _ in rows(PAGES["docs/steering.md"], "## Over HTTP")}
    assert listed | orders | {"/v1/events"} == set(served())


def test_statuses_mean_what_the_page_says():
    for statuses, means, _ in rows(PAGES["docs/sagemaker.md"], "## What each status means for a turn"):
        for status in re.findall(r"[A-Z][A-Za-z]+", statuses):
            assert state(status) == means.split()[0]
