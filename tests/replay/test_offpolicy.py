"""Off-policy estimates beside slow, obvious models of them, and beside what they are to estimate."""

from itertools import product
from math import sqrt
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given, strategies as st

from banditctl.replay.offpolicy import (
    Log,
    doubly_robust,
    effective,
    inverse_propensity,
    running_means,
    self_normalised,
)

KINDS = 3


def log_of(rows):
    variant, propensity, reward = zip(*rows, strict=True)
    return Log(np.array(variant), np.array(propensity, dtype=float), np.array(reward, dtype=float))


def shares_of(rows):
    return np.array([[part / sum(parts) for part in parts] for parts in rows])


row = st.tuples(st.integers(-1, KINDS - 1), st.floats(0.05, 1), st.integers(0, 1))
parts = st.tuples(*[st.integers(1, 9)] * KINDS)
logs = st.lists(st.tuples(row, parts), min_size=2, max_size=12).map(lambda rows: tuple(zip(*rows, strict=True)))


def weight(one, shares):
    variant, propensity, _ = one
    return 0.0 if variant < 0 else shares[variant] / propensity


def expected(rows, number, variant):
    """The running mean of one variant before one request, by a loop."""
    before = [(k, reward) for k, _, reward in rows[:number] if k >= 0]
    own = [reward for k, reward in before if k == variant]
    overall = sum(reward for _, reward in before) / max(len(before), 1)
    return (sum(own) + overall) / (len(own) + 1)


@given(logs)
def test_the_mean_reward_weighted_by_inverse_propensity_is_that_of_a_loop(drawn):
    rows, shares = drawn[0], shares_of(drawn[1])
    scores = [weight(one, at) * one[2] for one, at in zip(rows, shares, strict=True)]
    found = inverse_propensity(log_of(rows), shares)
    assert (found.value, found.error) == pytest.approx((mean(scores), stdev(scores) / sqrt(len(rows))))


@given(logs)
def test_the_doubly_robust_estimate_is_that_of_a_loop(drawn):
    rows, shares = drawn[0], shares_of(drawn[1])
    scores = []
    for number, (one, at) in enumerate(zip(rows, shares, strict=True)):
        model = [expected(rows, number, variant) for variant in range(KINDS)]
        missed = one[2] - model[one[0]] if one[0] >= 0 else 0.0
        scores.append(sum(at * model) + weight(one, at) * missed)
    found = doubly_robust(log_of(rows), shares)
    assert (found.value, found.error) == pytest.approx((mean(scores), stdev(scores) / sqrt(len(rows))))


@given(logs.filter(lambda drawn: any(variant >= 0 for variant, *_ in drawn[0])))
def test_the_self_normalised_estimate_is_that_of_a_loop(drawn):
    rows, shares = drawn[0], shares_of(drawn[1])
    weights = [weight(one, at) for one, at in zip(rows, shares, strict=True)]
    value = sum(w * one[2] for w, one in zip(weights, rows, strict=True)) / sum(weights)
    squares = sum((w * (one[2] - value)) ** 2 for w, one in zip(weights, rows, strict=True))
    found = self_normalised(log_of(rows), shares)
    assert (found.value, found.error) == pytest.approx((value, sqrt(squares) / sum(weights)))
    sizes = sum(weights) ** 2 / sum(w * w for w in weights)
    assert effective(log_of(rows), shares) == pytest.approx(sizes)


def test_nothing_is_expected_of_a_request_by_what_it_earned_itself():
    rows = [(0, 0.5, 1.0), (1, 0.5, 0.0), (0, 0.5, 0.0)]
    changed = [*rows[:2], (0, 0.5, 9.0)]
    assert np.array_equal(running_means(log_of(rows), 2), running_means(log_of(changed), 2))


ROUTED = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25]])
EARNED = np.array([[1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [5.0, 1.0, 0.0], [1.0, 1.0, 2.0]])
JUDGED = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1], [0.0, 1.0]])


@pytest.mark.parametrize("estimate", [inverse_propensity, doubly_robust])
def test_over_every_way_the_requests_could_have_been_routed_it_is_right_on_average(estimate):
    """Four requests, three variants, of which the shares to be judged know two: 81 logs, each with its probability."""
    total = 0.0
    for routing in product(range(3), repeat=4):
        propensity = np.array([ROUTED[number, variant] for number, variant in enumerate(routing)])
        reward = np.array([EARNED[number, variant] for number, variant in enumerate(routing)])
        variant = np.array([k if k < 2 else -1 for k in routing])
        total += propensity.prod() * estimate(Log(variant, propensity, reward), JUDGED).value
    assert total == pytest.approx((JUDGED * EARNED[:, :2]).sum(axis=1).mean(), rel=1e-12)


@pytest.mark.parametrize("estimate", [inverse_propensity, self_normalised, doubly_robust])
def test_intervals_hold_the_truth_about_as_often_as_they_say(estimate):
    lots, rates, routed = np.random.default_rng(7), np.array([0.3, 0.5]), np.array([0.8, 0.2])
    judged = np.tile([0.4, 0.6], (2000, 1))
    held = 0
    for _ in range(400):
        variant = lots.choice(2, size=2000, p=routed)
        reward = (lots.random(2000) < rates[variant]).astype(float)
        low, high = estimate(Log(variant, routed[variant], reward), judged).interval(0.95)
        held += low <= judged[0] @ rates <= high
    assert 0.92 <= held / 400 <= 0.98


def test_a_model_narrows_what_rare_variants_say():
    lots, routed = np.random.default_rng(8), np.array([0.9, 0.1])
    variant = lots.choice(2, size=20_000, p=routed)
    reward = (lots.random(20_000) < 0.7).astype(float)
    log, judged = Log(variant, routed[variant], reward), np.tile([0.1, 0.9], (20_000, 1))
    assert doubly_robust(log, judged).error < 0.7 * inverse_propensity(log, judged).error
