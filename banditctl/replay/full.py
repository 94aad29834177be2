"""Full information: every row has every variant's reward, so what the policy file earns can be counted."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import numpy as np

from banditctl.core.decision import Decision
from banditctl.core.experiment import Experiment
from banditctl.core.units import Array
from banditctl.replay.recording import Row, worth
from banditctl.replay.running import Course, Document, Served, run
from banditctl.simulator.ends import MemoryTarget


async def rerun(experiment: Experiment, rows: Sequence[Row], seed: int, progress: Callable[[int], None]) -> Document:
    """What the policy file earned, routing by the shares in force at that time and lots drawn from `seed`."""
    target = MemoryTarget(experiment.variants, rows[0].at, timedelta(0))
    lots, served, course = np.random.default_rng(seed), np.zeros(len(rows), dtype=int), Course(len(rows))

    def serve(numbers: range) -> Iterator[Served]:
        shares = [target.shares[name] for name in experiment.variants]
        served[numbers.start : numbers.stop] = lots.choice(len(shares), size=len(numbers), p=shares)
        progress(numbers.stop)
        return ((i, experiment.variants[served[i]], rows[i].rewards[served[i]]) for i in numbers)

    def turned(row: int, decision: Decision) -> None:
        course.note(row, decision, target.shares)

    await run(experiment, target, rows, serve, turned)
    earned = np.array([[worth(reward, experiment) for reward in row.rewards] for row in rows])
    return {**_summary(experiment, rows, earned, served), **course.document()}


def _summary(experiment: Experiment, rows: Sequence[Row], earned: Array, served: Array) -> Document:
    """Mean rewards beside an equal split and the best variant, which is known only afterwards."""
    direction = 1 if experiment.reward.goal == "maximize" else -1
    means, counts = earned.mean(axis=0), np.bincount(served, minlength=len(experiment.variants))
    best = int((direction * means).argmax())
    equal, mean, most = float(means.mean()), float(earned[np.arange(len(rows)), served].mean()), float(means[best])
    each = zip(experiment.variants, means, counts, strict=True)
    return {
        "experiment": experiment.name,
        "kind": "full",
        "requests": len(rows),
        "since": rows[0].at,
        "until": rows[-1].at,
        "mean_reward": {"equal_split": equal, "policy": mean, "best_variant": most},
        "best_variant": experiment.variants[best],
        "regret": {
            "equal_split": direction * (most - equal) * len(rows),
            "policy": direction * (most - mean) * len(rows),
        },
        "gained": (mean - equal) / (most - equal) if most != equal else None,
        "variants": {name: {"mean": float(own), "served": int(count)} for name, own, count in each},
    }
