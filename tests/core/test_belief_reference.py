"""P(best), E[max] and the value remaining against numbers that were computed by other means."""

from fractions import Fraction
from math import factorial
from timeit import repeat

import numpy as np
import pytest
from core.builders import beliefs, names, normals
from hypothesis import given, settings, strategies as st
from scipy.special import betainc, betaln, log_expit

from banditctl.core.belief import Belief
from banditctl.core.posterior.beta import Beta
from banditctl.core.quadrature import mesh

# mpmath with 34 digits.
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
NORMALS = [(0, 1), (1, 1), (0.5, 0.2)], [0.166139980951669, 0.61442568825393, 0.219434330794402], 1.30460639094927

# Where other methods fail: the observations, and how the rates differ.
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

parameters = st.tuples(st.integers(1, 40), st.integers(1, 40))
counts = st.floats(0, 9).map(lambda digits: 10**digits)
rates = st.floats(-4, -0.31).map(lambda digits: 10**digits)


@st.composite
def rows(draw, most=8):
    """Beta parameters of some variants, with up to 1e9 observations each, of rates near zero or near one."""
    prior = draw(st.sampled_from([0.5, 1.0]))
    observed = draw(st.lists(st.tuples(counts, rates), min_size=2, max_size=most))
    pairs = [(prior + n * rate, prior + n * (1 - rate)) for n, rate in observed]
    return [pair[::-1] for pair in pairs] if draw(st.booleans()) else pairs


def exact_chance(first, second):
    """P(second is better than first) for whole parameters, as a fraction (Miller 2015)."""

    def beta(a, b):
        return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))

    (a, b), (c, d) = first, second
    return sum(beta(a + i, b + d) / ((d + i) * beta(1 + i, d) * beta(a, b)) for i in range(c))


def by_trapezoids(pairs, margin=0.0):
    """P(no other exceeds (1 + margin) times this one), by scipy's distribution functions on an even grid in log odds.

    For smooth densities that vanish at both ends the trapezoidal rule converges exponentially.
    """
    narrowest = min((1 / a + 1 / b) ** 0.5 for a, b in pairs)
    z = np.arange(-60, 60, narrowest / 5)
    rate = np.exp(log_expit(z))
    below = [betainc(a, b, np.minimum(rate * (1 + margin), 1)) for a, b in pairs]
    density = [np.exp(a * log_expit(z) + b * log_expit(-z) - betaln(a, b)) for a, b in pairs]
    others = [np.prod(below[:k] + below[k + 1 :], axis=0) for k in range(len(pairs))]
    return [float((f * g).sum() * narrowest / 5) for f, g in zip(density, others, strict=True)]


def by_a_finer_mesh(belief):
    fine = mesh(belief.posterior, belief.direction, order=40, stretch=0.5)
    return (fine.mass * fine.others_below()).sum(axis=1)


@pytest.mark.parametrize(("pairs", "best", "best_mean"), BETAS.values(), ids=[f"no. {number}" for number in BETAS])
def test_beta_beliefs_have_the_reference_probabilities(pairs, best, best_mean):
    belief = beliefs(*pairs)
    np.testing.assert_allclose(belief.best, best, rtol=0, atol=1e-11)
    assert belief.best_mean == pytest.approx(best_mean, rel=1e-11, abs=0)
    np.testing.assert_allclose(belief.expected_loss, best_mean - belief.mean, rtol=0, atol=1e-11)


def test_hopeless_variants_have_no_chance_to_twelve_digits():
    assert np.all(np.abs(beliefs(*BETAS[9][0]).best[4:]) <= 1e-12)


def test_normal_beliefs_have_the_reference_probabilities():
    pairs, best, best_mean = NORMALS
    np.testing.assert_allclose(normals(*pairs).best, best, rtol=0, atol=1e-11)
    assert normals(*pairs).best_mean == pytest.approx(best_mean, abs=1e-11)


@pytest.mark.parametrize(
    ("margin", "value"), [(0.01, 0.245632319881712), (0.05, 0.154322009487507), (0.0, 0.273113502167016)]
)
def test_the_value_remaining_is_that_of_the_reference(margin, value):
    assert beliefs(*BETAS[2][0]).value_remaining(1, margin) == pytest.approx(value, abs=1e-11)


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("pairs", HARD.values(), ids=HARD)
def test_where_other_methods_fail_a_mesh_of_four_times_the_panels_agrees(pairs, goal):
    belief = beliefs(*pairs, goal=goal)
    np.testing.assert_allclose(belief.best, by_a_finer_mesh(belief), rtol=0, atol=1e-11)
    assert abs(belief._wins.sum() - 1) <= 1e-11


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("pairs", HARD.values(), ids=HARD)
def test_without_a_margin_the_value_remaining_is_the_chance_of_not_being_best(pairs, goal):
    belief = beliefs(*pairs, goal=goal)
    remaining = [belief.value_remaining(variant, 0.0) for variant in range(len(pairs))]
    np.testing.assert_allclose(remaining, 1 - belief.best, rtol=0, atol=1e-9)


def test_a_certain_rival_of_a_guess_is_seen_however_narrow_it_is():
    guess = beliefs((1, 1), (5e6, 95e6))
    assert guess.value_remaining(0, 0.01) == pytest.approx(0.05 / 1.01, abs=1e-9)
    assert guess.value_remaining(1, 0.01) == pytest.approx(1 - 0.05 * 1.01, abs=1e-9)


def test_of_two_unknown_rates_the_other_is_better_by_a_margin_in_just_under_half_of_all_worlds():
    assert beliefs((1, 1), (1, 1)).value_remaining(0, 0.01) == pytest.approx(0.5 / 1.01, abs=1e-6)


def test_the_value_remaining_of_negative_rewards_asks_for_a_margin_of_their_size():
    worth = normals((-10, 1), (-10, 1))
    further = normals((-9.9, 1), (-10, 1))
    assert worth.value_remaining(0, 0.01) < 0.5
    assert worth.value_remaining(0, 0.01) == pytest.approx(further.value_remaining(0, 0.0), abs=1e-3)
    costs = normals((10, 1), (10, 1), goal="minimize")
    assert costs.value_remaining(0, 0.01) == pytest.approx(worth.value_remaining(0, 0.01), abs=1e-12)


@given(parameters, parameters)
@settings(max_examples=60, deadline=None)
def test_two_variants_of_whole_parameters_agree_with_the_exact_fraction(first, second):
    assert beliefs(first, second).best[1] == pytest.approx(float(exact_chance(first, second)), abs=1e-12)


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.02, 0.98)), min_size=2, max_size=4), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_plain_sum_over_distribution_functions_agrees(observed, cautious):
    prior = 0.5 if cautious else 1.0
    pairs = [(prior + 10**n * rate, prior + 10**n * (1 - rate)) for n, rate in observed]
    np.testing.assert_allclose(beliefs(*pairs).best, by_trapezoids(pairs), rtol=0, atol=1e-10)


@given(st.lists(st.tuples(st.floats(2, 3), st.floats(0.02, 0.5)), min_size=2, max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_plain_sum_agrees_on_the_value_remaining(observed):
    pairs = [(1 + 10**n * rate, 1 + 10**n * (1 - rate)) for n, rate in observed]
    remaining = [beliefs(*pairs).value_remaining(variant, 0.01) for variant in range(len(pairs))]
    np.testing.assert_allclose(remaining, 1 - np.array(by_trapezoids(pairs, 0.01)), rtol=0, atol=1e-9)


@given(rows(), st.sampled_from(["maximize", "minimize"]))
@settings(max_examples=150, deadline=None)
def test_up_to_1e9_observations_a_finer_mesh_agrees_and_the_chances_sum_to_one(pairs, goal):
    belief = beliefs(*pairs, goal=goal)
    np.testing.assert_allclose(belief.best, by_a_finer_mesh(belief), rtol=0, atol=1e-11)
    assert abs(belief._wins.sum() - 1) <= 1e-11
    assert belief.best.sum() == pytest.approx(1, abs=1e-15 * len(pairs))
    assert np.all(belief.best >= 0)


@given(rows(), st.sampled_from(["maximize", "minimize"]))
@settings(max_examples=60, deadline=None)
def test_the_value_remaining_is_a_probability_and_less_for_more_margin(pairs, goal):
    belief = beliefs(*pairs, goal=goal)
    leader = int(belief.best.argmax())
    none, some, more = (belief.value_remaining(leader, margin) for margin in (0.0, 0.01, 0.1))
    assert none == pytest.approx(1 - belief.best[leader], abs=1e-9)
    assert -1e-12 <= more <= some + 1e-4
    assert some <= none + 1e-4 <= 1 + 2e-4


@pytest.mark.parametrize("number", [1, 2, 4, 5, 6, 7, 8])
def test_the_expected_best_is_each_mean_times_the_chance_after_one_more_success(number):
    pairs = BETAS[number][0]
    after = [
        beliefs(*[(a + (j == k), b) for j, (a, b) in enumerate(pairs)]).best[k] * beliefs(*pairs).mean[k]
        for k in range(len(pairs))
    ]
    assert beliefs(*pairs).best_mean == pytest.approx(sum(after), rel=1e-11)


@pytest.mark.parametrize(("pairs", "best", "best_mean"), BETAS.values(), ids=[f"no. {number}" for number in BETAS])
def test_rates_near_one_are_as_exact_as_rates_near_zero(pairs, best, best_mean):
    mirrored = beliefs(*[(b, a) for a, b in pairs], goal="minimize")
    np.testing.assert_allclose(mirrored.best, best, rtol=0, atol=1e-11)
    assert mirrored.best_mean == pytest.approx(1 - best_mean, abs=1e-11)
    np.testing.assert_allclose(mirrored.expected_loss, beliefs(*pairs).expected_loss, rtol=0, atol=1e-11)


def test_minimizing_is_maximizing_the_mirrored_problem():
    pairs, best, best_mean = NORMALS
    costs = normals(*[(-mean, deviation) for mean, deviation in pairs], goal="minimize")
    np.testing.assert_allclose(costs.best, best, rtol=0, atol=1e-11)
    assert costs.best_mean == pytest.approx(-best_mean, abs=1e-11)


@given(rows(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_variants_does_not_matter(pairs, random):
    order = random.sample(range(len(pairs)), len(pairs))
    shuffled = beliefs(*[pairs[k] for k in order])
    np.testing.assert_allclose(shuffled.best, beliefs(*pairs).best[order], rtol=0, atol=1e-12)
    assert shuffled.best_mean == pytest.approx(beliefs(*pairs).best_mean, rel=1e-12)


@pytest.mark.parametrize("number", [2, 3, 7, 10, 50])
@pytest.mark.parametrize("pair", [(1, 1), (0.1, 0.1), (51, 951), (5e6, 95e6), (95e6, 5e6)])
def test_equals_share_alike(number, pair):
    np.testing.assert_allclose(beliefs(*[pair] * number).best, 1 / number, rtol=0, atol=1e-12)


@given(rows(most=5), st.floats(0, 6).map(lambda digits: 10**digits))
@settings(max_examples=60, deadline=None)
def test_a_success_never_lowers_the_chance_of_being_best(pairs, successes):
    (a, b), *others = pairs
    assert beliefs((a + successes, b), *others).best[0] >= beliefs((a, b), *others).best[0] - 1e-12


@given(rows())
@settings(max_examples=20, deadline=None)
def test_the_same_belief_gives_the_same_bits(pairs):
    first, again = beliefs(*pairs), beliefs(*pairs)
    assert first.best.tobytes() == again.best.tobytes()
    assert (first.best_mean, first.value_remaining(0, 0.01)) == (again.best_mean, again.value_remaining(0, 0.01))


@pytest.mark.parametrize(
    "belief",
    [
        beliefs((500, 9500), (5000, 5000)),
        beliefs((5e6, 95e6), (50e6, 50e6)),
        beliefs((0.1, 1e9), (1e9, 0.1)),
        normals((0, 0.01), (1, 0.01)),
        normals((-1e6, 1e-3), (1e6, 1e-3)),
    ],
)
def test_what_is_beaten_beyond_the_reach_of_floats_has_no_chance_at_all(belief):
    assert belief.best.tolist() == [0, 1]
    assert belief.best_mean == pytest.approx(belief.mean[1], rel=1e-12)
    assert (belief.value_remaining(0, 0.01), belief.value_remaining(1, 0.01)) == (1, pytest.approx(0, abs=1e-12))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6, 1e90])
def test_the_unit_of_rewards_does_not_matter(scale):
    pairs, best, best_mean = NORMALS
    scaled = normals(*[(mean * scale, deviation * scale) for mean, deviation in pairs])
    np.testing.assert_allclose(scaled.best, best, rtol=0, atol=1e-11)
    assert scaled.best_mean == pytest.approx(best_mean * scale, rel=1e-11)


@pytest.mark.parametrize(
    ("number", "observations", "milliseconds"), [(2, 1e3, 0.5), (10, 1e3, 1.0), (10, 1e8, 1.0), (50, 1e4, 2.0)]
)
def test_the_chances_of_ten_variants_take_less_than_a_millisecond(number, observations, milliseconds):
    rate = np.linspace(0.048, 0.052, number)
    posterior = Beta(1 + observations * rate, 1 + observations * (1 - rate))
    best_of_many = min(repeat(lambda: Belief(names(number), posterior).best, number=5, repeat=60)) / 5
    assert best_of_many * 1000 < milliseconds
