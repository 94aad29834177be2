"""How long first rewards took, counted in bins that grow with age and add up."""

from datetime import timedelta

import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, exposure, reward, stratum
from hypothesis import given, strategies as st

from banditctl.core.attribution import Rule, Rules, Tally, attribute
from banditctl.core.event import REWARD, remembered
from banditctl.core.evidence import Cell, Evidence, age_bin
from banditctl.core.statistics import Statistics

MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("age", "number"),
    [
        (-5 * MINUTE, 0),
        (0 * SECOND, 0),
        (SECOND - MICROSECOND, 0),
        (SECOND, 1),
        (timedelta(seconds=1.414213), 1),
        (timedelta(seconds=1.414214), 2),
        (2 * SECOND - MICROSECOND, 2),
        (2 * SECOND, 3),
        (4 * SECOND, 5),
        (MINUTE, 12),
        (1024 * SECOND, 21),
        (HOUR, 24),
        (timedelta(days=7), 39),
        (timedelta(weeks=52), 50),
    ],
)
def test_there_is_a_bin_below_a_second_and_two_for_each_doubling(age, number):
    assert age_bin(age) == number


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(weeks=60)))
def test_every_age_lies_between_the_edges_of_its_bin(age):
    number, seconds = age_bin(age), age.total_seconds()
    assert seconds < 2 ** (number / 2) * (1 + 1e-12)
    assert number == 0 or seconds >= 2 ** ((number - 1) / 2) * (1 - 1e-12)


ages = st.lists(st.integers(0, 9), max_size=6).map(tuple)


@given(ages, ages)
def test_ages_add_up_bin_by_bin_whichever_has_more_of_them(one, other):
    added = (Cell(ages=one) + Cell(ages=other)).ages
    assert added == (Cell(ages=other) + Cell(ages=one)).ages
    assert sum(added) == sum(one) + sum(other)
    assert len(added) == max(len(one), len(other))
    assert (Cell(ages=one) + Cell()).ages == one


def learned(*events, repeat="first"):
    rules = Rules({REWARD: Rule(HOUR, repeat)}, "exposures", remembered(HOUR))
    evidence = attribute(Evidence((stratum(),)), Tally(), {}, [(event.at, event) for event in events], rules).evidence
    return evidence.strata[0]["A"]


@pytest.mark.parametrize("reward_first", [False, True])
def test_a_reward_is_as_old_as_its_time_is_after_that_of_its_exposure(reward_first):
    events = [exposure("x"), reward("r", at=NOON + 3 * SECOND, inference_id="x")]
    assert learned(*(events[::-1] if reward_first else events)).ages == (0, 0, 0, 0, 1)


@pytest.mark.parametrize("repeat", ["first", "sum", "max"])
def test_only_the_first_reward_of_an_exposure_has_an_age(repeat):
    rewards = [reward(f"r{n}", float(n), NOON + n * MINUTE, "x") for n in range(4)]
    assert learned(exposure("x"), *rewards, repeat=repeat).ages == (1,)


def test_a_reward_by_variant_has_no_age():
    cell = learned(reward("r", variant="A"))
    assert (cell.rewarded, cell.ages) == (Statistics.of(1.0), ())


def test_a_reward_that_counts_for_nothing_has_no_age():
    too_late = reward("r", at=NOON + HOUR + SECOND, inference_id="x")
    assert learned(exposure("x"), too_late).ages == ()
