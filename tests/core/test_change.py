"""What came lately beside what is remembered: when it is worth an alert, and when not."""

import numpy as np
import pytest
from core.columns import trials
from simulations.goals_change import WORLDS, watch

from banditctl.core.change import change

CALM = ((500, 25), (500, 25))
BETTER, WORSE = ((500, 25), (500, 40)), ((500, 25), (500, 10))


def found(*rows, leader=0, discount=1.0, **options):
    return change(trials(*rows, **options), leader, discount)


def test_a_rival_that_earns_more_than_it_used_to_is_named_with_the_window_that_shows_it_best():
    seen = found(*[CALM] * 100, *[BETTER] * 24)
    assert (seen.rival, seen.window, seen.alert) == ("B", 24, True)
    assert seen.z > 4


def test_by_hand_it_is_the_difference_of_two_differences_in_standard_deviations():
    rows = [CALM] * 30 + [BETTER] * 24
    within = 30 * 2 * (25 - 25**2 / 500) + 24 * (25 - 25**2 / 500 + 40 - 40**2 / 500)
    of_all = within / (54 * 2 * 499)
    own = [
        max(of_all, (sum(s - s * s / 500 for s in successes) + of_all) / (54 * 499 + 1))
        for successes in ([25] * 54, [25] * 30 + [40] * 24)
    ]
    error = sum(own) / 500
    assert found(*rows).z == pytest.approx((0.03 - 0) / np.sqrt(error / 24 + error / 30))


def test_one_that_earns_less_has_a_negative_sign_and_the_leader_may_be_either():
    assert found(*[CALM] * 100, *[WORSE] * 24).z < -4
    swapped = found(*[CALM] * 100, *[WORSE] * 24, leader=1)
    assert (swapped.rival, swapped.z > 4) == ("A", True)


def test_a_level_that_changes_for_both_is_no_change():
    assert found(*[CALM] * 100, *[((500, 100), (500, 100))] * 24).z == 0


def test_where_all_is_as_it_was_there_is_no_alert():
    assert not found(*[CALM] * 200).alert


def test_what_is_forgotten_is_not_compared():
    rows = [CALM] * 100 + [BETTER] * 90
    assert found(*rows, discount=1.0).alert
    assert not found(*rows, discount=0.8).alert


def test_strata_in_transition_or_with_an_open_window_are_left_out():
    rows, bad = [CALM] * 100, [BETTER] * 24
    for flags in ({"settled": [True] * 100 + [False] * 24}, {"ripe": [True] * 100 + [False] * 24}):
        assert found(*rows, *bad, **flags).z == 0


def test_too_few_trials_are_not_compared():
    assert found(*[CALM] * 30, ((1000, 50), (99, 99))) is not None
    assert found(*[((500, 25), (0, 0))] * 100, *[BETTER] * 24) is None
    assert found(CALM) is None
    assert change(trials(), 0, 1.0) is None


def test_where_no_reward_ever_differed_there_is_nothing_to_compare():
    assert found(*[((500, 0), (500, 0))] * 200) is None


def test_what_is_long_forgotten_is_compared_by_what_is_left_of_it():
    assert (
        found(*[CALM] * 100, *[BETTER] * 24, discount=0.5, elapsed=[*range(5100, 5000, -1), *range(23, -1, -1)]).z > 2
    )


def test_a_swap_of_the_best_is_told_within_days_and_not_before():
    assert all(168 < hour < 168 + 120 for hour in watch(WORLDS["swap, day"][0], 0, 0, seeds=2))
