"""An allocation shares out everything, or does not exist."""

import math

import msgspec
import pytest
from core.builders import names, shares
from hypothesis import given, settings, strategies as st

from banditctl.core.allocation import Allocation


@pytest.mark.parametrize(
    ("each", "sentence"),
    [
        ({"A": 1.5, "B": -0.5}, "never negative"),
        ({"A": 0.5, "B": 0.4}, "sum to one"),
        ({"A": 1.0, "B": 1e-8}, "sum to one"),
        ({}, "sum to one"),
        ({"A": math.nan, "B": 1.0}, "never negative"),
        ({"A": math.inf, "B": 1.0}, "sum to one"),
    ],
)
def test_shares_that_are_no_allocation_are_refused(each, sentence):
    with pytest.raises(ValueError, match=sentence):
        Allocation(each)


def test_the_rounding_of_sums_is_forgiven():
    assert Allocation(dict.fromkeys(names(10), 0.1))["v00"] == 0.1


def test_what_is_read_from_json_is_checked_too():
    with pytest.raises(msgspec.ValidationError, match="sum to one"):
        msgspec.json.decode(b'{"shares": {"A": 0.5, "B": 0.4}}', type=Allocation)


@given(st.integers(1, 50))
@settings(max_examples=20, deadline=None)
def test_an_equal_split_gives_each_the_same(number):
    assert set(Allocation.equal(names(number)).shares.values()) == {1 / number}


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=10).filter(lambda amounts: sum(amounts) > 1e-6))
@settings(max_examples=50, deadline=None)
def test_amounts_become_shares_in_proportion(amounts):
    allocation = Allocation.proportional(dict(zip(names(len(amounts)), amounts, strict=True)))
    whole = sum(amounts)
    assert [share * whole for share in allocation.shares.values()] == pytest.approx(amounts)


def test_the_distance_is_the_largest_change_of_one_share():
    assert shares(A=0.5, B=0.3, C=0.2).distance(shares(A=0.1, B=0.4, C=0.5)) == pytest.approx(0.4)
    assert shares(A=0.5, B=0.5).distance(shares(B=0.5, A=0.5)) == 0


def test_the_order_of_variants_makes_no_difference():
    assert shares(A=0.3, B=0.7) == shares(B=0.7, A=0.3)
