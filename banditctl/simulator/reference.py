"""Thompson sampling request by request, by posterior draws: what a learner that must wait is compared with."""

import numpy as np
from numpy.random import Generator

from banditctl.simulator.nature import Earned
from banditctl.simulator.scenario import HOUR, Scenario

# One posterior serves so large a part of all requests until then; its age is not felt.
_AGE = 0.01


def thompson(scenario: Scenario, lots: Generator) -> float:
    """What it misses beside the best variant; it learns each reward at once, forgets none, and has no limits."""
    nature, requests = scenario.nature, scenario.requests(scenario.horizon)
    earned = Earned.of([np.empty(0) for _ in scenario.rates])
    missed, done = 0.0, 0
    while done < requests:
        count = min(1 + int(min(_AGE * done, scenario.traffic)), requests - done)
        at = (done + count / 2) / scenario.traffic * HOUR
        worth = scenario.direction * nature.beliefs(lots, earned, count)
        # What nothing is known of is tried first.
        chosen = np.where(np.isnan(worth), np.inf, worth).argmax(axis=1)
        served = np.bincount(chosen, minlength=len(scenario.rates))
        columns = zip(scenario.means(at), served, strict=True)
        earned += Earned.of([nature.rewards(lots, float(mean), int(n)) for mean, n in columns])
        missed += float(served @ scenario.gaps(at))
        done += count
    return missed
