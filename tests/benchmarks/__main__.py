"""Measures the hot path beside a plain FastAPI app and redis-benchmark, beliefs, starts: see docs/performance.md."""

import asyncio
import os
import platform
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import beliefs, figures, memory, pages, starting
from benchmarks.events import BY_VARIANT
from benchmarks.learning import learning_rate
from benchmarks.priming import check_era, prime
from benchmarks.report import Figure, save, show
from benchmarks.rounds import ATTRIBUTED, BATCHES, LONG_WAY, ONE, SINGLE, Samples, Stage, play
from benchmarks.servers import (
    INTAKE,
    MEASURED,
    OTHERS,
    WHOLE,
    new_key,
    policies,
    redis_binary,
    redis_server,
    rival,
    service,
)

from banditctl.config import load

LOADS = {"single": [SINGLE], "one": [ONE], "batches": [BATCHES, ATTRIBUTED]}
PARTS = (*LOADS, "cpu", "memory", "learning", "beliefs", "start", "page")


@dataclass(frozen=True)
class Sizes:
    """How long and how much: rounds, seconds a turn, ids of the era before, events kept, events learned, decisions."""

    rounds: int
    seconds: float
    primed: int
    kept: int
    learned: int
    decided: int


FULL = Sizes(5, 2.0, 1_000_000, 250_000, 400_000, 10_000)
QUICK = Sizes(2, 1.0, 1_000_000, 200_000, 200_000, 10_000)
TINY = Sizes(1, 0.1, 2000, 2000, 2000, 100)


def main() -> None:
    # Ended by SIGTERM too, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    told = _told()
    os.sched_setaffinity(0, {OTHERS})
    with TemporaryDirectory(prefix="banditctl-bench-") as folder:
        bench = Bench(told.sizes, told.server, told.run, Path(folder), empty=told.empty)
        found = list(bench.figures(told.only or PARTS))
    show(bench.title, found)
    if told.json:
        save(told.json, bench.title, found)


def _told() -> Namespace:
    parser = ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be said again for others")
    parser.add_argument("--server", choices=("valkey", "redis"), default="valkey", help="what everything runs on")
    parser.add_argument("--empty", action="store_true", help="no ids in the era before")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value of every round there")
    whole = "learn and steer in the process that is measured"
    parser.add_argument("--whole", dest="run", action="store_const", const=WHOLE, default=INTAKE, help=whole)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", dest="sizes", action="store_const", const=QUICK, default=FULL, help="about a minute")
    sizes.add_argument("--tiny", dest="sizes", action="store_const", const=TINY, help="whether it works at all")
    return parser.parse_args()


@dataclass(frozen=True)
class Bench:
    """One call of the benchmark: how much, on which server, the service run how, everything under `folder`."""

    sizes: Sizes
    server: str
    run: Sequence[str]
    folder: Path
    empty: bool

    @property
    def primed(self) -> int:
        return 0 if self.empty else self.sizes.primed

    @property
    def title(self) -> str:
        return (
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {' '.join(self.run)}. "
            f"Core {MEASURED}: the HTTP server, redis-benchmark or learn; core {OTHERS}: Redis, load generator. "
            f"{self.sizes.rounds} rounds of {self.sizes.seconds:g} s, {self.primed:,} ids in the era before; "
            "medians of the rounds, and of their ratios."
        )

    def figures(self, parts: Sequence[str]) -> Iterator[Figure]:
        """Measure `parts`, one after the other."""
        kinds = [kind for part, some in LOADS.items() if part in parts for kind in some]
        samples = self._rounds(self.server, kinds) if kinds else {}
        yield from figures.rates(self.server, samples, empty=self.empty)
        for server in ("valkey", "redis") if "cpu" in parts else ():
            if redis_binary(server):
                measured = server == self.server and BATCHES in kinds
                yield figures.redis_cpu(server, samples if measured else self._rounds(server, [BATCHES]))
        for name, policy in policies(self.folder).items():
            if "memory" in parts:
                with redis_server(self.server, self.folder) as store:
                    kept = asyncio.run(memory.kept(load(policy).experiment, store, self.sizes.kept))
                yield from figures.memory(self.server, name, kept)
            if "learning" in parts:
                with redis_server(self.server, self.folder) as store:
                    rate = learning_rate(policy, store, self.sizes.learned)
                yield figures.learning(self.server, name, rate, samples)
        if "beliefs" in parts:
            yield from beliefs.timings(self.sizes.rounds)
        if "start" in parts:
            with (
                redis_server(self.server, self.folder) as store,
                service(self.folder, store, WHOLE) as daemon,
            ):
                yield from starting.starts(daemon, self.sizes.rounds)
        if "page" in parts:
            with redis_server(self.server, self.folder) as store:
                yield from pages.timings(store, self.sizes.decided, self.sizes.rounds)

    def _rounds(self, server: str, kinds: Sequence[str]) -> Samples:
        experiment, began = load(policies(self.folder)[BY_VARIANT]).experiment, datetime.now(UTC)
        with ExitStack() as running:
            store = running.enter_context(redis_server(server, self.folder))
            if self.primed:
                asyncio.run(prime(experiment, store, self.primed))
            key = new_key(store)
            measured = running.enter_context(service(self.folder, store, self.run))
            contenders = {
                "service": measured,
                LONG_WAY: measured,
                **{name: running.enter_context(rival(name, self.folder, store)) for name in ("baseline", "alone")},
            }
            samples = play(kinds, Stage(contenders, store, key), self.sizes.rounds, self.sizes.seconds)
        check_era(experiment, began)
        return samples


if __name__ == "__main__":
    main()
