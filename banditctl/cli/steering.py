"""`banditctl pause`, `resume`, `pin`, `unpin`, `promote` and `rollback`: orders, and the decision that took them."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from banditctl.cli.asking import POLICIES, URL, Policies, Url, asking, place
from banditctl.cli.exits import Exit
from banditctl.cli.options import Output
from banditctl.errors import UsageError

Experiment = Annotated[str, typer.Argument(help="The experiment.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, in a line: it is recorded with the decision.", show_default=False)]
Key = Annotated[
    str | None, typer.Option(envvar="BANDITCTL_KEY", help="A key with the scope admin, where one is asked.")
]
Straight = Annotated[
    str | None, typer.Option("--store", help="Give it to no daemon but through this store, by --policies.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, on a terminal, whether it is meant.")]


def _plain(verb: str, effect: str) -> Callable[..., None]:
    """The verb of an order that says nothing but why."""

    def give(
        name: Experiment,
        reason: Reason,
        url: Url = URL,
        key: Key = None,
        store: Straight = None,
        policies: Policies = POLICIES,
        output: Output = "table",
    ) -> None:
        _give(name, verb, {"reason": reason}, (url, key, store, policies), output)

    give.__name__, give.__doc__ = verb, effect
    return give


pause = _plain("pause", "Let traffic stay as it is until it is resumed; learning goes on.")
resume = _plain(
    "resume", "End a pause, a promotion or a rollback: traffic moves by the policy again, or as it is pinned."
)
unpin = _plain("unpin", "End a pin: traffic moves by the policy again, or by what was ordered before.")


def pin(
    name: Experiment,
    reason: Reason,
    share: Annotated[
        list[str], typer.Option(metavar="VARIANT=SHARE", help="A variant's share, as 70% or 0.7; for each of them.")
    ],
    url: Url = URL,
    key: Key = None,
    store: Straight = None,
    policies: Policies = POLICIES,
    output: Output = "table",
) -> None:
    """Fix the shares, at once and past every limit, until they are unpinned."""
    shares = dict(map(_share, share))
    if len(shares) < len(share):
        raise UsageError("--share: each variant is named once")
    _give(name, "pin", {"reason": reason, "shares": shares}, (url, key, store, policies), output)


def promote(
    name: Experiment,
    reason: Reason,
    variant: Annotated[str, typer.Option(help="The variant.", show_default=False)],
    yes: Yes = False,
    url: Url = URL,
    key: Key = None,
    store: Straight = None,
    policies: Policies = POLICIES,
    output: Output = "table",
) -> None:
    """Give one variant everything it may have, a step at a time, until it is resumed."""
    _confirm(f"Give {variant} all the traffic of {name} that it may have?", yes)
    _give(name, "promote", {"reason": reason, "variant": variant}, (url, key, store, policies), output)


def rollback(
    name: Experiment,
    reason: Reason,
    yes: Yes = False,
    url: Url = URL,
    key: Key = None,
    store: Straight = None,
    policies: Policies = POLICIES,
    output: Output = "table",
) -> None:
    """Give everything to control, at once and past every limit, until it is resumed."""
    _confirm(f"Give control all the traffic of {name} at once?", yes)
    _give(name, "rollback", {"reason": reason}, (url, key, store, policies), output)


def _confirm(question: str, yes: bool) -> None:
    """Ends the verb where somebody is there to ask, and does not mean it."""
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)


def _share(written: str) -> tuple[str, float]:
    from banditctl.core.units import read_share

    variant, _, share = written.rpartition("=")
    with suppress(ValueError):
        part = float(str(read_share(share if share.endswith("%") else float(share))))
        # JSON has no word for others.
        if isfinite(part):
            return variant, part
    raise UsageError(f"--share {written}: write VARIANT=SHARE, the share as 70% or 0.7")


def _give(
    name: str, verb: str, order: dict[str, Any], way: tuple[str, str | None, str | None, Path], output: str
) -> None:
    """Give an order; prints what was decided.

    Exit code 4 if nobody has taken it so far, or the endpoint is still to do it; 1 if that refused or did not answer.
    """
    with asking(*way) as ask:
        answer = ask(place(name, f"/{verb}"), order)
    if output == "json":
        print(json.dumps(answer, indent=2))
    elif "reason" in answer:
        print(answer["reason"])
    if "reason" not in answer:
        print(answer["detail"], file=sys.stderr)
        raise typer.Exit(Exit.TIMED_OUT)
    if left := answer["outstanding"]:
        print(f"not carried out yet: {left['detail']}", file=sys.stderr)
        raise typer.Exit(Exit.FAILED if left["state"] == "failed" else Exit.TIMED_OUT)
