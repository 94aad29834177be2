"""P(best), E[max] and the value remaining against numbers that were computed by other means."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from core.builders import beliefs, gammas, normals, students
from hypothesis import given, settings, strategies as st
from scipy.special import betainc, betaln, gammainc, gammaln, log_expit, logsumexp, stdtr

# Parameters of each variant, P(best), E[max]; by mpmath with 34 digits.
BETAS = {
    1: ([(51, 951), (61, 941)], [0.16438873512454, 0.83561126487546], 0.0617717091574743),
    2: (
        [(101, 901), (121, 881), (111, 891)],
        [0.0462083149893316, 0.726886497832984, 0.226905187177685],
        0.12305113380295,
    ),
    3: ([(0.5, 0.5), (1.5, 0.5)], [0.297357632715324, 0.702642367284676], 0.827642367284676),
    4: ([(1, 1_000_000), (2, 1_000_000)], [0.250000124999938, 0.749999875000062], 2.24999562500844e-6),
    5: ([(1, 1), (5_000_000, 95_000_000)], [0.95, 0.05], 0.5012500002375),
    6: (
        [(5_000_001, 95_000_001), (5_002_181, 94_997_821)],
        [0.239717266965973, 0.760282733034027],
        0.0500261597487888,
    ),
    7: (
        [(2, 10), (511, 9491), (5_000_001, 95_000_001)],
        [0.892736355131862, 0.0752747168690682, 0.0319889279990695],
        0.168664120766972,
    ),
    8: (
        [(5001, 95001), (5051, 94951), (5101, 94901), (5151, 94851), (5201, 94801)],
        [0.00501951069910617, 0.0246933567622439, 0.0909522467137264, 0.262010722013255, 0.617324163811668],
        0.0522535037544101,
    ),
    9: (
        [(a, 1002 - a) for a in (101, 51, 51, 51, 21, 21, 21, 11, 11, 11)],
        [0.999970436607241, *[9.85446425088868e-6] * 3, *[2.13290330543176e-15] * 3, *[1.2199291601218e-21] * 3],
        0.10079847874551,
    ),
    10: ([(1, 1), (2, 1)], [1 / 3, 2 / 3], 0.75),
}
GAMMAS = {
    11: (
        [(20.5, 100), (26.5, 100), (22.5, 100)],
        [0.128873301080687, 0.633033574291271, 0.238093124628042],
        0.281485930487821,
    ),
    12: ([(1_000_001, 2e7), (1_001_001, 2e7)], [0.23980502731281, 0.76019497268719], 0.0500600375612467),
}
NORMALS = {
    13: ([(0, 1), (1, 1), (0.5, 0.2)], [0.166139980951669, 0.61442568825393, 0.219434330794402], 1.30460639094927)
}
STUDENTS = {
    14: (
        [(8, 10, 0.5), (12, 10.4, 0.4), (30, 10.1, 0.3)],
        [0.220882360659946, 0.580734068416209, 0.198383570923845],
        10.582126733694,
    )
}
FAMILIES = {beliefs: BETAS, gammas: GAMMAS, normals: NORMALS, students: STUDENTS}
REFERENCE = {f"no. {number}": (family, *row) for family, rows in FAMILIES.items() for number, row in rows.items()}

parameters = st.tuples(st.integers(1, 40), st.integers(1, 40))


def exact_chance(first, second):
    """P(second is better than first) for whole parameters, as a fraction (Miller 2015)."""

    def beta(a, b):
        return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))

    (a, b), (c, d) = first, second
    return sum(beta(a + i, b + d) / ((d + i) * beta(1 + i, d) * beta(a, b)) for i in range(c))


def by_trapezoids(step, below, log_density):
    """P(no other is above this one), from (K, m) distribution functions and log densities on an even grid.

    For smooth densities that vanish at both ends the trapezoidal rule converges exponentially.
    """
    return [
        float((np.exp(own) * np.delete(below, variant, axis=0).prod(axis=0)).sum() * step)
        for variant, own in enumerate(log_density)
    ]


def of_betas(pairs, margin=0.0):
    """The same, with others that may exceed this one by `margin` of it; on a grid of log odds."""
    step = min((1 / a + 1 / b) ** 0.5 for a, b in pairs) / 5
    z = np.arange(-60, 60, step)
    rate = np.minimum(np.exp(log_expit(z)) * (1 + margin), 1)
    log_density = [a * log_expit(z) + b * log_expit(-z) - betaln(a, b) for a, b in pairs]
    return by_trapezoids(step, [betainc(a, b, rate) for a, b in pairs], log_density)


def of_gammas(pairs):
    """On a grid of logarithms; each density about its own peak, where large terms do not cancel."""
    step = min(shape**-0.5 for shape, _ in pairs) / 5
    z = np.arange(-60, 10, step)
    exponents = [a * (u - np.expm1(u)) for a, u in ((a, z - np.log(a / b)) for a, b in pairs)]
    log_density = [exponent - logsumexp(exponent) - np.log(step) for exponent in exponents]
    return by_trapezoids(step, [gammainc(a, b * np.exp(z)) for a, b in pairs], log_density)


def of_students(rows):
    """On a grid of area hyperbolic sines, along which the tails fall exponentially."""
    step = 0.0025
    u = np.arange(-25, 25, step)
    freedom, mean, scale = np.array(rows).T[:, :, None]
    standard = (np.sinh(u) - mean) / scale
    normaliser = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - np.log(freedom * np.pi * scale**2) / 2
    log_density = normaliser - (freedom + 1) / 2 * np.log1p(standard**2 / freedom) + np.log(np.cosh(u))
    return by_trapezoids(step, stdtr(freedom, standard), log_density)


@pytest.mark.parametrize(("family", "rows", "best", "best_mean"), REFERENCE.values(), ids=REFERENCE)
def test_beliefs_have_the_reference_probabilities(family, rows, best, best_mean):
    belief = family(*rows)
    np.testing.assert_allclose(belief.best, best, rtol=0, atol=1e-11)
    assert belief.best_mean == pytest.approx(best_mean, rel=1e-11, abs=0)
    np.testing.assert_allclose(belief.expected_loss, best_mean - belief.mean, rtol=0, atol=1e-11)


def test_hopeless_variants_have_no_chance_to_twelve_digits():
    assert np.all(np.abs(beliefs(*BETAS[9][0]).best[4:]) <= 1e-12)


@pytest.mark.parametrize(
    ("margin", "value"), [(0.01, 0.245632319881712), (0.05, 0.154322009487507), (0.0, 0.273113502167016)]
)
def test_the_value_remaining_is_that_of_the_reference(margin, value):
    assert beliefs(*BETAS[2][0]).value_remaining(1, margin) == pytest.approx(value, abs=1e-11)


@given(parameters, parameters)
@settings(max_examples=60, deadline=None)
def test_two_variants_of_whole_parameters_agree_with_the_exact_fraction(first, second):
    assert beliefs(first, second).best[1] == pytest.approx(float(exact_chance(first, second)), abs=1e-12)


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.02, 0.98)), min_size=2, max_size=4), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_plain_sum_over_distribution_functions_agrees_on_rates(observed, cautious):
    prior = 0.5 if cautious else 1.0
    pairs = [(prior + 10**n * rate, prior + 10**n * (1 - rate)) for n, rate in observed]
    np.testing.assert_allclose(beliefs(*pairs).best, of_betas(pairs), rtol=0, atol=1e-10)


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(-2, 2)), min_size=2, max_size=4), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_plain_sum_agrees_on_counts(observed, cautious):
    prior = 0.5 if cautious else 1.0
    pairs = [(prior + 10 ** (n + rate), prior + 10**n) for n, rate in observed]
    np.testing.assert_allclose(gammas(*pairs).best, of_gammas(pairs), rtol=0, atol=1e-10)


@given(st.lists(st.tuples(st.floats(2.5, 1e4), st.floats(-9, 9), st.floats(0.2, 5)), min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_a_plain_sum_agrees_on_amounts(rows):
    np.testing.assert_allclose(students(*rows).best, of_students(rows), rtol=0, atol=1e-10)


@given(st.lists(st.tuples(st.floats(2, 3), st.floats(0.02, 0.5)), min_size=2, max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_plain_sum_agrees_on_the_value_remaining(observed):
    pairs = [(1 + 10**n * rate, 1 + 10**n * (1 - rate)) for n, rate in observed]
    remaining = [beliefs(*pairs).value_remaining(variant, 0.01) for variant in range(len(pairs))]
    np.testing.assert_allclose(remaining, 1 - np.array(of_betas(pairs, 0.01)), rtol=0, atol=1e-9)


@pytest.mark.parametrize("number", [1, 2, 4, 5, 6, 7, 8, 11, 12])
def test_the_expected_best_is_each_mean_times_the_chance_after_one_more_success(number):
    family, rows, _, _ = REFERENCE[f"no. {number}"]
    belief = family(*rows)
    after = [
        family(*[(first + (j == k), second) for j, (first, second) in enumerate(rows)]).best[k] * belief.mean[k]
        for k in range(len(rows))
    ]
    assert belief.best_mean == pytest.approx(sum(after), rel=1e-11)


@pytest.mark.parametrize(("pairs", "best", "best_mean"), BETAS.values(), ids=[f"no. {number}" for number in BETAS])
def test_rates_near_one_are_as_exact_as_rates_near_zero(pairs, best, best_mean):
    mirrored = beliefs(*[(b, a) for a, b in pairs], goal="minimize")
    np.testing.assert_allclose(mirrored.best, best, rtol=0, atol=1e-11)
    assert mirrored.best_mean == pytest.approx(1 - best_mean, abs=1e-11)
    np.testing.assert_allclose(mirrored.expected_loss, beliefs(*pairs).expected_loss, rtol=0, atol=1e-11)


@pytest.mark.parametrize("number", [13, 14])
def test_minimizing_is_maximizing_the_mirrored_problem(number):
    family, rows, best, best_mean = REFERENCE[f"no. {number}"]
    mean = 1 if family is students else 0
    mirrored = [(*row[:mean], -row[mean], *row[mean + 1 :]) for row in rows]
    losses = family(*mirrored, goal="minimize")
    np.testing.assert_allclose(losses.best, best, rtol=0, atol=1e-11)
    assert losses.best_mean == pytest.approx(-best_mean, abs=1e-11)


def test_of_two_counts_the_chance_of_being_the_smallest_is_what_being_the_largest_leaves():
    rows, (first, second), _ = GAMMAS[12]
    np.testing.assert_allclose(gammas(*rows, goal="minimize").best, [second, first], rtol=0, atol=1e-11)
    assert gammas(*rows).best_mean + gammas(*rows, goal="minimize").best_mean == pytest.approx(
        gammas(*rows).mean.sum(), rel=1e-13
    )
