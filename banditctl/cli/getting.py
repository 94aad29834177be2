"""`banditctl get`: what a running daemon knows of its experiments, as tables or as its own JSON."""

import json
from typing import Annotated, Any

import typer

from banditctl.cli.asking import POLICIES, URL, Ask, Key, Policies, Straight, Url, asking, place
from banditctl.cli.options import Output
from banditctl.cli.tables import show


def get(
    name: Annotated[str | None, typer.Argument(help="An experiment; all of them if left out.")] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show it again and again, until Ctrl-C.")] = False,
    url: Url = URL,
    key: Key = None,
    store: Straight = None,
    policies: Policies = POLICIES,
    output: Output = "table",
) -> None:
    """Show what each variant served and earned, what is pending, and which events were not counted."""
    if watch:
        from banditctl.cli.watching import watched

        watched(asking(url, key, store, policies), name, output)
        return
    with asking(url, key, store, policies) as ask:
        views = looked(ask, name)
    if output == "json":
        print(json.dumps({"experiments": views}, indent=2))
        return
    for view in views:
        _tell(view)


def looked(ask: Ask, name: str | None) -> list[dict[str, Any]]:
    """What is known of one experiment, or of all."""
    names = [name] if name else ask("/v1/experiments")["experiments"]
    return [ask(place(one)) for one in names]


def _tell(view: dict[str, Any]) -> None:
    from rich.console import Console

    show(view["experiment"], COLUMNS, rows(view))
    for line in lines(view):
        Console().print(line, highlight=False, markup=False, soft_wrap=True)


COLUMNS = ("variant", "share", "exposed", "rewarded", "total", "matured", "pending", "mean", "P(best)")


def rows(view: dict[str, Any]) -> list[list[str]]:
    """A row of the table for each variant."""
    return [[variant, *_cells(view, variant)] for variant in view["variants"]]


def _cells(view: dict[str, Any], variant: str) -> list[str]:
    counts, belief = view["counts"][variant], view["belief"][variant]
    share = (view["live"]["shares"] or {}).get(variant)
    rewarded = counts["rewarded"]
    return [
        "" if share is None else f"{share:.1%}",
        f"{counts['exposed']:,.0f}",
        f"{rewarded['count']:,.0f}",
        f"{rewarded['total']:,.6g}",
        f"{belief['trials']:,.0f}",
        f"{view['pending'][variant]:,.0f}",
        f"{belief['mean']:.4g}",
        f"{belief['best']:.1%}",
    ]


def lines(view: dict[str, Any]) -> list[str]:
    """What there is to say besides the table: events that are no trials, those on their way, the last decision."""
    received = ", ".join(f"{count:,} {outcome}" for outcome, count in view["received"].items())
    waiting = "{events:,} waiting for {seconds:.0f} s".format(**view["waiting"])
    tally = ", ".join(f"{count:,} {reason}" for reason, count in view["tally"].items())
    decision = [view["decision"]["reason"]] if view["decision"] else []
    told = [f"events: {received}, {waiting}", f"not counted: {tally}", *metered(view), *certainty(view)]
    left = [f"not carried out yet: {view['outstanding']['detail']}"] if view["outstanding"] else []
    return [*told, *map(_order, view["orders"]), *decision, *left]


def metered(view: dict[str, Any]) -> list[str]:
    """Up to when the endpoint's own count of requests is known, and of how many minutes it never will be."""
    if view["metered"] is None:
        return []
    missing = ", ".join(f"{name} {minutes:,}" for name, minutes in view["metered"]["missing"].items())
    return [f"metered until {view['metered']['until']}; minutes without a datapoint: {missing or 'none'}"]


def _order(one: dict[str, Any]) -> str:
    """An order that holds."""
    parts = [one["verb"], one["variant"], *(f"{name} {share:.1%}" for name, share in (one["shares"] or {}).items())]
    ordered, since = " ".join(filter(None, parts)), one["at"].partition(".")[0].rstrip("Z")
    return f"order: {ordered}, by {one['who']} since {since}Z: {one['why']}"


def certainty(view: dict[str, Any]) -> list[str]:
    """How sure the lead is, rival by rival, what moving has brought, and whether requests go by the shares."""
    lines = [
        "lead: {} earns {:+.4g} ({:+.4g} to {:+.4g}) beside {}, e-value {:.3g}".format(
            view["leader"], rival["effect"], *rival["interval"], name, rival["e_value"]
        )
        for name, rival in view["rivals"].items()
    ]
    if gain := view["gain"]:
        told = "gain: {:+.4g} a trial ({:+.4g} to {:+.4g}) over an equal split, which is believed to earn {:.4g}"
        lines.append(told.format(gain["mean"], *gain["interval"], gain["equal"]))
    if split := view["mismatch"]:
        lines.append("requests: {variant} is {deviation:+.1%} off its share, e-value {e_value:.3g}".format(**split))
    return lines
