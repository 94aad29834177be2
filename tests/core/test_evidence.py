"""Strata follow the endpoint, and what is earned is credited to them."""

import msgspec
import pytest
from core.builders import HOUR, MINUTE, NOON, live, ones, stratum

from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, Evidence
from banditctl.core.following import follow

EQUAL, TILTED = {"A": 0.5, "B": 0.5}, {"A": 0.2, "B": 0.8}


def following(*readings):
    """The strata after the target was read: (minutes after noon, what was live)."""
    evidence = Evidence()
    for minutes, seen in readings:
        evidence = follow(evidence, seen, NOON + minutes * MINUTE, HOUR)
    return [
        ((s.since - NOON) // MINUTE, s.until and (s.until - NOON) // MINUTE, s.shares, s.settled)
        for s in evidence.strata
    ]


equal, tilted = live(**EQUAL), live(**TILTED)
changing, changing_on = live("busy", "Updating", **EQUAL), live("busy", "Updating", **TILTED)
broken, unknown = live("broken", "Failed", **EQUAL), live("busy", "Creating")


@pytest.mark.parametrize(
    ("readings", "strata"),
    [
        ([(0, unknown)], []),
        ([(0, equal)], [(0, None, EQUAL, True)]),
        ([(0, equal), (5, equal), (59, equal)], [(0, None, EQUAL, True)]),
        ([(0, equal), (5, unknown)], [(0, 5, EQUAL, True), (5, None, EQUAL, False)]),
        ([(0, equal), (60, equal)], [(0, 60, EQUAL, True), (60, None, EQUAL, True)]),
        ([(0, equal), (90, equal)], [(0, 90, EQUAL, True), (90, None, EQUAL, True)]),
        ([(0, equal), (5, tilted)], [(0, 5, EQUAL, True), (5, None, TILTED, True)]),
        ([(0, equal), (5, changing)], [(0, 5, EQUAL, True), (5, None, EQUAL, False)]),
        ([(0, equal), (5, changing), (7, changing_on)], [(0, 5, EQUAL, True), (5, None, EQUAL, False)]),
        (
            [(0, equal), (5, changing), (7, tilted)],
            [(0, 5, EQUAL, True), (5, 7, EQUAL, False), (7, None, TILTED, True)],
        ),
        ([(0, changing), (60, changing)], [(0, 60, EQUAL, False), (60, None, EQUAL, False)]),
        ([(0, equal), (5, broken)], [(0, 5, EQUAL, True), (5, None, EQUAL, False)]),
        ([(0, equal), (0, tilted)], [(0, None, TILTED, True)]),
    ],
)
def test_strata_follow_what_is_live(readings, strata):
    assert following(*readings) == strata


def test_reading_the_same_twice_gives_back_the_very_same_evidence():
    evidence = follow(Evidence(), equal, NOON, HOUR)
    assert follow(evidence, equal, NOON + MINUTE, HOUR) is evidence


def test_a_stratum_that_gives_way_at_once_keeps_what_was_credited_to_it():
    evidence = follow(Evidence(), equal, NOON, HOUR).credit([Credit(NOON, REWARD, "A", Cell(1.0))])
    assert follow(evidence, tilted, NOON, HOUR).strata[0]["A"].exposed == 1


def test_what_is_credited_is_added_to_the_cell_it_names_and_to_no_other():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(5, 4, 3)), stratum(since=NOON + HOUR)))
    earned = [("A", Cell(1.0, ones(1, 1))), ("A", Cell(2.0)), ("B", Cell(1.0))]
    more = evidence.credit(Credit(NOON, REWARD, variant, cell) for variant, cell in earned)
    assert more.strata[0].variants == {"A": Cell(8.0, ones(5, 4)), "B": Cell(1.0)}
    assert more.strata[1] == evidence.strata[1]
    assert evidence.strata[0]["A"] == Cell(5.0, ones(4, 3))


def test_evidence_comes_back_from_json_as_it_was():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(10, 4, 3)), stratum(since=NOON + HOUR, settled=False)))
    assert msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence) == evidence


def test_a_clock_that_was_set_back_loses_no_stratum():
    evidence = follow(Evidence(), live(A=0.5, B=0.5), NOON, HOUR)
    moved = follow(evidence, live(A=0.4, B=0.6), NOON - MINUTE, HOUR)
    assert [(s.since, s.until, s.shares["A"]) for s in moved.strata] == [(NOON, None, 0.4)]
    later = follow(moved, live(A=0.3, B=0.7), NOON + MINUTE, HOUR)
    assert [(s.since, s.until) for s in later.strata] == [(NOON, NOON + MINUTE), (NOON + MINUTE, None)]


@pytest.mark.parametrize(("heard", "ended"), [(None, HOUR), (NOON + 30 * MINUTE, HOUR), (NOON + 5 * HOUR, 5 * HOUR)])
def test_while_nobody_looked_a_stratum_ends_where_it_should_have_or_when_it_was_last_heard_of(heard, ended):
    before = follow(Evidence(), live(A=0.5, B=0.5), NOON, HOUR)
    after = follow(before, live(A=0.5, B=0.5), NOON + 48 * HOUR, HOUR, heard)
    assert [(s.since - NOON, s.until and s.until - NOON, s.settled) for s in after.strata] == [
        (0 * HOUR, ended, True),
        (ended, 48 * HOUR, False),
        (48 * HOUR, None, True),
    ]
