"""How long a verb takes from a cold start, beside Python that does nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter

from benchmarks.events import BY_VARIANT
from benchmarks.report import Figure, Target
from benchmarks.servers import Server
from support.redis_servers import wait_for

# Of each the fastest counts: what else the machine does only ever adds.
_CALLS = 5

_NOTHING = ["-c", "pass"]
_MOST = {"--help": 15, "explain": 25}


def starts(daemon: Server, rounds: int) -> Iterator[Figure]:
    """`--help`, and `explain` of an experiment that `daemon` has decided on, in turns with Python alone."""
    verbs = {
        "--help": ["-m", "banditctl", "--help"],
        "explain": ["-m", "banditctl", "explain", BY_VARIANT, "--url", f"http://127.0.0.1:{daemon.port}"],
    }
    wait_for(lambda: _run(verbs["explain"]).returncode == 0)
    taken: dict[str, list[float]] = {name: [] for name in (*verbs, "nothing")}
    for _ in range(rounds):
        for name, verb in {**verbs, "nothing": _NOTHING}.items():
            taken[name].append(min(_milliseconds(verb) for _ in range(_CALLS)))
    for name in verbs:
        bound = Target(at_most=_MOST[name])
        yield Figure("", f"banditctl {name}", "ms", taken[name], taken["nothing"], "python -c pass", bound)


def _milliseconds(words: Sequence[str]) -> float:
    began = perf_counter()
    _run(words).check_returncode()
    return 1e3 * (perf_counter() - began)


def _run(words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    # Nobody has a key here, and a terminal would be drawn on.
    return subprocess.run(
        [sys.executable, *words], env={**os.environ, "NO_COLOR": "1"}, capture_output=True, check=False
    )
