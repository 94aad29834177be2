"""The pages of the documentation, and what of the code they are compared with."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import typer

from banditctl.access import Access
from banditctl.api.orders import Orders
from banditctl.cli import app
from banditctl.config import load
from banditctl.intake.app import PATH
from banditctl.metrics import Metrics
from banditctl.stores.redis import open_store
from banditctl.web import Web

ROOT = Path(__file__).parent.parent.parent
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


def commands(except_on=()):
    """Every command line that a page tells to type, `except_on` those pages."""
    found = [block for page, block in blocks("sh", "bash", "console") if page not in except_on]
    lines = (line for block in found for line in block.splitlines())
    typed = (part.strip().removeprefix("$ ") for line in lines for part in line.split("&&"))
    return sorted({line for line in typed if line and not line.startswith("#")})


def parsed(words):
    """Fails on a verb or an option that banditctl does not have."""
    group = typer.main.get_command(app)
    context = group.make_context("banditctl", words)
    while hasattr(group, "commands"):
        verb, group, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        context = group.make_context(verb, rest, parent=context)
    return context


def served():
    """The paths of the API, intake's among them; pages are in front of it, and none of them."""
    store, metrics = open_store("memory://"), Metrics()
    orders = Orders({}, store, lambda: NOW, lambda _: None)
    web = Web({}, store, metrics, Access(store.credentials, always=False), orders, lambda: NOW, list)
    routes = web.routes(intake=True, control=True)
    return [re.sub(r"\{\w+\}", "{name}", path) for path in [PATH, *(route.path for route in routes)]]
