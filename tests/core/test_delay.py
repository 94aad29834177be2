"""How long rewards take, known or seen, and what that makes of exposures that still wait."""

import numpy as np
import pytest
from core.builders import HOUR, MINUTE, SECOND, ones
from hypothesis import given, settings, strategies as st

from banditctl.core.delay import Exponential, Observed, observed
from banditctl.core.evidence import Cell, age_bin, bin_edges

WINDOW = 6 * HOUR
SECONDS = WINDOW.total_seconds()


def seen(*ages):
    """A cell of rewards that came after so many seconds each."""
    bins = [age_bin(age * SECOND) for age in ages]
    return Cell(float(len(ages)), ones(len(ages), len(ages)), tuple(np.bincount(bins).tolist()) if bins else ())


def drawn(mean, number, seed=1):
    """Ages of `number` exponential rewards that came within the window."""
    ages = np.random.default_rng(seed).exponential(mean, 10 * number)
    return ages[ages <= SECONDS][:number]


def of(*cells, weights=None, window=WINDOW):
    """G by one stratum of the cells of some variants, or by several where there are weights."""
    rows = [cells] if weights is None else cells
    served = np.any([[cell.exposed > 0 for cell in row] for row in rows], axis=0)
    return observed(rows, np.array(weights or [1.0]), served, window)


def by_a_sum(share, age):
    """G integrated from 0 to `age` by many small steps."""
    steps = (np.arange(200_000) + 0.5) / 200_000 * max(age, 0)
    return float(share(steps).mean() * max(age, 0))


ages = st.floats(-100, 3 * SECONDS)


@settings(max_examples=30, deadline=None)
@given(ages, st.floats(1, 100 * SECONDS))
def test_the_area_of_a_known_delay_is_the_integral_of_its_share(age, mean):
    def share(age):
        return np.expm1(-np.minimum(age, SECONDS) / mean) / np.expm1(-SECONDS / mean)

    area = Exponential(np.array([mean]), SECONDS).area(np.array([age]))
    assert area[0, 0] == pytest.approx(by_a_sum(share, age), rel=1e-4, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(ages, st.lists(st.floats(0, 1), min_size=29, max_size=29).map(sorted))
def test_the_area_of_a_seen_delay_is_the_integral_of_straight_lines(age, rising):
    edges = np.array(bin_edges(WINDOW))
    shares = np.array([0.0, *rising[: len(edges) - 2], 1.0])
    area = Observed(edges, shares[:, None]).area(np.array([age]))
    assert area[0, 0] == pytest.approx(by_a_sum(lambda age: np.interp(age, edges, shares), age), rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(
    ("window", "edges"),
    [
        (SECOND / 2, [0, 0.5]),
        (SECOND, [0, 1]),
        (2 * SECOND, [0, 1, 2**0.5, 2]),
        (5 * SECOND, [0, 1, 2**0.5, 2, 8**0.5, 4, 5]),
    ],
)
def test_bins_of_ages_end_at_the_window(window, edges):
    assert bin_edges(window) == pytest.approx(edges)
    assert age_bin(window * 0.999999) <= len(edges) - 2


@given(st.floats(0.001, 1e6), st.floats(0, 1))
def test_an_age_lies_between_the_edges_of_its_bin(window, part):
    edges = bin_edges(window * SECOND)
    age = part * window * SECOND
    number = min(age_bin(age), len(edges) - 2)
    assert edges[number] * (1 - 1e-9) <= age.total_seconds() <= edges[number + 1] * (1 + 1e-9) + 1e-6


def test_of_many_rewards_what_is_seen_is_what_is():
    found = of(seen(*drawn(3600, 40_000)), seen(*drawn(4 * 3600, 40_000)))
    known = Exponential(np.array([3600.0, 4 * 3600.0]), SECONDS)
    instants = np.arange(0, SECONDS, 600)
    assert found.area(instants + 3600) - found.area(instants) == pytest.approx(
        known.area(instants + 3600) - known.area(instants), rel=0.02
    )


def test_a_reward_at_the_very_end_of_the_window_has_come_by_then():
    found = of(seen(*[4] * 200), window=4 * SECOND)
    assert found.shares[-1].tolist() == [1]
    assert found.shares[:-1].tolist() == [[0]] * (len(found.edges) - 1)


@pytest.mark.parametrize(("rewards", "enough"), [(199, False), (200, True)])
def test_two_hundred_rewards_of_each_variant_that_was_served_are_enough(rewards, enough):
    plenty, some, none = seen(*[60] * 1000), seen(*[60] * rewards), Cell()
    assert (of(plenty, some, none) is not None) is enough
    assert of(plenty, plenty, Cell(1.0)) is None


def test_rewards_count_as_much_as_their_stratum():
    early, late = (seen(*[10] * 300),), (seen(*[1000] * 300),)
    found = of(early, late, weights=[0.25, 0.75])
    assert np.interp(100, found.edges, found.shares[:, 0]) == pytest.approx(0.25)


def test_strata_too_old_to_count_for_anything_say_nothing():
    assert of((seen(*[10] * 300),), weights=[0.0]) is None


def test_where_no_window_has_closed_nothing_is_seen():
    assert observed([], np.array([]), np.array([True, True]), MINUTE) is None
