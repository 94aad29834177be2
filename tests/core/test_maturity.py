"""Trials mature: all at once when a window closes, or as fast as rewards are known to come."""

from time import process_time
from timeit import repeat

import numpy as np
import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, ones, stratum
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from banditctl.core.evidence import Cell, Evidence, age_bin
from banditctl.core.maturity import Maturity, mature
from banditctl.core.statistics import Statistics

WINDOW = 6 * HOUR


def maturity(after, default=0.0, **options):
    return Maturity(
        **{
            "at": NOON + after,
            "window": WINDOW,
            "default": default,
            "stratum": HOUR,
            "discount": 1.0,
            "delays": {},
        }
        | options
    )


def trials(strata, now, variants="A"):
    return mature(Evidence(tuple(strata)), tuple(variants), now)


def of(one, now):
    """The trials of A in one stratum, as Statistics."""
    found = trials([one], now)
    return Statistics(*(float(column[0, 0]) for column in (found.count, found.total, found.squares)))


@pytest.mark.parametrize(
    ("after", "default", "counted"),
    [
        (HOUR, 0.0, Statistics()),
        (HOUR + WINDOW - MINUTE, 0.0, Statistics()),
        (HOUR + WINDOW, 0.0, ones(10, 3)),
        (99 * HOUR, 0.0, ones(10, 3)),
        (99 * HOUR, 1.0, ones(10, 9)),
        (99 * HOUR, -2.0, Statistics(10.0, 3 - 12.0, 3 + 24.0)),
        (HOUR, None, ones(4, 3)),
        (99 * HOUR, None, ones(4, 3)),
    ],
)
def test_exposures_count_together_once_their_window_has_closed_and_without_a_default_at_their_reward(
    after, default, counted
):
    assert of(stratum(until=NOON + HOUR, A=(10, 4, 3)), maturity(after, default)) == counted


def test_while_a_stratum_is_open_no_exposure_of_it_counts_unless_there_is_no_default_to_wait_for():
    assert of(stratum(A=(10, 4, 3)), maturity(99 * HOUR)) == Statistics()
    assert of(stratum(A=(10, 4, 3)), maturity(99 * HOUR, None)) == ones(4, 3)


def test_the_variant_whose_traffic_grows_does_not_look_better_for_it():
    """Equal variants at 5%, only successes reported: A had 20% of the traffic, and now has 80%."""
    old = stratum(until=NOON + HOUR, A=(2000, 100, 100), B=(8000, 400, 400))
    new = stratum(since=NOON + HOUR, A=(8000, 400, 400), B=(2000, 100, 100))
    found = trials([old, new], maturity(HOUR + WINDOW), "AB")
    assert (found.total.sum(axis=0) / found.count.sum(axis=0)).tolist() == [0.05, 0.05]


def test_rewards_without_exposures_never_make_up_trials():
    assert of(stratum(until=NOON, A=(0, 4, 3)), maturity(99 * HOUR)) == ones(4, 3)


def test_a_variant_that_was_never_served_has_no_trials():
    assert trials([stratum(A=(1, 1, 1))], maturity(HOUR, None), "AB").count.tolist() == [[1, 0]]


def test_without_strata_there_are_columns_of_no_rows():
    nothing = trials([], maturity(HOUR), "ABC")
    assert (nothing.count.shape, nothing.shares.shape, nothing.elapsed.shape) == ((0, 3), (0, 3), (0,))


def test_columns_say_of_each_stratum_what_was_seen():
    strata = [
        stratum(until=NOON + HOUR, A=(10, 4, 3), B=(20, 2, 1)),
        stratum(since=NOON + HOUR, until=NOON + 3 * HOUR, settled=False, B=(5, 1, 1)),
        stratum(since=NOON + 3 * HOUR),
    ]
    found = trials(strata, maturity(8 * HOUR, stratum=2 * HOUR), "AB")
    assert found.elapsed.tolist() == [3.5, 2.5, 0]
    assert found.settled.tolist() == [True, False, True]
    assert found.ripe.tolist() == [True, False, False]
    assert found.shares.tolist() == [[0.5, 0.5]] * 3
    assert found.exposed.tolist() == [[10, 20], [0, 5], [0, 0]]
    assert found.count.tolist() == [[10, 20], [0, 0], [0, 0]]


def come(mean, youngest, oldest, window=WINDOW):
    """The mean of G over exposures served evenly from `youngest` to `oldest` ago: a sum over many of them."""
    ages = youngest + (oldest - youngest) * (np.arange(100_000) + 0.5) / 100_000
    return float(np.mean(np.expm1(-np.minimum(ages, window) / mean) / np.expm1(-window / mean)))


def test_with_known_delays_a_pending_exposure_counts_for_as_much_as_would_have_come():
    strata = [stratum(until=NOON + HOUR, A=(1000, 30, 30), B=(1000, 15, 15)), stratum(since=NOON + HOUR)]
    found = trials(strata, maturity(3 * HOUR, delays={"A": HOUR, "B": 3 * HOUR}), "AB")
    shares = [come(1, 2, 3, 6), come(3, 2, 3, 6)]
    assert found.count[0].tolist() == pytest.approx([1000 * share for share in shares], rel=1e-8)
    assert found.total[0].tolist() == [30, 15]
    assert found.ripe.tolist() == [False, False]


def test_the_unrewarded_part_of_them_is_worth_the_default():
    closed = stratum(until=NOON + HOUR, A=(1000, 300, 300))
    found = of(closed, maturity(3 * HOUR, default=2.0, delays={"A": HOUR}))
    count = 1000 * come(1, 2, 3, 6)
    assert (found.count, found.total) == pytest.approx((count, 300 + 2 * (count - 300)), rel=1e-8)
    assert found.squares == pytest.approx(300 + 4 * (count - 300), rel=1e-8)


def test_trials_are_never_fewer_than_the_rewards_that_have_come():
    assert of(stratum(until=NOON + HOUR, A=(100, 99, 50)), maturity(2 * HOUR, delays={"A": 2 * HOUR})).count == 99


def test_a_stratum_counts_for_no_variant_until_enough_has_come_of_the_slowest_it_served():
    one = stratum(until=NOON + HOUR, A=(100, 50, 50), B=(100, 1, 1))
    slow = maturity(HOUR + HOUR, delays={"A": MINUTE, "B": 12 * HOUR})
    assert trials([one], slow, "AB").count.tolist() == [[0, 0]]
    assert trials([one], slow, "AB").total.tolist() == [[0, 0]]
    alone = stratum(until=NOON + HOUR, A=(100, 50, 50))
    assert trials([alone], slow, "AB").count[0, 0] == pytest.approx(100, rel=1e-6)


def test_once_the_window_has_closed_delays_no_longer_matter():
    one = stratum(until=NOON + HOUR, A=(100, 50, 50))
    assert of(one, maturity(HOUR + WINDOW, delays={"A": 40 * HOUR})) == ones(100, 50)


def test_of_a_stratum_that_is_known_in_part_only_that_part_was_served():
    whole = stratum(until=NOON + 4 * HOUR, A=(1000, 0, 0))
    found = of(whole, maturity(2 * HOUR, delays={"A": 30 * MINUTE}))
    assert found.count == pytest.approx(1000 * come(0.5, 0, 2, 6), rel=1e-8)
    assert of(whole, maturity(-HOUR, delays={"A": 30 * MINUTE})).count == 0


def aged(mean, number):
    """Ages of `number` rewards: the quantiles of an exponential delay, cut off at the window."""
    quantiles = (np.arange(number) + 0.5) / number * -np.expm1(-WINDOW / mean)
    bins = [age_bin(mean * -float(np.log1p(-quantile))) for quantile in quantiles]
    return tuple(np.bincount(bins).tolist())


def delayed(hours, arrivals, exposed=1000.0):
    """Strata of an hour each: of A and B so many rewards came, after an hour and after two on average."""
    cells = {
        name: Cell(exposed, ones(arrivals, arrivals), aged(mean, arrivals))
        for name, mean in (("A", HOUR), ("B", 2 * HOUR))
    }
    return [replace(stratum(NOON + k * HOUR, NOON + (k + 1) * HOUR), variants=cells) for k in range(hours)]


def test_delays_that_are_not_known_are_seen_in_strata_whose_window_has_closed():
    found = trials(delayed(12, 100), maturity(12 * HOUR), "AB")
    assert found.ripe.tolist() == [True] * 6 + [False] * 6
    for age in range(6):
        known = [1000 * come(mean, age, age + 1, 6) for mean in (1, 2)]
        if known[1] > 300:
            assert found.count[-1 - age].tolist() == pytest.approx(known, rel=0.02)
        else:
            assert found.count[-1 - age].tolist() == [0, 0]


def test_while_too_few_rewards_have_been_seen_everything_waits_for_its_window():
    assert trials(delayed(12, 33), maturity(12 * HOUR), "AB").count[6:].tolist() == [[0, 0]] * 6
    assert trials(delayed(12, 34), maturity(12 * HOUR), "AB").count[6:10].min() > 300


def test_a_variant_without_exposures_is_not_waited_for():
    found = trials(delayed(12, 100), maturity(12 * HOUR), "ABC")
    assert found.count[-2].tolist()[:2] == trials(delayed(12, 100), maturity(12 * HOUR), "AB").count[-2].tolist()
    assert found.count[-2, 2] == 0


cells = st.integers(0, 300).flatmap(
    lambda count: st.builds(
        lambda others, ages: (count + others, count, ages), st.integers(0, 3000), st.lists(st.integers(0, 90))
    )
)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=12),
    after=st.integers(-60, 1500),
    delays=st.sampled_from([{}, {"A": MINUTE, "B": HOUR}, {"A": 30 * HOUR, "B": SECOND}]),
    default=st.sampled_from([None, 0.0, 1.0]),
)
def test_whatever_was_counted_there_are_never_fewer_trials_than_rewards_nor_more_than_either(
    rows, after, delays, default
):
    strata = [
        replace(
            stratum(NOON + k * HOUR, NOON + (k + 1) * HOUR),
            variants={
                name: Cell(float(exposed), ones(count, count), tuple(ages))
                for name, (exposed, count, ages) in zip("AB", row, strict=True)
            },
        )
        for k, row in enumerate(rows)
    ]
    found = trials(strata, maturity(after * MINUTE, default, delays=delays), "AB")
    rewarded = np.array([[count for _, count, _ in row] for row in rows])
    counts = found.count > 0
    assert np.all(found.count[counts] >= rewarded[counts])
    assert np.all(found.count <= np.maximum(found.exposed, rewarded) * (1 + 1e-12))
    assert np.all(found.total <= found.count * (1 + 1e-12))
    assert np.all(found.total[~counts] == 0)


def test_two_weeks_of_hours_mature_in_milliseconds():
    strata, now = delayed(336, 50), maturity(336 * HOUR)
    assert min(repeat(lambda: trials(strata, now, "AB"), timer=process_time, number=3, repeat=5)) / 3 < 0.01
