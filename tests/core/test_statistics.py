"""Statistics add, in any order."""

from functools import reduce
from operator import add

import pytest
from hypothesis import given, settings, strategies as st

from banditctl.core.statistics import Statistics

whole = st.integers(-1000, 1000)
real = st.floats(-1e6, 1e6)


def of_all(values):
    return sum(map(Statistics.of, values), Statistics())


def test_one_reward_is_its_count_its_value_and_its_square():
    assert Statistics.of(3) == Statistics(1.0, 3.0, 9.0)


def test_nothing_is_zero_and_its_mean_is_zero():
    assert Statistics() == Statistics(0.0, 0.0, 0.0)
    assert Statistics().mean == 0.0


@given(st.lists(whole, min_size=1), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_whole_rewards_add_to_the_same_in_any_order_and_grouping(values, random):
    shuffled = random.sample(values, len(values))
    cut = random.randrange(len(values) + 1)
    assert of_all(values) == of_all(shuffled)
    assert of_all(values) == of_all(values[:cut]) + of_all(values[cut:])
    assert of_all(values) == reduce(add, map(Statistics.of, reversed(values)))


@given(st.lists(real, min_size=1, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_other_rewards_add_to_the_same_up_to_rounding(values, random):
    one, other = of_all(values), of_all(random.sample(values, len(values)))
    size = sum(map(abs, values))
    assert one.count == other.count
    assert one.total == pytest.approx(other.total, abs=1e-12 * size)
    assert one.squares == pytest.approx(other.squares, rel=1e-12)


@given(whole, whole)
@settings(max_examples=30, deadline=None)
def test_zero_changes_nothing_and_subtraction_takes_back(one, other):
    a, b = Statistics.of(one), Statistics.of(other)
    assert a + Statistics() == a
    assert (a + b) - b == a
    assert a + b == b + a


def test_scaling_keeps_the_mean_and_weighs_the_rest():
    assert of_all([1, 2, 6]).scaled(0.5) == Statistics(1.5, 4.5, 20.5)
    assert of_all([1, 2, 6]).scaled(0.5).mean == of_all([1, 2, 6]).mean == 3


def test_statistics_cannot_be_changed():
    with pytest.raises(AttributeError):
        Statistics().count = 1.0
