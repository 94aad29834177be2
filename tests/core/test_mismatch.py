"""Requests beside the shares that were to send them: the reference, alarms and what is none."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, strategies as st
from simulations.goals_mismatch import WORLDS, watch

from banditctl.core.mismatch import judge, read

# Requests, and the shares in force.
REFERENCE = [
    ((340, 330, 330), (0.3333, 0.3333, 0.3334)),
    ((120, 180, 700), (0.1, 0.2, 0.7)),
    ((60, 250, 690), (0.05, 0.25, 0.7)),
]


def routed(*strata, variants="ABC", before=None):
    return read(before or {}, variants, [(np.array(counts, float), np.array(shares)) for counts, shares in strata])


def judged(*strata, variants="AB", block=1):
    return judge(routed(*strata, variants=variants), variants, block)


def test_the_evidence_is_that_of_the_reference():
    assert log(judged(*REFERENCE, variants="ABC").e_value) == pytest.approx(-0.534144848626586, abs=1e-12)


def test_read_at_once_or_one_by_one_it_is_the_same():
    known = {}
    for stratum in REFERENCE:
        known = routed(stratum, before=known)
    assert known == routed(*REFERENCE)


@given(st.integers(1, 8), st.floats(0, 1))
def test_on_average_no_bet_gains_where_requests_go_by_the_shares(number, share):
    ways = np.array([np.prod(np.arange(number - k + 1, number + 1) / np.arange(1, k + 1)) for k in range(number + 1)])
    chances = ways * share ** np.arange(number + 1) * (1 - share) ** np.arange(number + 1)[::-1]
    made = [judged(((k, number - k), (share, 1 - share))).e_value for k in range(number + 1)]
    assert chances @ made == pytest.approx(1, abs=1e-9)


def test_a_variant_that_gets_a_tenth_more_than_its_share_is_named():
    found = judged(((55_000, 45_000), (0.5, 0.5)))
    assert (found.alarm, found.variant, found.deviation) == (True, "A", pytest.approx(0.1))


def test_a_trifle_is_no_alarm_however_sure_it_is():
    found = judged(((5_040_000, 4_960_000), (0.5, 0.5)))
    assert found.e_value > 1000
    assert not found.alarm


def test_too_little_to_be_sure_is_no_alarm_however_far_off_it_looks():
    found = judged(((6, 4), (0.5, 0.5)))
    assert (found.alarm, found.deviation) == (False, pytest.approx(0.2))


def test_shares_that_change_with_every_stratum_are_each_judged_by_their_own():
    found = judged(((900, 100), (0.9, 0.1)), ((100, 900), (0.1, 0.9)), ((1, 999), (0.001, 0.999)))
    assert (found.alarm, found.deviation) == (False, 0)


def test_a_variant_that_was_to_get_nothing_and_got_requests_is_an_alarm():
    found = judged(((950, 50), (1.0, 0.0)))
    assert (found.alarm, found.variant) == (True, "B")


def test_the_endpoint_may_have_variants_that_the_policy_file_does_not_name():
    assert judged(((500, 500), (0.3, 0.3))).deviation == 0


def test_requests_that_come_in_blocks_say_as_much_as_there_are_blocks():
    one, ten = (judged(((5 * n, 4 * n), (0.5, 0.5)), block=n).e_value for n in (1, 10))
    assert ten == pytest.approx(one)


def test_before_any_request_there_is_nothing_to_say():
    assert judge({}, "AB", 1) is None
    assert judged(((0, 0), (0.5, 0.5))) is None


def test_who_joins_later_is_bet_on_from_then_on_and_who_left_is_remembered():
    before = routed(((600, 400), (0.5, 0.5)), variants="AB")
    three = routed(((600, 400, 0), (0.5, 0.4, 0.1)), before=before)
    assert three["C"].expected == 100
    assert routed(((10, 10), (0.5, 0.5)), variants="AC", before=three)["B"] == three["B"]


def test_evidence_that_no_number_can_hold_is_as_large_as_one_can_be():
    assert judged(((1_000_000, 0), (0.5, 0.5))).e_value == exp(700)


@pytest.mark.parametrize("name", ["3 variants, adaptive shares", "3 variants, fixed shares", "blocks of 5, told"])
def test_a_sound_router_makes_no_alarm(name):
    assert watch(WORLDS[name][0], 0, 0, seeds=20) == [None] * 20


def test_odds_a_tenth_up_are_noticed_in_about_a_dozen_batches():
    assert np.median(watch(WORLDS["odds 10% up, fixed shares"][0], 0, 0, seeds=40)) <= 15
