"""Thompson sampling request by request, by posterior draws: what a learner that must wait is compared with."""

from datetime import timedelta

import numpy as np
from numpy.random import Generator

from banditctl.core.units import Array
from banditctl.simulator.nature import Earned
from banditctl.simulator.scenario import HOUR, Scenario

# One posterior serves so large a part of all requests until then; its age is not felt.
_AGE = 0.01


def thompson(scenario: Scenario, lots: Generator) -> float:
    """What it misses beside the best variant; it learns each reward at once, forgets none, and has no limits."""
    earned, missed, done = Earned(*np.zeros((3, len(scenario.rates)))), 0.0, 0
    requests = scenario.requests(scenario.horizon)
    while done < requests:
        count = min(1 + int(min(_AGE * done, scenario.traffic)), requests - done)
        at = (done + count / 2) / scenario.traffic * HOUR
        worth = scenario.direction * scenario.nature.beliefs(lots, earned, count)
        # What nothing is known of is tried first.
        chosen = np.where(np.isnan(worth), np.inf, worth).argmax(axis=1)
        served = np.bincount(chosen, minlength=len(scenario.rates))
        earned = Earned(*(before + new for before, new in zip(earned, _earned(scenario, lots, served, at), strict=True)))
        missed += float(served @ scenario.gaps(at))
        done += count
    return missed


def _earned(scenario: Scenario, lots: Generator, served: Array, at: timedelta) -> Earned:
    rewards = [
        scenario.nature.rewards(lots, float(mean), int(count))
        for mean, count in zip(scenario.means(at), served, strict=True)
    ]
    return Earned(
        np.array([float(len(one)) for one in rewards]),
        np.array([one.sum() for one in rewards]),
        np.array([(one * one).sum() for one in rewards]),
    )
