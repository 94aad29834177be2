"""`banditctl history`: what was decided, newest first."""

import json
from typing import Annotated, Any

import typer

from banditctl.cli.asking import POLICIES, URL, Key, Policies, Straight, Url, asking, place
from banditctl.cli.options import Output
from banditctl.cli.tables import show


def history(
    name: Annotated[str, typer.Argument(help="The experiment.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many decisions.")] = 20,
    before: Annotated[str | None, typer.Option(metavar="ID", help="Only those before this one.")] = None,
    url: Url = URL,
    key: Key = None,
    store: Straight = None,
    policies: Policies = POLICIES,
    output: Output = "table",
) -> None:
    """List what was decided, newest first: when, what, why, and the shares that followed."""
    with asking(url, key, store, policies) as ask:
        found = ask(place(name, "/decisions", limit=limit, before=before))
    if output == "json":
        print(json.dumps(found, indent=2))
        return
    variants = list(dict.fromkeys(variant for one in found["decisions"] for variant in one["belief"]))
    rows = [_row(one, variants) for one in found["decisions"]]
    show(name, ("when", "id", "verdict", *variants, "why"), rows, words={"id", "verdict", "why"})


def _row(one: dict[str, Any], variants: list[str]) -> list[str]:
    """Shares as they were asked for where something was, else as they were live."""
    moved = one["verdict"] != "hold" and one["allocation"]
    shares = (one["allocation"] if moved else one["live"]["shares"]) or {}
    told = [f"{shares[variant]:.1%}" if variant in shares else "" for variant in variants]
    return [one["at"].partition(".")[0].rstrip("Z") + "Z", one["id"], one["verdict"], *told, one["reason"]]
