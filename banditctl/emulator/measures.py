"""CloudWatch's metrics of an endpoint as functions of its invocations, and what can be told of their values."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from banditctl.emulator.traffic import Invocation

# What SageMaker adds to what the container takes, in microseconds.
OVERHEAD = 2000.0

PERCENTILE = re.compile(r"p(100|[0-9]{1,2}(\.[0-9]{1,10})?)")


@dataclass(frozen=True)
class Measure:
    """What one invocation adds to a metric, in the metric's unit."""

    unit: str
    of: Callable[[Invocation], float]


MEASURES = {
    "Invocations": Measure("None", lambda _: 1.0),
    "InvocationsPerInstance": Measure("None", lambda invocation: 1 / invocation.instance_count),
    "Invocation4XXErrors": Measure("None", lambda invocation: float(400 <= invocation.status < 500)),
    # A container that gave no status at all is the server's fault too.
    "Invocation5XXErrors": Measure("None", lambda invocation: float(invocation.status in {0, *range(500, 600)})),
    "ModelLatency": Measure("Microseconds", lambda invocation: invocation.latency),
    "OverheadLatency": Measure("Microseconds", lambda _: OVERHEAD),
}


def values(measure: Measure, invocations: Counter[Invocation]) -> Counter[float]:
    """How often each value of the metric occurred."""
    occurred: Counter[float] = Counter()
    for invocation, times in invocations.items():
        occurred[measure.of(invocation)] += times
    return occurred


def is_statistic(name: str) -> bool:
    """Whether `statistic` knows it: one of five names, or a percentile such as p99 or p99.9."""
    return name in _STATISTICS or PERCENTILE.fullmatch(name) is not None


def statistic(name: str, occurred: Counter[float]) -> float:
    """What it comes to over values of which there is at least one."""
    if name in _STATISTICS:
        return _STATISTICS[name](occurred)
    percent = float(name.removeprefix("p"))
    times = list(occurred.values())
    return float(np.percentile(list(occurred), percent, weights=times, method="inverted_cdf"))


def _sum(occurred: Counter[float]) -> float:
    return sum(value * times for value, times in occurred.items())


_STATISTICS: dict[str, Callable[[Counter[float]], float]] = {
    "SampleCount": lambda occurred: float(occurred.total()),
    "Sum": _sum,
    "Average": lambda occurred: _sum(occurred) / occurred.total(),
    "Minimum": min,
    "Maximum": max,
}
