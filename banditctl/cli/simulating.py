"""`banditctl simulate`: what a policy file would do in worlds that are known, as a table, a picture or JSON."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from banditctl.cli.exits import Exit
from banditctl.cli.options import Output
from banditctl.cli.progress import bar
from banditctl.cli.tables import show
from banditctl.errors import UsageError


def simulate(
    policy: Annotated[Path, typer.Argument(help="The experiment's policy file.", show_default=False)],
    world: Annotated[
        str, typer.Option(help="stationary, day, trend, swap, delay, or aa: all variants alike.")
    ] = "stationary",
    rate: Annotated[
        list[str] | None,
        typer.Option(help="VARIANT=MEAN reward; left out, the first variant but the control is 10% better."),
    ] = None,
    delay: Annotated[
        list[str] | None, typer.Option(help="How late rewards come in the mean: VARIANT=6h, or 6h for all.")
    ] = None,
    traffic: Annotated[str, typer.Option(help="Requests: 20/s, 500/m, 1000/h or 5000/d.")] = "1000/h",
    horizon: Annotated[str, typer.Option(help="How long each run goes.")] = "14d",
    settle: Annotated[str, typer.Option(help="How long the endpoint takes to change its weights.")] = "0",
    runs: Annotated[int, typer.Option(min=1, help="How many, each with lots of its own.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same runs.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs side by side; left out, one for each processor.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw shares and regret over time there.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep finished runs there, and go on with them.")] = None,
    output: Output = "table",
) -> None:
    """Play a policy file in simulated worlds: what it misses, beside what could be, and what it costs."""
    from banditctl.config import load
    from banditctl.simulator.reading import by_variant, read_rate, read_span, read_traffic
    from banditctl.simulator.scenario import scenario

    experiment = load(policy).experiment
    played = scenario(
        experiment,
        world,
        by_variant("--rate", rate or [], experiment, read_rate),
        by_variant("--delay", delay or [], experiment, read_span),
        read_traffic(traffic),
        read_span(f"--horizon {horizon}", horizon),
        read_span(f"--settle {settle}", settle),
        seed,
    )
    if svg and not svg.parent.is_dir():
        raise UsageError(f"--svg {svg}: {svg.parent} is no folder")
    finished = _played(played, runs, jobs or os.cpu_count() or 1, keep)
    if svg:
        _draw(svg, played, finished)
    if output == "json":
        print(json.dumps(_document(played, finished), indent=2))
    else:
        _show(played, finished)


def _played(scenario: Any, runs: int, jobs: int, keep: Path | None) -> list[Any]:
    """All runs in the order of their numbers; those that were kept are not played again."""
    from banditctl.simulator.keeping import Kept
    from banditctl.simulator.parallel import play_all

    kept = Kept(keep, scenario) if keep else None
    known = {number: run for number, run in kept.runs.items() if number < runs} if kept else {}
    # A shell that runs it in the background starts it with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with bar(runs, "runs", transient=True) as done:
        done(len(known))
        try:
            for run in play_all(scenario, [number for number in range(runs) if number not in known], jobs):
                known[run.number] = run
                if kept:
                    kept.add(run)
                done(len(known))
        except KeyboardInterrupt as stopped:
            going_on = f"; run the same command again to go on after {len(known)} runs" if kept else ""
            print(f"stopped{going_on}", file=sys.stderr)
            raise typer.Exit(Exit.FAILED) from stopped
    return [known[number] for number in range(runs)]


def _draw(svg: Path, scenario: Any, finished: list[Any]) -> None:
    from banditctl.simulator.picture import picture

    try:
        svg.write_text(picture(scenario, finished))
    except OSError as error:
        raise UsageError(f"--svg {svg}: {error.strerror}") from error


def _document(scenario: Any, finished: list[Any]) -> dict[str, object]:
    import msgspec

    from banditctl.simulator.summary import summarise

    return {**scenario.about(), **msgspec.to_builtins(summarise(scenario, finished))}


def _show(scenario: Any, finished: list[Any]) -> None:
    from banditctl.simulator.summary import summarise

    found = summarise(scenario, finished)
    rows = [_row(name, figure) for name, figure in _figures(found)]
    show(_title(scenario, found.runs), ("", "mean", "±", "95% of runs up to"), rows)
    for line in _lines(scenario, found):
        print(line)


def _row(name: str, figure: Any) -> list[str]:
    error = "" if figure.error is None else f"{figure.error:,.2g}"
    return [name, f"{figure.mean:,.4g}", error, f"{figure.p95:,.4g}"]


def _title(scenario: Any, runs: int) -> str:
    from banditctl.core.units import write_duration

    horizon = write_duration(scenario.horizon)
    return (
        f"{scenario.experiment.name} in the world {scenario.world}: {runs} runs of {horizon}, "
        f"{scenario.traffic:,.4g} requests an hour, seed {scenario.seed}"
    )


def _figures(found: Any) -> Iterator[tuple[str, Any]]:
    yield "regret", found.regret
    yield "  Thompson sampling by request", found.thompson
    yield "  an equal split", found.equal
    if found.certain_after:
        yield "hours until a winner", found.certain_after
    yield "updates of the endpoint", found.updates


def _lines(scenario: Any, found: Any) -> Iterator[str]:
    """What is no mean, and where the shares ended."""
    yield "regret: rewards missed beside the best variant of each moment; Thompson sampling learns each at once"
    yield f"a winner proved, at any moment: {_part(found.certain)} of runs"
    yield f"a wrong variant favoured, P(best) above 95%, after the first day: {_part(found.wrong)} of runs"
    for (name, share), rate in zip(found.shares.items(), scenario.rates, strict=True):
        yield f"share at the end: {share.mean:6.1%} {name}, which earns {rate:g}"


def _part(part: Any) -> str:
    return f"{part.share:.1%}" if part.error is None else f"{part.share:.1%} ± {part.error:.1%}"
