"""Rewards that are still to come: how many exposures wait for theirs, and how many of those count already."""

import numpy as np
from msgspec import Struct

from banditctl.core.decision import Decision, matured_trials
from banditctl.core.experiment import Experiment

# Parts of the window that exposures are told by: enough to see the correction at work.
_PARTS = 4


class Age(Struct, frozen=True):
    """Exposures of strata that ended `youngest` to `oldest` seconds ago; how many of them count as trials already."""

    youngest: float
    oldest: float
    exposed: float
    counted: float


class Awaited(Struct, frozen=True):
    """Exposures whose window, in seconds, is open; by age.

    `correction`: how it is known which of them would have had their reward by now: delays are known, or they were
    observed. With none of the two, none counts before its window has closed.
    """

    window: float
    exposed: float
    counted: float
    correction: str | None
    ages: list[Age]


def awaited(experiment: Experiment, decision: Decision) -> Awaited | None:
    """What `decision` made of rewards still to come; None where a trial is a reward that came."""
    seen, window = decision.seen, experiment.reward.window.total_seconds()
    if experiment.awaited is None or not seen.evidence.strata:
        return None
    trials = matured_trials(experiment, seen.evidence, seen.known)
    first = np.array([seen.evidence.before(name) for name in experiment.variants])
    own = np.arange(len(trials.ripe))[:, None] >= first
    exposed, counted = (np.where(own, column, 0.0).sum(axis=1) for column in (trials.exposed, trials.count))
    ended = trials.elapsed * experiment.evidence.stratum.total_seconds() / window
    ages = []
    for part in range(_PARTS):
        rows = ~trials.ripe & (np.minimum((ended * _PARTS).astype(int), _PARTS - 1) == part)
        age = Age(
            window * part / _PARTS, window * (part + 1) / _PARTS, float(exposed[rows].sum()), float(counted[rows].sum())
        )
        ages += [age] if age.exposed else []
    open_, come = sum(age.exposed for age in ages), sum(age.counted for age in ages)
    known = "known" if experiment.evidence.delays else "observed" if come else None
    return Awaited(window, open_, come, known, ages)
