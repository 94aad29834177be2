"""What holds for every belief, whatever was seen: order, ties, units, margins, up to a billion observations."""

import numpy as np
import pytest
from core.builders import beliefs, gammas, normals, students
from hypothesis import given, settings, strategies as st

FAMILIES = {"beta": beliefs, "gamma": gammas, "student_t": students}

counts = st.floats(0, 9).map(lambda digits: 10**digits)
rates = st.floats(-4, -0.31).map(lambda digits: 10**digits)
goals = st.sampled_from(["maximize", "minimize"])


@st.composite
def rates_seen(draw, most=8):
    """Beta parameters of some variants, with up to 1e9 observations each, of rates near zero or near one."""
    prior = draw(st.sampled_from([0.5, 1.0]))
    observed = draw(st.lists(st.tuples(counts, rates), min_size=2, max_size=most))
    pairs = [(prior + n * rate, prior + n * (1 - rate)) for n, rate in observed]
    return [pair[::-1] for pair in pairs] if draw(st.booleans()) else pairs


@st.composite
def counts_seen(draw, most=8):
    """Gamma parameters of some variants, of mean counts from a ten-thousandth to a hundred."""
    prior = draw(st.sampled_from([0.1, 1.0]))
    means = st.floats(-4, 2).map(lambda digits: 10**digits)
    observed = draw(st.lists(st.tuples(counts, means), min_size=2, max_size=most))
    return [(prior + n * mean, prior + n) for n, mean in observed]


@st.composite
def amounts_seen(draw, most=8):
    """Student-t parameters of some variants: as many degrees of freedom as rewards, and three."""
    size = draw(st.sampled_from([1e-3, 1.0, 1e3]))
    observed = st.tuples(counts | st.just(0.0), st.floats(-10, 10), st.floats(0.1, 10))
    return [
        (n + 3, size * mean, size * spread / (n + 1) ** 0.5)
        for n, mean, spread in draw(st.lists(observed, min_size=2, max_size=most))
    ]


SEEN = {"beta": rates_seen, "gamma": counts_seen, "student_t": amounts_seen}
each_family = pytest.mark.parametrize("family", FAMILIES)


@each_family
@given(data=st.data(), goal=goals)
@settings(max_examples=60, deadline=None)
def test_the_chances_are_no_less_than_zero_and_sum_to_one(family, data, goal):
    belief = FAMILIES[family](*data.draw(SEEN[family]()), goal=goal)
    assert abs(belief._mesh.wins.sum() - 1) <= 1e-11
    assert belief.best.sum() == pytest.approx(1, abs=1e-15 * len(belief.variants))
    assert np.all(belief.best >= 0)
    assert np.all(belief.expected_loss >= -1e-12 * np.abs(belief.mean).max())


@each_family
@given(data=st.data(), goal=goals)
@settings(max_examples=40, deadline=None)
def test_the_value_remaining_is_a_probability_and_less_for_more_margin(family, data, goal):
    belief = FAMILIES[family](*data.draw(SEEN[family]()), goal=goal)
    none, some, more = (belief.value_remaining(belief.leader, margin) for margin in (0.0, 0.01, 0.1))
    assert none == pytest.approx(1 - belief.best[belief.leader], abs=1e-9)
    low, high = (end[belief.leader] for end in belief.interval(0.95))
    if low < 0 < high:
        assert (some, more) == (None, None)
    else:
        assert -1e-12 <= more <= some + 1e-4
        assert some <= none + 1e-4 <= 1 + 2e-4


@each_family
@given(data=st.data(), random=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_variants_does_not_matter(family, data, random):
    rows = data.draw(SEEN[family]())
    order = random.sample(range(len(rows)), len(rows))
    belief, shuffled = FAMILIES[family](*rows), FAMILIES[family](*[rows[k] for k in order])
    np.testing.assert_allclose(shuffled.best, belief.best[order], rtol=0, atol=1e-12)
    assert shuffled.best_mean == pytest.approx(belief.best_mean, rel=1e-12, abs=1e-12 * np.abs(belief.mean).max())


@pytest.mark.parametrize("number", [2, 3, 7, 10, 50])
@pytest.mark.parametrize(
    ("family", "row"),
    [("beta", pair) for pair in [(1, 1), (0.1, 0.1), (51, 951), (5e6, 95e6), (95e6, 5e6)]]
    + [("gamma", pair) for pair in [(1, 1), (0.1, 0.1), (51, 1000), (5e8, 1e9)]]
    + [("student_t", row) for row in [(3, 0, 1), (1002, -7, 0.1), (1e9, 5, 1e-4)]],
)
def test_equals_share_alike(family, row, number):
    np.testing.assert_allclose(FAMILIES[family](*[row] * number).best, 1 / number, rtol=0, atol=1e-12)


@pytest.mark.parametrize("family", ["beta", "gamma"])
@given(data=st.data(), successes=st.floats(0, 6).map(lambda digits: 10**digits))
@settings(max_examples=60, deadline=None)
def test_a_success_never_lowers_the_chance_of_being_best(family, data, successes):
    (first, second), *others = data.draw(SEEN[family](most=5))
    before, after = (FAMILIES[family]((first + more, second), *others).best[0] for more in (0, successes))
    assert after >= before - 1e-12


@given(amounts_seen(most=5), st.floats(0, 10))
@settings(max_examples=60, deadline=None)
def test_nor_does_a_greater_mean(rows, more):
    (freedom, mean, scale), *others = rows
    before, after = (students((freedom, mean + extra, scale), *others).best[0] for extra in (0, more))
    assert after >= before - 1e-12


@each_family
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_the_same_belief_gives_the_same_bits(family, data):
    rows = data.draw(SEEN[family]())
    first, again = FAMILIES[family](*rows), FAMILIES[family](*rows)
    assert first.best.tobytes() == again.best.tobytes()
    assert (first.best_mean, first.value_remaining(0, 0.01)) == (again.best_mean, again.value_remaining(0, 0.01))


@pytest.mark.parametrize(
    "belief",
    [
        beliefs((500, 9500), (5000, 5000)),
        beliefs((5e6, 95e6), (50e6, 50e6)),
        beliefs((0.1, 1e9), (1e9, 0.1)),
        gammas((500, 10_000), (5000, 10_000)),
        gammas((1e3, 1e9), (1e15, 1e9)),
        normals((1, 0.01), (2, 0.01)),
        normals((-1e6, 1e-3), (1e6, 1e-3)),
        students((1e6, -1e6, 1e-3), (1e6, 1e6, 1e-3)),
    ],
)
def test_what_is_beaten_beyond_the_reach_of_floats_has_no_chance_at_all(belief):
    assert belief.best.tolist() == [0, 1]
    assert belief.best_mean == pytest.approx(belief.mean[1], rel=1e-12)
    assert (belief.value_remaining(0, 0.01), belief.value_remaining(1, 0.01)) == (1, pytest.approx(0, abs=1e-12))


NORMALS = [(0, 1), (1, 1), (0.5, 0.2)]
STUDENTS = [(8, 10, 0.5), (12, 10.4, 0.4), (30, 10.1, 0.3)]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6, 1e90])
def test_the_unit_of_rewards_does_not_matter(scale):
    scaled = {
        normals: [(mean * scale, deviation * scale) for mean, deviation in NORMALS],
        students: [(freedom, mean * scale, spread * scale) for freedom, mean, spread in STUDENTS],
    }
    for family, rows in {normals: NORMALS, students: STUDENTS}.items():
        belief, same = family(*scaled[family]), family(*rows)
        np.testing.assert_allclose(belief.best, same.best, rtol=0, atol=1e-13)
        assert belief.best_mean == pytest.approx(same.best_mean * scale, rel=1e-13)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_nor_does_the_unit_of_trials_that_counts_are_had_in(scale):
    rows = [(20.5, 100), (26.5, 100), (22.5, 100)]
    belief, same = gammas(*[(shape, rate * scale) for shape, rate in rows]), gammas(*rows)
    np.testing.assert_allclose(belief.best, same.best, rtol=0, atol=1e-13)
    assert belief.best_mean == pytest.approx(same.best_mean / scale, rel=1e-13)


def test_of_two_unknown_rates_the_other_is_better_by_a_margin_in_just_under_half_of_all_worlds():
    assert beliefs((1, 1), (1, 1)).value_remaining(0, 0.01) == pytest.approx(0.5 / 1.01, abs=1e-6)


def test_of_two_unknown_counts_the_odds_of_that_are_the_margin_itself():
    # The ratio of two exponential variables exceeds r with probability 1 / (1 + r).
    assert gammas((1, 1), (1, 1)).value_remaining(0, 0.01) == pytest.approx(1 / 2.01, abs=1e-11)
    assert gammas((1, 1), (1, 1), goal="minimize").value_remaining(0, 0.01) == pytest.approx(0.99 / 1.99, abs=1e-11)


def test_the_value_remaining_of_negative_rewards_asks_for_a_margin_of_their_size():
    worth = normals((-10, 1), (-10, 1))
    further = normals((-9.9, 1), (-10, 1))
    assert worth.value_remaining(0, 0.01) < 0.5
    assert worth.value_remaining(0, 0.01) == pytest.approx(further.value_remaining(0, 0.0), abs=1e-3)
    costs = normals((10, 1), (10, 1), goal="minimize")
    assert costs.value_remaining(0, 0.01) == pytest.approx(worth.value_remaining(0, 0.01), abs=1e-12)
