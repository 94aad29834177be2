"""How scenarios are written on a command line, and what they mean."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from banditctl.core.experiment import Experiment
from banditctl.core.units import read_duration
from banditctl.errors import UsageError

_HOURS = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0}

# Each look draws the rewards of all requests since the last: more would not fit into memory.
_MOST = 1e8

T = TypeVar("T")


def read_traffic(written: str) -> float:
    """`1000/h` as requests an hour; raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/([smhd])", written)
    if found is None:
        raise UsageError(f"--traffic {written}: write a number of requests and a unit: 20/s, 500/m, 1000/h or 5000/d")
    traffic = float(found[1]) / _HOURS[found[2]]
    if not 0 < traffic <= _MOST:
        raise UsageError(f"--traffic {written}: more than none, and at most {_MOST:g} requests an hour")
    return traffic


def read_span(where: str, written: str) -> timedelta:
    """`6h` as a duration, and `0` as none; raises UsageError that says `where`."""
    try:
        return timedelta(0) if written == "0" else read_duration(written)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error


def read_rate(where: str, written: str) -> float:
    """A mean reward; raises UsageError that says `where`."""
    try:
        return float(written)
    except ValueError as error:
        raise UsageError(f"{where}: a mean reward is a number") from error


def by_variant(
    option: str, written: Sequence[str], experiment: Experiment, read: Callable[[str, str], T]
) -> dict[str, T]:
    """`variant=VALUE`, said any number of times, or one VALUE for all; raises UsageError that says where."""
    found: dict[str, T] = {}
    for one in written:
        where = f"{option} {one}"
        name, given, value = one.rpartition("=")
        if given and name not in experiment.variants:
            raise UsageError(f"{where}: unknown variant {name}; known are {', '.join(experiment.variants)}")
        named = [name] if given else experiment.variants
        if set(named) & found.keys():
            raise UsageError(f"{where}: each variant is given one value")
        found |= dict.fromkeys(named, read(where, value))
    return found
