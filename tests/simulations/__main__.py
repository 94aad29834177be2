"""Plays the long simulations and holds their figures to the bars; docs/statistics.md has what they gave."""

import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from simulations.goals import Figure, Goal, every_goal
from simulations.playing import play


def main() -> int:
    """0 if every bar is kept, 1 if one is missed."""
    told = _told()
    goals = [goal for goal in every_goal() if not told.only or any(part in goal.name for part in told.only)]
    figures = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("simulating", total=sum(goal.chunks for goal in goals))
        for goal, rows in play(goals, told.folder, told.jobs, lambda: progress.advance(task)):
            figures += [(goal, figure) for figure in goal.sum_up(rows)]
    _show(figures)
    return int(any(figure.holds is False for _, figure in figures))


def _told() -> Namespace:
    parser = ArgumentParser(prog="make simulate ARGS=...", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="goals whose names have this in them")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side (2)")
    keeping = "where chunks that are done are kept; remove it to begin afresh (.simulations)"
    parser.add_argument("--folder", type=Path, default=Path(".simulations"), help=keeping)
    return parser.parse_args()


def _show(figures: Iterable[tuple[Goal, Figure]]) -> None:
    table = Table()
    for heading in ("goal", "setting", "figure"):
        table.add_column(heading, overflow="fold")
    for heading in ("measured", "bar", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    before = None
    for goal, figure in figures:
        told = (goal.name, goal.setting) if goal is not before else ("", "")
        outcome = {True: "kept", False: "MISSED", None: ""}[figure.holds]
        table.add_row(*told, figure.what, figure.measured, figure.bar, outcome)
        before = goal
    Console(width=160).print(table)


if __name__ == "__main__":
    # Ended by SIGTERM too, it ends the processes it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
