"""Where simpler methods fail, small versions of them do, and ours does not."""

import numpy as np
import pytest
from core.builders import beliefs, normals
from numpy.polynomial import hermite, legendre
from scipy.special import betainc, betaln, log_expit, ndtr, xlog1py, xlogy

from banditctl.core.quadrature import mesh

# The observations, and how the rates differ.
HARD = {
    "1e8 observations, one deviation apart": [(5e6, 95e6), (5.0022e6, 94.9978e6)],
    "1e8 observations, ten near ties": [(5e6 + 500 * k, 95e6 - 500 * k) for k in range(10)],
    "scales from 1 to 1e8 observations": [(0.05 * 10**k + 1, 0.95 * 10**k + 1) for k in range(9)],
    "a certain variant among guesses": [(1, 1), (5e6, 95e6), (0.5, 0.5), (2, 30)],
    "few conversions": [(1, 1e6), (2, 1e6), (5, 1e6)],
    "a floor of one per cent beside the rest": [(51, 951), (5_001, 95_001), (5_050, 94_950)],
    "two poles": [(0.1, 0.1), (0.1, 1.1)],
    "fifty near ties": [(500 + k / 10, 9500 - k / 10) for k in range(50)],
    "nothing in common": [(500, 9500), (5000, 5000), (5e6, 95e6)],
}
hard = pytest.mark.parametrize("pairs", HARD.values(), ids=HARD)
goals = pytest.mark.parametrize("goal", ["maximize", "minimize"])


def of_each(density, below):
    """Each variant's density times the others' distribution functions, summed over the nodes."""
    return np.array([(own * np.delete(below, k, axis=0).prod(axis=0)).sum() for k, own in enumerate(density)])


def on_the_unit_interval(pairs, order=200):
    """Gauss-Legendre between the rates 0 and 1."""
    nodes, weights = legendre.leggauss(order)
    rate, (a, b) = (nodes + 1) / 2, np.array(pairs, dtype=float).T[:, :, None]
    density = np.exp(xlogy(a - 1, rate) + xlog1py(b - 1, -rate) - betaln(a, b)) * weights / 2
    return of_each(density, betainc(a, b, rate))


def on_one_window(pairs, order=64):
    """Gauss-Legendre in log odds from the least to the greatest of all ten deviations about the modes."""
    (a, b), (nodes, weights) = np.array(pairs, dtype=float).T[:, :, None], legendre.leggauss(order)
    mode, span = np.log(a / b), 10 * np.sqrt(1 / a + 1 / b)
    low, high = (mode - span).min(), (mode + span).max()
    z = low + (nodes + 1) / 2 * (high - low)
    density = np.exp(a * log_expit(z) + b * log_expit(-z) - betaln(a, b)) * weights / 2 * (high - low)
    return of_each(density, betainc(a, b, np.exp(log_expit(z))))


def by_normal_approximation(pairs):
    """Normal beliefs of the same means and deviations."""
    like = beliefs(*pairs).posterior
    return normals(*zip(like.mean, like.deviation, strict=True)).best


def by_hermite_in_their_own_scale(rows, order=128):
    """Gauss-Hermite for normal beliefs, the nodes of each variant in its own scale."""
    nodes, weights = hermite.hermgauss(order)
    mean, deviation = np.array(rows, dtype=float).T
    z = mean[:, None] + np.sqrt(2) * deviation[:, None] * nodes
    below = ndtr((z[:, None, :] - mean[:, None]) / deviation[:, None])
    return np.array([np.delete(each, k, axis=0).prod(axis=0) @ weights for k, each in enumerate(below)]) / np.pi**0.5


@goals
@hard
def test_where_other_methods_fail_a_mesh_of_four_times_the_panels_agrees(pairs, goal):
    belief = beliefs(*pairs, goal=goal)
    fine = mesh(belief.posterior, belief.direction, order=40, stretch=0.5)
    np.testing.assert_allclose(belief.best, fine.wins.sum(axis=1), rtol=0, atol=1e-11)
    assert abs(belief._mesh.wins.sum() - 1) <= 1e-11


@goals
@hard
def test_without_a_margin_the_value_remaining_is_the_chance_of_not_being_best(pairs, goal):
    belief = beliefs(*pairs, goal=goal)
    remaining = [belief.value_remaining(variant, 0.0) for variant in range(len(pairs))]
    np.testing.assert_allclose(remaining, 1 - belief.best, rtol=0, atol=1e-9)


def test_a_certain_rival_of_a_guess_is_seen_however_narrow_it_is():
    guess = beliefs((1, 1), (5e6, 95e6))
    assert guess.value_remaining(0, 0.01) == pytest.approx(0.05 / 1.01, abs=1e-9)
    assert guess.value_remaining(1, 0.01) == pytest.approx(1 - 0.05 * 1.01, abs=1e-9)


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([(50_001, 950_001), (50_219, 949_783)], 0.2),
        ([(5_000_001, 95_000_001), (5_002_181, 94_997_821)], 0.7),
        ([(1, 1_000_000), (2, 1_000_000)], 0.7),
        (HARD["fifty near ties"], 0.01),
    ],
)
def test_a_rule_on_the_unit_interval_misses_the_peak(pairs, error):
    found = on_the_unit_interval(pairs)
    assert np.abs(found - beliefs(*pairs).best).max() > error
    assert found.sum() < 0.9


def test_on_that_interval_few_observations_are_no_trouble():
    pairs = [(51, 951), (61, 941)]
    np.testing.assert_allclose(on_the_unit_interval(pairs), beliefs(*pairs).best, rtol=0, atol=1e-11)


def test_one_window_for_all_variants_fails_where_their_scales_differ():
    mixed = [(1, 1), (5_000_001, 95_000_001)]
    assert np.abs(on_one_window(mixed) - beliefs(*mixed).best).max() > 0.04
    alike = [(5001, 95001), (5101, 94901)]
    np.testing.assert_allclose(on_one_window(alike), beliefs(*alike).best, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("pairs", "error"), [([(1, 1_000_000), (2, 1_000_000)], 0.02), ([(51, 951), (61, 941)], 5e-4)])
def test_a_normal_approximation_errs_with_few_conversions(pairs, error):
    assert np.abs(by_normal_approximation(pairs) - beliefs(*pairs).best).max() > error


@pytest.mark.parametrize(
    ("ratio", "least", "most"), [(1, 0, 1e-14), (5, 1e-6, 1e-5), (10, 2e-3, 1e-2), (30, 1.9e-2, 0.1)]
)
def test_a_rule_in_the_scale_of_each_variant_errs_beside_a_narrower_one(ratio, least, most):
    rows = [(0.1 * ratio, ratio), (0, 1)]
    found, exact = by_hermite_in_their_own_scale(rows), ndtr(0.1 * ratio / np.hypot(ratio, 1))
    assert least <= np.abs(found - [exact, 1 - exact]).max() <= most
    np.testing.assert_allclose(normals(*rows).best, [exact, 1 - exact], rtol=0, atol=1e-13)


def test_ten_thousand_draws_err_in_the_third_digit():
    draws = np.random.default_rng(1).beta(*np.array(HARD["1e8 observations, ten near ties"]).T, size=(10_000, 10))
    found = np.bincount(draws.argmax(axis=1), minlength=10) / 10_000
    assert np.abs(found - beliefs(*HARD["1e8 observations, ten near ties"]).best).max() > 2e-3
