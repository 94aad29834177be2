"""`banditctl explain`: the last decision as a colleague would tell it, then the numbers; and the proof of it."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from banditctl.cli.asking import POLICIES, URL, Key, Policies, Straight, Url, asking, place
from banditctl.cli.exits import Exit
from banditctl.cli.getting import certainty
from banditctl.cli.options import Output
from banditctl.cli.tables import show

COLUMNS = ("variant", "trials", "pending", "mean", "interval", "P(best)", "loss", "live", "asked", "decided")


def explain(
    name: Annotated[str, typer.Argument(help="The experiment.", show_default=False)],
    decision: Annotated[
        str | None, typer.Option(metavar="ID", help="An earlier decision, as `history` names it; left out, the last.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Make it again from what it saw, and compare.")] = False,
    url: Url = URL,
    key: Key = None,
    store: Straight = None,
    policies: Policies = POLICIES,
    output: Output = "table",
) -> None:
    """Say what the last decision did and why, how sure it was, and what would change its mind.

    As JSON it is what that decision saw, in the form that `decide --evidence` reads.
    """
    with asking(url, key, store, policies) as ask:
        proof = ask(place(name, "/verification", decision=decision)) if verify else None
        # The last one may be another by now.
        number = proof["id"] if proof else decision
        told = ask(place(name, "/evidence" if output == "json" else "/explanation", decision=number))
    if output == "json":
        print(json.dumps(told, indent=2))
    else:
        _tell(told)
    if proof:
        for line in _proof(proof):
            # The counts are data; what is said of them is none.
            print(line, file=sys.stderr if output == "json" else sys.stdout)
        raise typer.Exit(Exit.DONE if proof["same"] else Exit.FAILED)


def _tell(told: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console()
    wide = not console.is_terminal
    console.print(" ".join(told["sentences"]), highlight=False, markup=False, soft_wrap=wide)
    rows = [[variant, *_cells(one)] for variant, one in told["variants"].items()]
    show(f"\n{told['experiment']} at {told['at']}, decision {told['id']}", COLUMNS, rows)
    for line in _lines(told):
        console.print(line, highlight=False, markup=False, soft_wrap=wide)


def _cells(one: dict[str, Any]) -> list[str]:
    return [
        f"{one['trials']:,.0f}",
        f"{one['pending']:,.0f}",
        f"{one['mean']:.3g}",
        "{:.3g} to {:.3g}".format(*one["interval"]),
        f"{one['best']:.1%}",
        f"{one['expected_loss']:.2g}",
        "" if one["live"] is None else f"{one['live']:.1%}",
        f"{one['proposed']:.1%}",
        "kept" if one["allocated"] is None else f"{one['allocated']:.1%}",
    ]


def _lines(told: dict[str, Any]) -> Iterator[str]:
    """The numbers that belong to no one variant."""
    remaining, young = told["value_remaining"], told["burn_in"]
    yield f"value remaining: {'undefined' if remaining is None else f'{remaining:.1%}'}"
    if young and young["trials"] < young["needed"]:
        yield "burn-in: {trials:,.0f} of {needed:,} trials".format(**young)
    limits = [f"{one['limit']} {one['bound']:.4g} ({', '.join(one['variants'])})" for one in told["restraints"] or ()]
    if limits:
        yield f"limits at work: {', '.join(limits)}"
    yield from certainty(told)
    if waiting := told["awaited"]:
        yield from _awaited(waiting)
    if due := told["due"]:
        early = "" if due["early"] is None else f", or {due['early']} with {due['trials']:,} trials"
        yield f"next turn: {due['at']}{early}"


def _awaited(waiting: dict[str, Any]) -> Iterator[str]:
    """How many of the requests whose window is open count, by their age."""
    by = f"corrected by {waiting['correction']} delays" if waiting["correction"] else "not corrected yet"
    yield f"awaited: {waiting['counted']:,.0f} of {waiting['exposed']:,.0f} requests in an open window count, {by}"
    for age in waiting["ages"]:
        span = f"{_span(age['youngest'])} to {_span(age['oldest'])}"
        yield f"  {span} ago: {age['counted']:,.0f} of {age['exposed']:,.0f}"


def _span(seconds: float) -> str:
    """As policy files have it, in one unit."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.4g}{unit}"
    return f"{seconds:.4g}s"


def _proof(proof: dict[str, Any]) -> Iterator[str]:
    if proof["same"]:
        yield f"verified: decision {proof['id']} comes out again from what it saw, bit for bit"
    elif not proof["current"]:
        changed = f"the policy file was {proof['digest']} and is {proof['digest_now']}"
        yield f"not verified: {changed}; give the former one with --store and --policies"
    else:
        yield f"not verified: decision {proof['id']} comes out different"
    for one in proof["differences"]:
        yield "  {pointer}: recorded {recorded}, computed {computed}".format(**one)
    for clause in proof["elsewhere"]:
        yield f"  {clause}"
