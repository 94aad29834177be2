"""Equal variants while the share of one grows from 10% to 90%, whatever they earn, and rates drift."""

from datetime import timedelta

import numpy as np
from simulations.drifting import Case
from simulations.goals import Rows

from banditctl.core.allocation import Live
from banditctl.core.decision import decide
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.snapshot import Snapshot
from banditctl.core.statistics import Statistics
from banditctl.simulator.scenario import HOUR, Scenario
from banditctl.simulator.traffic import START

SEEDS = 50


def ramp(case: Case, chunk: int) -> Rows:
    """Of each seed what b is believed to earn more than a, and the probability that it does."""
    scenario = case.scenario()
    return [_compared(scenario, np.random.default_rng([chunk, number])) for number in range(SEEDS)]


def _compared(scenario: Scenario, lots: np.random.Generator) -> list[float]:
    hours = scenario.horizon // HOUR
    strata = [_hour(scenario, lots, hour, 0.1 + 0.8 * hour / (hours - 1)) for hour in range(hours)]
    seen = Snapshot(START + scenario.horizon, Evidence(tuple(strata)), Live("", "ready", None))
    belief = decide(scenario.experiment, seen).belief
    return [belief["b"].mean - belief["a"].mean, belief["b"].best]


def _hour(scenario: Scenario, lots: np.random.Generator, hour: int, share: float) -> Stratum:
    since, half = START + hour * HOUR, timedelta(minutes=30)
    served = lots.binomial(round(scenario.traffic), share)
    requests = {"a": round(scenario.traffic) - served, "b": served}
    hits = lots.binomial(list(requests.values()), scenario.means(hour * HOUR + half))
    cells = {
        name: Cell(float(count), Statistics(float(count), float(hit), float(hit)))
        for (name, count), hit in zip(requests.items(), hits, strict=True)
    }
    return Stratum(since, {"a": 1 - share, "b": share}, settled=True, until=since + HOUR, variants=cells)
