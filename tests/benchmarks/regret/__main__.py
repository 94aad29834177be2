"""Measures the regret of every policy beside MABWiser and river, and writes docs/regret.md."""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from benchmarks.regret.contest import Results, Sizes, run
from benchmarks.regret.goals import goals
from benchmarks.regret.page import page
from benchmarks.regret.timing import timings
from rich.console import Console
from rich.progress import Progress

FULL = Sizes(seeds=200, libraries=40, fine=10)
QUICK = Sizes(seeds=10, libraries=2, fine=2)
TINY = Sizes(seeds=2, libraries=2, fine=2, horizon=3000)

_PAGE = Path(__file__).parents[3] / "docs" / "regret.md"


def main() -> int:
    """Print the page, and write it if it was measured in full; 1 if a bar was missed."""
    told = _told()
    sizes = _of_seeds(told.sizes, told.seeds) if told.seeds else told.sizes
    # Timed first, on cores that have nothing else to do yet.
    took = timings()
    results = _measured(sizes)
    text = page(sizes, results, took)
    sys.stdout.write(text)
    if sizes == FULL:
        _PAGE.write_text(text)
    return 0 if all(goal.met for goal in goals(results)) else 1


def _of_seeds(sizes: Sizes, seeds: int) -> Sizes:
    return replace(sizes, seeds=seeds, libraries=min(seeds, sizes.libraries), fine=min(seeds, sizes.fine))


def _measured(sizes: Sizes) -> Results:
    results: Results = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("playing", total=1.0)
        for done, results in run(sizes):  # noqa: B007 - the last ones are all of them
            progress.update(task, completed=done)
    return results


def _told() -> Namespace:
    parser = ArgumentParser(prog="make regret ARGS=...", description=__doc__)
    parser.add_argument("--seeds", type=int, metavar="N", help="other than 200; at least 2")
    sizes = parser.add_mutually_exclusive_group()
    quick, tiny = "a minute or two, nothing written", "whether it works at all"
    sizes.add_argument("--quick", dest="sizes", action="store_const", const=QUICK, default=FULL, help=quick)
    sizes.add_argument("--tiny", dest="sizes", action="store_const", const=TINY, help=tiny)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
