"""`banditctl replay`: a policy file on recorded requests, and what it would have earned."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from banditctl.cli.awaiting import run
from banditctl.cli.options import Output
from banditctl.cli.progress import bar
from banditctl.cli.tables import show
from banditctl.errors import UsageError

# Rows of shares over time on a terminal; the document has every turn.
_MOMENTS = 12


def replay(
    policy: Annotated[Path, typer.Argument(help="The experiment's policy file.", show_default=False)],
    data: Annotated[Path, typer.Option(help="Recorded requests as CSV, gzipped or not.", show_default=False)],
    time: Annotated[str | None, typer.Option(help="The column that says when a request came.")] = None,
    reward: Annotated[
        str | None,
        typer.Option(help="The column of the reward; with {variant} in it, one for each variant."),
    ] = None,
    arrival: Annotated[
        str | None, typer.Option(help="The column that says when the reward came; left out, at once.")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="The column that says which variant served it.")] = None,
    propensity: Annotated[
        str | None, typer.Option(help="The column of how likely that variant was, or one number for all.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE: only rows that have it; may be said again.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the lots that route requests.")] = 1,
    output: Output = "table",
) -> None:
    """Run a policy file on recorded requests, in their own time, and say what it would have earned."""
    import msgspec

    from banditctl import replay
    from banditctl.config import load
    from banditctl.replay.columns import chosen
    from banditctl.replay.recording import read

    experiment = load(policy).experiment
    rows = read(data, chosen(time, reward, arrival, variant, propensity), _filters(where or []), experiment)
    with bar(len(rows), "requests") as progress:
        found = run(replay.replay(experiment, rows, seed, progress))
    if output == "json":
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _tell(msgspec.to_builtins(found))


def _filters(written: Sequence[str]) -> dict[str, str]:
    for one in written:
        if "=" not in one:
            raise UsageError(f"--where {one}: write COLUMN=VALUE")
    return dict(one.split("=", 1) for one in written)


def _tell(found: dict[str, Any]) -> None:
    title = f"{found['experiment']}: {found['requests']:,} requests from {found['since']} to {found['until']}"
    if found["kind"] == "full":
        show(title, ("", "mean reward", "given up"), _earned(found))
    else:
        estimates = ("inverse propensity", "self-normalised", "doubly robust")
        show(title, ("mean reward", *estimates, "effective requests"), _estimated(found))
    moments = found["shares"][:: max(1, -(-len(found["shares"]) // _MOMENTS))]
    variants = list(found["variants"])
    rows = [[one["at"], f"{one['requests']:,}", *(f"{one['shares'][v]:.1%}" for v in variants)] for one in moments]
    show("Shares over time", ("from", "requests before", *variants), rows)
    print(f"{found['turns']:,} turns, {found['updates']:,} updates of the endpoint. The last one:")
    print(found["reason"])
    for conclusion, at in found["concluded"].items():
        print(f"first said: {conclusion}, at {at}")


def _earned(found: dict[str, Any]) -> list[list[str]]:
    mean, regret, best = found["mean_reward"], found["regret"], found["best_variant"]
    gained = "" if found["gained"] is None else f", {found['gained']:.0%} of what there was to gain"
    return [
        ["equal split", f"{mean['equal_split']:.4g}", f"{regret['equal_split']:,.0f}"],
        [f"this policy file{gained}", f"{mean['policy']:.4g}", f"{regret['policy']:,.0f}"],
        [f"always {best}, known only afterwards", f"{mean['best_variant']:.4g}", "0"],
    ]


def _estimated(found: dict[str, Any]) -> list[list[str]]:
    judged = {"this policy file": found["policy"]} | {f"always {name}": one for name, one in found["variants"].items()}
    rows = [
        [
            what,
            _interval(one["inverse_propensity"]),
            _interval(one["self_normalised"]),
            _interval(one["doubly_robust"]),
            f"{one['effective_requests']:,.0f}",
        ]
        for what, one in judged.items()
    ]
    return [["as it was", _interval(found["log"]), "", "", f"{found['requests']:,}"], *rows]


def _interval(estimate: dict[str, Any]) -> str:
    if estimate["interval"] is None:
        return f"{estimate['value']:.4g} (too few to tell)"
    low, high = estimate["interval"]
    return f"{estimate['value']:.4g} ({low:.4g} to {high:.4g})"
