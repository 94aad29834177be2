"""`banditctl decide`: one dry decision from counts in a file; nothing is pushed and nothing is kept."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from banditctl.cli.options import Output
from banditctl.cli.tables import show
from banditctl.errors import NotFound, UsageError


def decide(
    policy: Annotated[Path, typer.Argument(help="The experiment's policy file.", show_default=False)],
    evidence: Annotated[
        str, typer.Option(help="Counts as JSON, docs/replaying.md has the form; - reads stdin.", show_default=False)
    ],
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"],
            help="When the counts are told, in UTC; left out, when they say, or when the last window has closed.",
        ),
    ] = None,
    output: Output = "table",
) -> None:
    """Say what one decision on these counts would be, and why; nothing is pushed."""
    import msgspec

    from banditctl import counts
    from banditctl.api.views import history_view
    from banditctl.config import load
    from banditctl.core.allocation import Live
    from banditctl.core.decision import decide
    from banditctl.core.snapshot import Snapshot

    experiment = load(policy).experiment
    text, name = _read(evidence)
    told = counts.read(text, name, experiment, at and _instant(at))
    decision = decide(experiment, Snapshot(told.at, told.evidence, Live("as written", "ready", told.live), told.heard))
    answer = msgspec.to_builtins(history_view(experiment, decision))
    if output == "json":
        print(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
    else:
        _tell(answer)


def _instant(at: datetime) -> datetime:
    """In UTC, as one is that has no time zone. Raises UsageError where that is no date."""
    from banditctl.core.units import utc

    try:
        return utc(at if at.tzinfo else at.replace(tzinfo=UTC))
    except ValueError as error:
        raise UsageError(f"--at {at.isoformat()}: {error}") from error


def _read(source: str) -> tuple[str, str]:
    """The text, and what to call it. Raises NotFound, and UsageError for what is no text."""
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        # Some editors begin a file with a mark.
        return raw.decode("utf-8-sig"), "stdin" if source == "-" else source
    except FileNotFoundError as error:
        raise NotFound(f"{source}: there is no such file") from error
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: not UTF-8 at byte {error.start}") from error


def _tell(answer: dict[str, Any]) -> None:
    columns = ("variant", "trials", "mean", "interval", "P(best)", "expected loss", "live", "proposal", "weight")
    rows = [_row(answer, variant, believed) for variant, believed in answer["belief"].items()]
    show(f"{answer['experiment']} at {answer['at']}", columns, rows)
    print(answer["reason"])
    remaining = answer["value_remaining"]
    print(f"Value remaining: {'undefined' if remaining is None else f'{remaining:.1%}'}")


def _row(answer: dict[str, Any], variant: str, believed: dict[str, Any]) -> list[str]:
    low, high = believed["interval"]
    weights, share = answer["weights"] or {}, (answer["live"]["shares"] or {}).get(variant)
    return [
        variant,
        f"{believed['trials']:,.0f}",
        f"{believed['mean']:.4g}",
        f"{low:.4g} to {high:.4g}",
        f"{believed['best']:.1%}",
        f"{believed['expected_loss']:.3g}",
        "" if share is None else f"{share:.1%}",
        f"{answer['proposal'][variant]:.1%}",
        f"{weights[variant]:,}" if variant in weights else "as it is",
    ]
