"""Pairs of variants followed from stratum to stratum: reference values, what is read, and in which order."""

from math import exp, log

import numpy as np
import pytest
from core.columns import trials
from hypothesis import given, strategies as st
from msgspec.structs import replace
from simulations.goals_peeking import AMOUNTS, EQUAL, UNEQUAL, watch

from banditctl.core.certainty import Aim, compare, log_mixture, radius
from banditctl.core.past import Pair, Past
from banditctl.core.sequences import contrast, read, wager

# (count, total) of both variants, the variance, and the rates guessed.
STRATA = [
    ((500, 25), (500, 27), 0.05, (0.05, 0.055)),
    ((200, 14), (800, 62), 0.07, (0.06, 0.065)),
    ((100, 4), (900, 41), 0.045, (0.05, 0.055)),
]
LIFT = 0.1
FIRST = ((500, 25), (500, 25))


def sides(one, other, place):
    return np.array([[one[place]], [other[place]]], dtype=float)


def known():
    """Information and score of the strata above."""
    columns = [
        contrast(sides(one, other, 0), sides(one, other, 1), np.full((2, 1), variance))
        for one, other, variance, _ in STRATA
    ]
    return Pair(*np.sum(columns, axis=0)[:, 0].tolist())


def follow(*rows, past=None, lift=LIFT, binary=True, **options):
    given = trials(*rows, **options)
    return read(past or Past(), given, range(len(rows)), lift, binary=binary)


def pair(past, first="A", second="B"):
    return past.pairs[first][second]


def beside(past, variants, leader, value=1.0, shift=None):
    """The leader beside its rivals, rewards being 0 or 1."""
    return compare(past, variants, leader, Aim(LIFT, 0.05, binary=True), value, shift or [0.0] * len(variants))


def test_information_and_score_are_those_of_the_reference():
    found = known()
    assert found.information == pytest.approx(9285.71428571429, rel=1e-14)
    assert found.score == pytest.approx(48.2539682539683, rel=1e-13)
    assert found.score / found.information == pytest.approx(0.0051965811965812, abs=1e-14)


def test_the_normal_mixture_and_its_confidence_sequence_are_those_of_the_reference():
    assert log_mixture(known(), 0.005) == pytest.approx(-0.0807554965458597, abs=1e-13)
    assert radius(known(), 0.005, 0.05) == pytest.approx(0.0595317622085479, abs=1e-13)


def test_the_safe_e_process_is_that_of_the_reference():
    made = [
        wager(sides(one, other, 0), sides(one, other, 1), np.array(rates)[:, np.newaxis]).item()
        for one, other, _, rates in STRATA
    ]
    assert sum(made) == pytest.approx(0.13144003346523, abs=1e-13)


@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_whatever_rate_both_have_a_wager_is_worth_no_more_than_one_on_average(one, other, rate, first, second):
    count = np.array([[one], [other]], dtype=float)
    rates = np.array([[first], [second]])
    worth = 0.0
    for a in range(one + 1):
        for b in range(other + 1):
            chance = np.exp(sum(_log_binomial(n, s, rate) for n, s in ((one, a), (other, b))))
            worth += chance * exp(wager(count, np.array([[a], [b]], dtype=float), rates).item())
    assert worth <= 1 + 1e-12


def _log_binomial(n, s, rate):
    ways = np.sum(np.log(np.arange(n - s + 1, n + 1))) - np.sum(np.log(np.arange(1, s + 1)))
    return ways + s * log(rate) + (n - s) * log(1 - rate)


def test_the_first_thousand_trials_set_the_scale_and_are_no_evidence():
    young = follow(((400, 20), (400, 80)))
    assert (young.scale, young.pairs) == (None, {})
    scaled = follow(((400, 20), (400, 80)), ((100, 10), (100, 10)))
    assert (scaled.scale, scaled.pairs) == (0.12, {})
    assert follow(((9, 1), (9, 2)), past=scaled).scale == 0.12
    assert pair(follow(((9, 1), (9, 2)), past=scaled)).information > 0


def test_where_all_rewards_are_alike_there_is_no_scale():
    assert follow(((5000, 0), (5000, 0))).scale is None
    assert follow(((5000, 0), (5000, 0)), ((100, 1), (100, 0))).scale == pytest.approx(1 / 10200)


def test_a_mean_near_zero_is_as_large_as_its_standard_error():
    given = {"squares": [[500, 500]], "binary": False}
    assert follow(((500, 0), (500, 0)), **given).scale == pytest.approx(1000**-0.5)


def test_one_more_success_of_the_second_variant_moves_the_difference_by_one_in_its_trials():
    past = follow(FIRST)
    one, other = (pair(follow(((100, 5), (300, s)), past=past)) for s in (15, 16))
    assert one.score == 0
    assert other.score / other.information == pytest.approx(1 / 300)


def test_strata_read_at_once_or_one_by_one_come_to_the_same():
    rows = [FIRST, ((500, 20), (400, 30)), ((100, 9), (800, 40)), ((300, 9), (300, 40))]
    past = Past()
    for row in rows:
        past = follow(row, past=past)
    assert past == follow(*rows)


def test_an_empty_stratum_says_nothing_and_ages_nothing():
    past = follow(FIRST, ((500, 20), (400, 30)))
    assert follow(((0, 0), (0, 0)), past=past) == past


def test_a_stratum_in_which_one_variant_had_no_trial_compares_nothing():
    past = follow(FIRST, ((500, 20), (400, 30)))
    assert pair(follow(((500, 400), (0, 0)), past=past)) == pair(past)


def test_what_is_guessed_does_not_know_the_stratum_it_is_guessed_of():
    """Two strata that differ only in what they earn are bet on at the same rates."""
    past = follow(FIRST, ((500, 20), (500, 40)))
    # On average over what a stratum of one trial each can earn at a common rate, wealth does not grow.
    before = pair(past).log_wealth
    for rate in (0.01, 0.06, 0.5):
        chances = {(a, b): (rate if a else 1 - rate) * (rate if b else 1 - rate) for a in (0, 1) for b in (0, 1)}
        worth = sum(
            chance * exp(pair(follow(((1, a), (1, b)), past=past)).log_wealth - before)
            for (a, b), chance in chances.items()
        )
        assert worth <= 1 + 1e-12


def test_the_order_of_variants_in_the_policy_file_does_not_matter():
    rows = [FIRST, ((500, 20), (400, 30)), ((100, 9), (800, 40))]
    swapped = [(other, one) for one, other in rows]
    assert follow(*rows) == follow(*swapped, variants="BA")


def test_who_joins_later_is_compared_from_then_on_and_who_left_keeps_what_was_known():
    past = follow(FIRST, ((500, 20), (400, 30)))
    three = follow(((500, 20), (400, 30), (100, 9)), past=past, variants="ABC")
    assert pair(three).information > pair(past).information
    assert 0 < pair(three, "A", "C").information < pair(three).information
    without = follow(((500, 20), (100, 9)), past=three, variants="AC")
    assert pair(without) == pair(three)
    assert without.recent["B"] == three.recent["B"]
    back = follow(((500, 20), (400, 30), (100, 9)), past=without, variants="ABC")
    assert pair(back).information > pair(three).information


def test_amounts_are_compared_by_their_spread_within_strata():
    rows, squares = [((500, 5000), (500, 5000))] * 40, [[52_000, 52_000]] * 40
    calm = follow(*rows, squares=squares, binary=False)
    assert calm.scale == pytest.approx(10)
    # Within a stratum the variance is 4, so that a thousand trials tell a difference to 4 * (1/500 + 1/500).
    assert pair(calm).information == pytest.approx(39 / (4 / 250), rel=0.01)
    assert pair(calm).log_wealth == 0


def test_a_level_that_rises_and_falls_for_both_adds_no_spread():
    days = [((500, 500 * level), (500, 500 * level)) for level in (10, 30) * 20]
    squares = [[500 * (level**2 + 4)] * 2 for level in (10, 30) * 20]
    moving = follow(*days, squares=squares, binary=False)
    assert pair(moving).information == pytest.approx(39 / (4 / 250), rel=0.01)


def test_a_rare_large_reward_does_not_count_as_if_it_had_been_expected():
    quiet = [((500, 500), (500, 500))] * 30
    before = follow(*quiet, squares=[[501, 501]] * 30, binary=False)
    surprised = follow(((500, 500), (500, 1500)), past=before, squares=[[501, 1_000_501]], binary=False)
    added = pair(surprised).score - pair(before).score
    assert added**2 / (pair(surprised).information - pair(before).information) < 36


def test_the_leader_is_compared_with_every_rival_whichever_comes_first_by_name():
    past = follow(FIRST, ((500, 20), (400, 30)))
    (a_over_b,) = beside(past, "AB", "A").values()
    (b_over_a,) = beside(past, "AB", "B").values()
    assert a_over_b.effect == -b_over_a.effect < 0
    assert a_over_b.e_value == b_over_a.e_value == exp(pair(past).log_wealth)
    assert a_over_b.interval == pytest.approx([-bound for bound in reversed(b_over_a.interval)])


def test_the_more_rivals_the_wider_are_the_intervals():
    past = follow(FIRST, ((500, 20), (400, 30)))
    beside_one, beside_three = (beside(past, names, "B")["A"].interval for names in ("AB", "ABCD"))
    assert beside_three[0] < beside_one[0] < beside_one[1] < beside_three[1]


def test_what_rewards_are_worth_and_requests_cost_is_compared_as_if_it_had_been_earned_so():
    rows, squares = [FIRST, ((500, 20), (400, 30))], [[25, 25], [20, 30]]
    past = follow(*rows, binary=False, squares=squares)
    # Worth 3 each, less 0.1 a request of A: totals and squares by hand.
    net = [((n, 3 * s - 0.1 * n), (m, 3.0 * t)) for (n, s), (m, t) in rows]
    spread = [[9 * s - 0.6 * s + 0.01 * n, 9.0 * t] for (n, s), (m, t) in rows]
    by_hand = follow(*net, binary=False, squares=spread)
    found = compare(past, "AB", "B", Aim(LIFT, 0.05, binary=False), 3.0, [-0.1, 0.0])["A"]
    assert found.effect == pytest.approx(pair(by_hand).score / pair(by_hand).information)
    # Costs are no noise; by hand they look like a little.
    assert found.effect == pytest.approx(3 * (30 / 400 - 20 / 500) + 0.1)
    deviation = LIFT * 3 * past.scale
    assert found.interval[1] - found.effect == pytest.approx(radius(pair(by_hand), deviation, 0.05), rel=0.02)


def test_rates_that_are_not_worth_the_same_have_the_evidence_of_amounts():
    past = follow(FIRST, ((500, 20), (400, 30)))
    equal, dearer = (beside(past, "AB", "B", shift=shift)["A"] for shift in ([-0.1, -0.1], [0.0, -0.1]))
    assert equal.e_value == exp(pair(past).log_wealth)
    assert (dearer.e_value, dearer.effect) != (equal.e_value, equal.effect)
    assert dearer.effect == pytest.approx(equal.effect - 0.1)


def test_an_e_value_that_no_number_can_hold_is_as_large_as_one_can_be():
    past = replace(follow(FIRST), pairs={"A": {"B": Pair(1e6, 0.0, 5000.0)}})
    assert beside(past, "AB", "B")["A"].e_value == exp(700)


@pytest.mark.parametrize("name", EQUAL)
def test_equal_variants_are_hardly_ever_told_apart_by_looking_often(name):
    rows = watch(EQUAL[name], 0, 0, seeds=20)
    assert sum(row[0] is not None for row in rows) <= 1
    assert sum(row[1] is not None for row in rows) <= 1
    assert sum(not row[2] for row in rows) <= 1


def test_nor_are_equal_amounts():
    rows = watch(AMOUNTS["rare revenue, Thompson, day"], 0, 0, seeds=20)
    assert sum(row[0] is not None for row in rows) <= 1


def test_a_lift_of_a_fifth_is_found_by_both():
    rows = watch(UNEQUAL["fixed, lift 20%"][0], 0, 0, seeds=40)
    assert all(row[0] and row[1] for row in rows)
    assert np.median([row[0] for row in rows]) <= 27
    assert np.median([row[1] for row in rows]) <= 27
