"""Figures as numbers: what is drawn is what is believed and what was live."""

import re
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pytest
from core.builders import HOUR, MINUTE, NOON, beliefs as beta_beliefs, normals
from hypothesis import given, strategies as st

from banditctl.core.belief import quantiles
from banditctl.dashboard.figures.beliefs import beliefs
from banditctl.dashboard.figures.shares import shares
from banditctl.stores.told import Line

HALVES = {"A": 0.5, "B": 0.5}


def line(minutes, live, verdict="hold"):
    return Line(NOON + minutes * MINUTE, verdict, "Because.", live)


def level(area, x):
    """The share below the upper edge of an area at `x`, read from its path."""
    height = None
    at = 0.0
    for letter, number in re.findall(r"([HV])([\d.]+)", area.path[len("M0 300") :]):
        if letter == "H":
            at = float(number)
            if at > x:
                break
        else:
            height = float(number)
    return 1 - height / 300


def test_each_instant_shows_the_shares_of_the_decision_before_it():
    course = [line(0, HALVES), line(30, {"A": 0.2, "B": 0.8})]
    found = shares(course, [], ("A", "B"), {"A": 0.1, "B": 0.9}, NOON + HOUR)
    upper, lower = found.areas
    assert (upper.variant, lower.variant) == ("B", "A")
    assert [level(lower, x) for x in (1, 499, 501, 990, 999)] == pytest.approx([0.5, 0.5, 0.2, 0.2, 0.1], abs=0.002)
    assert [level(upper, x) for x in (1, 499, 501, 999)] == [1.0] * 4
    assert found.first == HALVES


def test_variants_that_were_not_there_yet_have_no_area():
    course = [line(0, {"A": 1.0}), line(30, HALVES)]
    upper, lower = shares(course, [], ("A", "B"), HALVES, NOON + HOUR).areas
    assert level(lower, 1) == level(upper, 1) == 1.0
    assert level(lower, 999) == 0.5


@pytest.mark.parametrize("course", [[], [line(0, None)], [line(60, HALVES)]])
def test_there_is_no_picture_before_there_is_something_to_show(course):
    assert shares(course, [], ("A", "B"), HALVES, NOON + HOUR) is None


def test_marks_stand_where_it_was_decided_and_none_outside():
    deeds = [line(-5, HALVES, "move"), line(15, HALVES, "move"), line(45, HALVES, "move"), line(90, HALVES, "move")]
    found = shares([line(0, HALVES)], deeds, ("A", "B"), HALVES, NOON + HOUR)
    assert [mark.x for mark in found.marks] == [250, 750]


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 99)), min_size=1, max_size=400))
def test_a_picture_stays_small_and_inside_its_frame(points):
    course = [line(minutes, {"A": part / 100, "B": 1 - part / 100}) for minutes, part in sorted(points)]
    found = shares(course, [], ("A", "B"), course[-1].live, NOON + timedelta(days=5))
    for area in found.areas:
        assert len(area.path) < 250 * 12
        assert all(0 <= float(number) <= 1000 for number in re.findall(r"[\d.]+", area.path))


def drawn(path):
    """The points of a curve: x, and its height."""
    points = [tuple(map(float, point.split())) for point in path.strip("MZ").split("L")]
    return np.array([(x, 1 - y / 300) for x, y in points[1:-1]])


def test_a_normal_belief_is_drawn_as_it_is():
    belief = normals((1.0, 0.1), (2.0, 0.4))
    found = beliefs(dict(zip("AB", quantiles(belief).tolist(), strict=True)))
    low, _, high = found.axis
    for name, mean, deviation in (("A", 1.0, 0.1), ("B", 2.0, 0.4)):
        normal = NormalDist(mean, deviation)
        for x, height in drawn(found.curves[name]):
            expected = normal.pdf(low + (high - low) * x / 1000) / normal.pdf(mean)
            assert height == pytest.approx(expected, abs=0.02)
        assert found.x(mean) == pytest.approx(1000 * (mean - low) / (high - low), abs=0.1)


@given(st.lists(st.tuples(st.floats(0.3, 1e7), st.floats(0.3, 1e7)), min_size=2, max_size=10))
def test_any_belief_about_rates_is_drawn_within_the_frame(parameters):
    belief = beta_beliefs(*parameters)
    rows = quantiles(belief)
    assert (np.diff(rows, axis=1) >= 0).all()
    found = beliefs({str(number): row.tolist() for number, row in enumerate(rows)})
    for path in found.curves.values():
        points = drawn(path)
        assert np.isfinite(points).all()
        assert points.min() >= -1e-3
        assert points[:, 0].max() <= 1000.5
        assert points[:, 1].max() == pytest.approx(1, abs=0.01)


def test_a_belief_that_reaches_both_bounds_ends_there_and_is_as_even_as_it_is():
    found = beliefs({"A": [0.0, 0.0, 0.0, 0.15, 0.5, 0.85, 1.0, 1.0, 1.0]})
    assert found.axis == (0.0, 0.5, 1.0)
    points = drawn(found.curves["A"])
    assert (points[0, 0], points[-1, 0]) == (0.0, 1000.0)
    assert points[:, 1] == pytest.approx(points[::-1, 1], abs=0.01)


def test_beliefs_without_any_width_are_upright_lines():
    found = beliefs({"A": [0.5] * 9, "B": [0.0] * 4 + [0.1, 0.2, 0.3, 0.4, 0.5]})
    assert np.ptp(drawn(found.curves["A"])[:, 0]) == 0
    assert beliefs({"A": [0.5] * 9}).axis == (-0.5, 0.5, 1.5)
    assert beliefs({}) is None
