"""`banditctl import`: what SageMaker captured, and the labels that came later, as events."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from banditctl.cli.awaiting import run
from banditctl.cli.exits import Exit
from banditctl.cli.options import STORE
from banditctl.errors import UsageError


def import_(
    kind: Annotated[Literal["capture", "ground-truth"], typer.Argument(help="What the files are.")],
    source: Annotated[str, typer.Argument(help="A folder, a file, or s3://BUCKET/PREFIX.", show_default=False)],
    policy: Annotated[Path, typer.Argument(help="The experiment's policy file.", show_default=False)],
    value: Annotated[
        str | None,
        typer.Option(help="Where in a label its value stands: /label in JSON, /2 for the third column of CSV."),
    ] = None,
    metric: Annotated[
        str, typer.Option(help="What labels are rewards by: reward, or a name under metrics in the policy file.")
    ] = "reward",
    store: Annotated[
        str,
        typer.Option(
            envvar="BANDITCTL_STORE", help="The daemon's own: embedded:PATH, redis:// or rediss://HOST:PORT/0."
        ),
    ] = STORE,
    output: Annotated[
        Literal["table", "json"], typer.Option("--output", "-o", help="A line a count, or one document.")
    ] = "table",
) -> None:
    """Import data capture or ground truth of SageMaker as events; run again, it goes on where it was."""
    from banditctl.config import load
    from banditctl.importers.sources import files

    if store == "memory://":
        raise UsageError("memory:// belongs to one process; import into the store of the daemon")
    configured = load(policy)
    reader = _reader(kind, configured, metric, value)
    found = files(source)
    if not found:
        print(f"{source}: there are no .jsonl or .jsonl.gz files", file=sys.stderr)
        raise typer.Exit(Exit.NOT_FOUND)
    with _bar(len(found)) as (refuse, progress):
        # A shell that runs it in the background starts it with SIGINT ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            counts = run(_imported(store, configured.experiment, found, reader, refuse, progress))
        except KeyboardInterrupt as stopped:
            refuse("stopped; run the same command again to go on")
            raise typer.Exit(Exit.FAILED) from stopped
    _tell(asdict(counts), output)
    if counts.refused or counts.refused_files:
        raise typer.Exit(Exit.FAILED)


def _reader(kind: str, configured: Any, metric: str, value: str | None) -> Any:
    from banditctl.importers.capture import Capture
    from banditctl.importers.ground_truth import GroundTruth
    from banditctl.importers.labels import Pointer

    if configured.experiment.metered:
        raise UsageError("what is imported names requests, which CloudWatch counts here (trials: invocations)")
    now = datetime.now(UTC)
    if kind == "ground-truth":
        known = configured.experiment.rewards
        if metric not in known:
            raise UsageError(f"unknown metric {metric}; known are {', '.join(known)}")
        return GroundTruth(configured.experiment, metric, None if value is None else Pointer(value), now)
    if value is not None or metric != "reward":
        option = "--metric" if value is None else "--value"
        raise UsageError(f"{option} is for ground-truth: what was captured is what was served, not what it earned")
    return Capture(configured.experiment, configured.target.endpoint, now)


async def _imported(url: str, experiment: Any, found: Any, reader: Any, *told: Callable[[Any], None]) -> Any:
    """The counts of a whole import into the store at `url`, beside a daemon that may be using it."""
    from banditctl.importers.importing import Import
    from banditctl.stores.redis.opening import opened

    async with opened(url, beside=True) as store:
        work = Import(store, experiment, lambda: datetime.now(UTC), *told)
        await work.run(found, reader)
    return work.counts


@contextmanager
def _bar(files: int) -> Iterator[tuple[Callable[[str], None], Callable[[Any], None]]]:
    """A progress bar on stderr where that is a terminal; answers how to print beside it and how to move it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        MofNCompleteColumn(),
        TextColumn("files"),
        BarColumn(),
        TextColumn("{task.fields[lines]:,} lines"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task("", total=files, lines=0)
        yield (
            lambda sentence: console.print(sentence, markup=False, highlight=False, soft_wrap=True),
            lambda counts: shown.update(task, completed=counts.files + counts.refused_files, lines=counts.lines),
        )


def _tell(counts: dict[str, int], output: str) -> None:
    if output == "json":
        print(json.dumps(counts, indent=2))
    else:
        for name, count in counts.items():
            print(f"{name.replace('_', ' '):<13} {count:>12,}")
