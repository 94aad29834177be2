"""What moving traffic has brought: beside an equal split of the same trials, whatever drifts."""

import numpy as np
import pytest
from core.builders import HOUR, NOON, counted, experiment, hourly, live, stratum
from hypothesis import given, strategies as st

from banditctl.core.belief import PROBABILITIES, quantiles
from banditctl.core.decision import believe, decide, matured_trials
from banditctl.core.estimators.pooled import pooled
from banditctl.core.estimators.stratified import stratified
from banditctl.core.evidence import Evidence, EvidenceOptions
from banditctl.core.gain import gain
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.snapshot import Snapshot

RATES = Bernoulli(default=None)
LESS = Bernoulli(default=None, goal="minimize")


def found(count, total, estimator=stratified, reward=RATES):
    trials = hourly(count, total)
    return gain(trials, estimator(trials, reward, 1.0))


@pytest.mark.parametrize("estimator", [stratified, pooled])
def test_an_equal_split_gains_nothing_over_itself(estimator):
    known = found([(1000, 1000), (500, 500)], [(100, 200), (40, 110)], estimator)
    assert known.mean == pytest.approx(0, abs=1e-12)
    assert known.interval == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize("estimator", [stratified, pooled])
def test_the_gain_is_what_the_trials_earned_beside_what_equal_shares_would_have(estimator):
    known = found([(10_000, 90_000)], [(1000, 18_000)], estimator)
    # 0.19 on average, where equal shares of 0.1 and 0.2 earn 0.15.
    assert known.mean == pytest.approx(0.04, abs=1e-4)
    assert known.equal == pytest.approx(0.15, abs=1e-4)
    low, high = known.interval
    # Of the difference of the two rates, 0.4 was moved.
    error = 0.4 * np.sqrt(0.1 * 0.9 / 10_000 + 0.2 * 0.8 / 90_000)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.3)


def test_where_less_is_better_less_is_gained():
    more, less = (found([(10_000, 90_000)], [(1000, 18_000)], pooled, reward) for reward in (RATES, LESS))
    assert less.mean == -more.mean
    assert less.interval == pytest.approx((-more.interval[1], -more.interval[0]))
    assert less.equal == more.equal


def test_a_base_rate_that_drifts_is_neither_gain_nor_loss():
    """The better variant gets most of the traffic on the worse day: a pooled mean would call that a loss."""
    known = found([(5000, 5000), (1000, 9000)], [(1500, 1600), (50, 540)])
    assert known.mean == pytest.approx((5000 * 0 + 4000 * (0.01 + 0.02)) / 20_000 / 2, abs=0.003)
    assert known.mean > 0


def test_the_equal_split_is_one_among_the_variants_that_were_there():
    known = found([(1000, 0), (500, 500)], [(100, 0), (50, 100)])
    assert known.mean == pytest.approx(0, abs=1e-12)


def test_without_trials_nothing_is_said():
    assert found([(0, 0)], [(0, 0)]) is None
    one = experiment()
    assert decide(one, Snapshot(NOON, Evidence((stratum(),)), live(A=0.5, B=0.5))).findings.gain is None


def test_the_interval_holds_the_true_gain_about_as_often_as_it_says():
    lots, rates, count = np.random.default_rng(20261121), np.array([0.05, 0.06, 0.08]), np.array([(400, 800, 4000)])
    true = (count[0] / count.sum() - 1 / 3) @ rates
    inside = 0
    for _ in range(400):
        known = found(count, lots.binomial(count, rates), pooled)
        inside += known.interval[0] <= true <= known.interval[1]
    assert 0.92 <= inside / 400 <= 0.98


counts = st.lists(st.tuples(*[st.tuples(st.integers(0, 1000), st.floats(0, 1))] * 3), min_size=1, max_size=6)


@given(counts)
def test_the_interval_is_about_the_mean_and_finite(rows):
    count = np.array([[number for number, _ in row] for row in rows], dtype=float)
    total = np.array([[int(number * part) for number, part in row] for row in rows], dtype=float)
    if known := found(count, total):
        assert known.interval[0] <= known.mean <= known.interval[1]
        assert np.isfinite([*known.interval, known.equal]).all()


@pytest.mark.parametrize("estimator", ["stratified", "pooled"])
def test_quantiles_of_a_decision_are_the_ends_of_its_intervals(estimator):
    one = experiment(evidence=EvidenceOptions(estimator=estimator))
    seen = Snapshot(NOON + HOUR, counted(A=(1000, 90), B=(1000, 110)), live(A=0.5, B=0.5))
    decision = decide(one, seen)
    belief = believe(one, matured_trials(one, seen.evidence, seen.at))
    rows = dict(zip(belief.variants, quantiles(belief).tolist(), strict=True))
    assert {name: list(row) for name, row in decision.quantiles.items()} == rows
    for name, row in rows.items():
        assert row == sorted(row)
        shown = dict(zip(PROBABILITIES, row, strict=True))
        assert (shown[0.025], shown[0.975]) == pytest.approx(decision.belief[name].interval, rel=1e-9)
