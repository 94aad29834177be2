"""Beliefs that vary together, against closed forms, plain sums and independent ones."""

from time import process_time
from timeit import repeat

import numpy as np
import pytest
from core.builders import names
from scipy.special import ndtr
from scipy.stats import norm

from banditctl.core.belief import Independent
from banditctl.core.correlated import Correlated
from banditctl.core.posterior.normal import Normal


def correlated(mean, covariance, goal="maximize", level=0.0, bounds=(-np.inf, np.inf)):
    mean = np.array(mean, dtype=float)
    return Correlated(names(len(mean)), mean, np.array(covariance, dtype=float), level, bounds, goal)


def independent(mean, deviation, goal="maximize"):
    return Independent(names(len(mean)), Normal(np.array(mean, dtype=float), np.array(deviation, dtype=float)), goal)


def by_a_sum(mean, covariance):
    """P(largest) of three: the first difference by a fine sum, the second one given it by its distribution."""
    chances = []
    for own, first, second in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        ahead = np.array([np.eye(3)[own] - np.eye(3)[other] for other in (first, second)])
        (a, b), ((aa, ab), (_, bb)) = ahead @ mean, ahead @ covariance @ ahead.T
        y = np.linspace(0, max(a, 0) + 12 * aa**0.5, 400_001)
        given = ndtr((b + ab / aa * (y - a)) / (bb - ab**2 / aa) ** 0.5)
        chances.append(np.trapezoid(norm.pdf(y, a, aa**0.5) * given, y))
    return chances


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_of_two_only_their_difference_matters(goal):
    joint = correlated([0.05, 0.06], [[9e-6, 2e-6], [2e-6, 4e-6]], goal)
    alone = independent([0.05, 0.06], [4.5e-6**0.5] * 2, goal)
    assert joint.best.tolist() == pytest.approx(alone.best.tolist(), abs=1e-12)
    assert joint.best_mean == pytest.approx(alone.best_mean, abs=1e-12)
    assert joint.expected_loss.tolist() == pytest.approx(alone.expected_loss.tolist(), abs=1e-12)
    assert joint.best[1 if goal == "maximize" else 0] == pytest.approx(ndtr(0.01 / 3e-3), abs=1e-15)


@pytest.mark.parametrize("seed", range(8))
def test_of_three_a_plain_sum_agrees(seed):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3), size=4)
    information = sum(np.diag(row) - np.outer(row, row) for row in shares) * 1e4 + np.eye(3)
    mean, covariance = rng.normal(size=3) * 0.01, np.linalg.inv(information)
    joint = correlated(mean, covariance)
    assert joint.best.tolist() == pytest.approx(by_a_sum(mean, covariance), abs=1e-9)
    costs = correlated(-mean, covariance, "minimize")
    assert costs.best.tolist() == pytest.approx(joint.best.tolist(), abs=1e-12)
    assert costs.best_mean == pytest.approx(-joint.best_mean, abs=1e-12)


def test_of_three_that_no_independent_ones_are_like_a_plain_sum_agrees_to_three_digits():
    mean, covariance = np.array([0.1, 0.0, -0.2]), np.array([[1, -0.3, 1.1], [-0.3, 1, 0.9], [1.1, 0.9, 4]])
    assert correlated(mean, covariance).best.tolist() == pytest.approx(by_a_sum(mean, covariance), abs=2e-3)


@pytest.mark.parametrize("number", [2, 3, 4, 10])
def test_what_varies_independently_is_believed_as_if_each_were_by_itself(number):
    rng = np.random.default_rng(number)
    mean, deviation = rng.normal(size=number), rng.uniform(0.2, 2, size=number)
    joint, alone = correlated(mean, np.diag(deviation**2)), independent(mean, deviation)
    close = 1e-11 if number <= 3 else 1e-3
    assert joint.best.tolist() == pytest.approx(alone.best.tolist(), abs=close)
    assert joint.best_mean == pytest.approx(alone.best_mean, abs=close)
    assert joint.leader == alone.leader
    assert joint.deviation.tolist() == pytest.approx(alone.deviation.tolist())
    assert joint.interval(0.9)[0].tolist() == pytest.approx(alone.interval(0.9)[0].tolist())


@pytest.mark.parametrize("number", [2, 3, 4, 7])
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_value_remaining_without_a_margin_is_the_chance_of_not_being_best_and_less_with_more(number, goal):
    joint = correlated(10 + np.linspace(0, 1, number), np.eye(number) * 0.25, goal)
    for variant in range(number):
        none, some, more = (joint.value_remaining(variant, margin) for margin in (0.0, 0.01, 0.1))
        assert none == pytest.approx(1 - joint.best[variant], abs=1e-12)
        assert 0 <= more < some < none


def test_of_two_the_value_remaining_is_that_of_a_difference():
    joint = correlated([0.05, 0.06], [[1e-6, 0], [0, 3e-6]])
    assert joint.value_remaining(1, 0.05) == pytest.approx(ndtr(-(0.01 + 0.05 * 0.06) / 2e-3), rel=1e-9)
    costs = correlated([0.05, 0.06], [[1e-6, 0], [0, 3e-6]], "minimize")
    assert costs.value_remaining(0, 0.05) == pytest.approx(ndtr(-(0.01 + 0.05 * 0.05) / 2e-3), rel=1e-9)


def test_the_value_remaining_is_undefined_while_a_mean_may_be_zero():
    joint = correlated([0.05, 2.0], np.eye(2) * 0.01)
    assert joint.value_remaining(0, 0.01) is None
    assert joint.value_remaining(1, 0.01) == pytest.approx(0, abs=1e-12)
    assert correlated([-2.0, -2.5], np.eye(2) * 0.01).value_remaining(0, 0.01) > 0


def test_an_interval_is_as_wide_as_the_contrast_and_the_level_together_and_stays_where_means_can_be():
    low, high = correlated([0.05, 0.5], np.diag([9.0, 16.0]) * 1e-4, level=0.0, bounds=(0, 1)).interval(0.95)
    assert (low[0], high[1]) == (0, pytest.approx(0.5 + 1.959964 * 0.04))
    low, high = correlated([0.0, 0.0], np.diag([9.0, 16.0]), level=12**0.5).interval(0.95)
    assert high.tolist() == pytest.approx([1.959964 * 21**0.5, 1.959964 * 28**0.5])


def test_ten_variants_are_judged_in_milliseconds():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(10, 10))
    joint = correlated(rng.normal(size=10) + 30, root @ root.T)

    def judge():
        fresh = correlated(joint.mean, joint.covariance)
        return fresh.best, fresh.expected_loss, fresh.value_remaining(fresh.leader, 0.01)

    assert min(repeat(judge, timer=process_time, number=1, repeat=15)) < 0.05
