"""What the long simulations measure, in small: policy files keep their promises in worlds that drift."""

import numpy as np
import pytest
from simulations import drifting, ramping
from simulations.drifting import Case, by_case, drift
from simulations.goals_drift import GOALS
from simulator.scenarios import HOUR, world

from banditctl.simulator.running import play

POOLED = "estimator: pooled, discount: 1"


def ends(scenario, runs=3):
    """The mean of the shares at the end, and of what was missed as a part of what an equal split misses."""
    played = [play(scenario, number) for number in range(runs)]
    shares = np.mean([run.shares[-1] for run in played], axis=0)
    return shares, np.mean([run.regret / (run.equal or 1) for run in played])


@pytest.mark.parametrize("kind", ["stationary", "day", "trend"])
def test_while_rates_rise_and_fall_together_the_better_variant_is_found(kind):
    shares, missed = ends(world(kind, hours=72, rates={"a": 0.05, "b": 0.07}, evidence="{discount: 1}"))
    assert shares[1] > 0.9
    assert missed < 0.35


def test_what_is_forgotten_lets_the_traffic_follow_a_swap():
    rates = {"a": 0.05, "b": 0.1}
    forgetting, _ = ends(world("swap", hours=96, rates=rates, evidence="{discount: 0.96}"))
    remembering, _ = ends(world("swap", hours=96, rates=rates, evidence="{discount: 1}"))
    assert forgetting[0] > 0.9
    assert forgetting[0] > remembering[0]


def test_the_better_variant_is_found_though_its_rewards_are_later():
    late = {"a": HOUR, "b": 3 * HOUR}
    reward = "{kind: bernoulli, window: 18h}"
    shares, missed = ends(world("delay", hours=72, rates={"a": 0.05, "b": 0.08}, delays=late, reward=reward))
    assert shares[1] > 0.9
    assert missed < 0.8


def test_a_goal_plays_the_seeds_of_its_chunk_and_keeps_them_by_case(monkeypatch):
    monkeypatch.setattr(drifting, "SEEDS", 1)
    cases = [Case("flat", evidence=POOLED), Case("alike", "aa", 0.0, POOLED)]
    rows = [row for chunk in range(3) for row in drift(cases, chunk)]
    played = by_case(rows)
    assert [len(one.regret) for one in played.values()] == [2, 1]
    assert 0 < played["flat"].regret[0] < 400
    assert played["alike"].mean == 0


def test_pooled_evidence_takes_a_trend_for_a_better_variant(monkeypatch):
    monkeypatch.setattr(ramping, "SEEDS", 2)
    rows = ramping.ramp(Case("trend", "trend", 0.0, POOLED), 0)
    assert all(0.008 < effect < 0.012 and best > 0.999 for effect, best in rows)


@pytest.mark.parametrize(
    "goal", [goal for goal in GOALS if goal.name != "ramp of equal variants"], ids=lambda g: g.name
)
def test_every_goal_sums_up_what_it_plays(goal):
    (cases,) = goal.play.args
    rows = [[case.name, 90.0 + number, False, 0.5] for number in range(2) for case in cases]
    assert {figure.holds for figure in goal.sum_up(rows)} <= {True, None}
    assert len({goal.name for goal in GOALS}) == len(GOALS)
