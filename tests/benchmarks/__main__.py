"""Measures the hot path beside a plain FastAPI app and redis-benchmark; docs/performance.md says how."""

import asyncio
import os
import platform
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import figures, memory
from benchmarks.events import BY_VARIANT
from benchmarks.learning import learning_rate
from benchmarks.priming import check_era, prime
from benchmarks.report import Figure, save, show
from benchmarks.rounds import ATTRIBUTED, BATCHES, ONE, SINGLE, Samples, play
from benchmarks.servers import MEASURED, OTHERS, baseline, policies, redis_binary, redis_server, service

from banditctl.config import load

LOADS = {"single": [SINGLE], "one": [ONE], "batches": [BATCHES, ATTRIBUTED]}
PARTS = (*LOADS, "cpu", "memory", "learning")


@dataclass(frozen=True)
class Sizes:
    """How long and how much: rounds, seconds a turn, ids of the era before, events kept, events learned."""

    rounds: int
    seconds: float
    primed: int
    kept: int
    learned: int


FULL = Sizes(5, 2.0, 1_000_000, 250_000, 400_000)
QUICK = Sizes(2, 1.0, 1_000_000, 200_000, 200_000)
TINY = Sizes(1, 0.1, 2000, 2000, 2000)


def main() -> None:
    # Ended by SIGTERM too, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    told = _told()
    sizes: Sizes = told.sizes
    os.sched_setaffinity(0, {OTHERS})
    with TemporaryDirectory(prefix="banditctl-bench-") as folder:
        found = list(_measured(told, sizes, Path(folder)))
    title = _title(sizes, primed=0 if told.empty else sizes.primed)
    show(title, found)
    if told.json:
        save(told.json, title, found)


def _title(sizes: Sizes, primed: int) -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. "
        f"Core {MEASURED}: the HTTP server, redis-benchmark or learn; core {OTHERS}: Redis, load generator. "
        f"{sizes.rounds} rounds of {sizes.seconds:g} s, {primed:,} ids in the era before; "
        "medians of the rounds, and of their ratios."
    )


def _told() -> Namespace:
    parser = ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be said again for others")
    parser.add_argument("--server", choices=("valkey", "redis"), default="valkey", help="what everything runs on")
    parser.add_argument("--empty", action="store_true", help="no ids in the era before")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value of every round there")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", dest="sizes", action="store_const", const=QUICK, default=FULL, help="about a minute")
    sizes.add_argument("--tiny", dest="sizes", action="store_const", const=TINY, help="whether it works at all")
    return parser.parse_args()


def _measured(told: Namespace, sizes: Sizes, folder: Path) -> Iterator[Figure]:
    parts = told.only or PARTS
    kinds = [kind for part, some in LOADS.items() if part in parts for kind in some]
    if "cpu" in parts and BATCHES not in kinds:
        kinds.append(BATCHES)
    samples: Samples = {}
    if kinds:
        samples = _rounds(told.server, kinds, sizes, folder, primed=0 if told.empty else sizes.primed)
        yield from figures.rates(told.server, samples, empty=told.empty)
    if "cpu" in parts:
        yield figures.redis_cpu(told.server, samples)
        other = "redis" if told.server == "valkey" else "valkey"
        if redis_binary(other):
            primed = 0 if told.empty else sizes.primed
            yield figures.redis_cpu(other, _rounds(other, [BATCHES], sizes, folder, primed))
    for name, policy in policies(folder).items():
        if "memory" in parts:
            with redis_server(told.server, folder) as store:
                kept = asyncio.run(memory.kept(load(policy).experiment, store, sizes.kept))
            yield from figures.memory(told.server, name, kept)
        if "learning" in parts:
            with redis_server(told.server, folder) as store:
                rate = learning_rate(policy, store, sizes.learned)
            yield figures.learning(told.server, name, rate, samples)


def _rounds(kind: str, kinds: list[str], sizes: Sizes, folder: Path, primed: int) -> Samples:
    experiment, began = load(policies(folder)[BY_VARIANT]).experiment, datetime.now(UTC)
    with ExitStack() as running:
        store = running.enter_context(redis_server(kind, folder))
        if primed:
            asyncio.run(prime(experiment, store, primed))
        contenders = {
            "service": running.enter_context(service(folder, store)),
            "baseline": running.enter_context(baseline(folder, store)),
        }
        samples = play(kinds, contenders, store, sizes.rounds, sizes.seconds)
    check_era(experiment, began)
    return samples


if __name__ == "__main__":
    main()
