"""Logged requests: each has the reward of the variant that served it, so what others would have earned is estimated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from msgspec.structs import replace as revised

from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import Decision, decide
from banditctl.core.experiment import Experiment
from banditctl.core.units import Array
from banditctl.replay.offpolicy import (
    Estimate,
    Log,
    doubly_robust,
    effective,
    inverse_propensity,
    mean_of,
    self_normalised,
)
from banditctl.replay.recording import Row, worth
from banditctl.replay.running import Course, Document, Served, run
from banditctl.simulator.ends import MemoryTarget

_LEVEL = 0.95

_ESTIMATES = {
    "inverse_propensity": inverse_propensity,
    "self_normalised": self_normalised,
    "doubly_robust": doubly_robust,
}


async def watch(experiment: Experiment, rows: Sequence[Row], progress: Callable[[int], None]) -> Document:
    """What the policy file would have earned, had its shares been in force, learning from the log as it came.

    It observes: the log's own shares stay in force, and are taken to be how often each variant served. Beside
    them go the shares that it would have had, moved by the same decisions.
    """
    target = MemoryTarget(experiment.variants, rows[0].at, timedelta(0))
    await target.push(_frequencies(experiment, rows))
    course, would_be = Course(len(rows)), Allocation.equal(experiment.variants)

    def serve(numbers: range) -> Iterator[Served]:
        progress(numbers.stop)
        for number in numbers:
            variant = rows[number].variant
            if variant is not None and variant >= 0:
                yield number, experiment.variants[variant], rows[number].rewards[0]

    def turned(row: int, decision: Decision) -> None:
        nonlocal would_be
        live = Live("replayed", "ready", would_be)
        would = decide(experiment, revised(decision.seen, live=live))
        would_be = would.allocation if would.verdict == "move" and would.allocation else would_be
        course.note(row, would, would_be)

    await run(replace(experiment, mode="observe"), target, rows, serve, turned)
    return {**_summary(experiment, rows, course), **course.document()}


def _frequencies(experiment: Experiment, rows: Sequence[Row]) -> Allocation:
    served = [row.variant for row in rows]
    return Allocation.proportional({name: served.count(k) for k, name in enumerate(experiment.variants)})


def _summary(experiment: Experiment, rows: Sequence[Row], course: Course) -> Document:
    log = Log(
        np.array([row.variant for row in rows]),
        np.array([row.propensity for row in rows]),
        np.array([worth(row.rewards[0], experiment) for row in rows]),
    )
    lengths = np.diff([*course.begins, len(rows)])
    turns = np.array([[shares[name] for name in experiment.variants] for shares in course.shares])
    always = np.eye(len(experiment.variants))
    return {
        "experiment": experiment.name,
        "kind": "logged",
        "requests": len(rows),
        "since": rows[0].at,
        "until": rows[-1].at,
        "intervals": f"Wald's, {_LEVEL:.0%}, for one look",
        "log": _told(mean_of(log.reward)),
        "policy": _judged(log, np.repeat(turns, lengths, axis=0)),
        "variants": {
            name: {"served": int((log.variant == k).sum())}
            | _judged(log, np.broadcast_to(always[k], (len(rows), len(always))))
            for k, name in enumerate(experiment.variants)
        },
    }


def _judged(log: Log, shares: Array) -> dict[str, object]:
    """What `shares` would have earned, by each estimate, and how many requests bear on it."""
    telling = log.telling(shares)
    estimates = {name: _told(estimate(log, shares), telling=telling) for name, estimate in _ESTIMATES.items()}
    return {**estimates, "effective_requests": effective(log, shares)}


def _told(estimate: Estimate, *, telling: bool = True) -> Document:
    """Without an interval where rewards hardly differ."""
    interval = estimate.interval(_LEVEL) if telling else None
    return {"value": estimate.value, "error": estimate.error, "interval": interval}
