"""Which of several correlated variables is the largest, against draws, other integrals and itself."""

import numpy as np
import pytest
from core.entangled import anyhow, by_draws, compared, spread
from scipy.stats import multivariate_normal

from banditctl.core.belief import Independent
from banditctl.core.orthant import largest
from banditctl.core.posterior.normal import Normal

# What is promised of every probability.
CLOSE = 2e-3


@pytest.mark.parametrize("number", [4, 6, 8, 10])
@pytest.mark.parametrize("made", [compared, anyhow])
def test_a_million_draws_agree(made, number):
    rng = np.random.default_rng(number)
    mean, covariance = made(number, rng)
    chances, expected = by_draws(mean, covariance, rng)
    found, best = largest(mean, covariance)
    np.testing.assert_allclose(found, chances, rtol=0, atol=CLOSE)
    assert best == pytest.approx(expected, abs=CLOSE * spread(covariance).max())


@pytest.mark.parametrize("seed", range(20))
def test_an_integral_of_another_library_agrees(seed):
    rng = np.random.default_rng(seed)
    mean, covariance = compared(4 + seed % 3, rng)
    found, _ = largest(mean, covariance)
    for own in range(len(mean)):
        ahead = np.delete(np.eye(len(mean))[own] - np.eye(len(mean)), own, axis=0)
        behind = multivariate_normal(-ahead @ mean, ahead @ covariance @ ahead.T)
        assert found[own] == pytest.approx(behind.cdf(np.zeros(len(ahead))), abs=5e-4)


@pytest.mark.parametrize("number", [3, 4, 5, 10])
@pytest.mark.parametrize("seed", range(5))
def test_independent_variables_have_the_chances_of_the_quadrature(number, seed):
    rng = np.random.default_rng(seed)
    mean, deviation = rng.normal(size=number), 10 ** rng.uniform(-2, 0.5, size=number)
    exact = Independent(("",) * number, Normal(mean, deviation))
    found, best = largest(mean, np.diag(deviation**2))
    np.testing.assert_allclose(found, exact.best, rtol=0, atol=1e-3)
    assert best == pytest.approx(exact.best_mean, abs=1e-3 * deviation.max())


@pytest.mark.parametrize("made", [compared, anyhow])
@pytest.mark.parametrize("seed", range(30))
def test_neither_order_nor_a_common_level_matters(made, seed):
    rng = np.random.default_rng(seed)
    mean, covariance = made(4 + seed % 7, rng)
    order = rng.permutation(len(mean))
    found, best = largest(mean, covariance)
    shuffled, again = largest(mean[order], covariance[np.ix_(order, order)])
    np.testing.assert_allclose(shuffled, found[order], rtol=0, atol=1e-12)
    assert again == pytest.approx(best, rel=1e-12)
    lifted, higher = largest(mean + 2, covariance + spread(covariance).max() ** 2)
    np.testing.assert_allclose(lifted, found, rtol=0, atol=1e-6)
    assert higher == pytest.approx(best + 2, abs=1e-5 * (2 + spread(covariance).max()))


@pytest.mark.parametrize("number", range(4, 11))
def test_equals_share_alike_whatever_else_there_is(number):
    rng = np.random.default_rng(number)
    all_alike, _ = largest(np.zeros(number), np.eye(number) + rng.uniform())
    np.testing.assert_allclose(all_alike, 1 / number, rtol=0, atol=1e-12)
    mean, covariance = compared(number, rng)
    twins = np.array([1, 1, *range(2, number)])
    covariance = covariance[np.ix_(twins, twins)] + np.diag(np.full(number, 0.1 * covariance.max()))
    found, _ = largest(mean[twins], covariance)
    assert found[0] == pytest.approx(found[1], abs=1e-12)


@pytest.mark.parametrize("observations", [1e2, 1e5, 1e9])
def test_a_variable_known_a_hundred_million_times_better_than_another_does_no_harm(observations):
    covariance = np.diag([1 / observations, 1 / observations, 1.0, 0.1]) + 1
    mean = np.array([0.0, 1 / observations**0.5, 0.1, -0.3])
    exact = Independent(tuple("abcd"), Normal(mean, np.sqrt(np.diag(covariance) - 1)))
    found, best = largest(mean, covariance)
    np.testing.assert_allclose(found, exact.best, rtol=0, atol=CLOSE)
    assert best == pytest.approx(exact.best_mean, abs=CLOSE)


def test_what_is_beaten_beyond_the_reach_of_floats_has_no_chance_at_all():
    found, best = largest(np.array([0.0, 1, 2, 3]), np.eye(4) * 1e-6)
    assert found.tolist() == [0, 0, 0, 1]
    assert best == 3


def test_the_same_question_has_the_same_answer_bit_for_bit():
    mean, covariance = compared(7, np.random.default_rng(7))
    (one, best), (other, again) = largest(mean, covariance), largest(mean.copy(), covariance.copy())
    assert (one.tobytes(), best) == (other.tobytes(), again)
