"""Strata follow the endpoint; trials mature; old evidence fades with time."""

import msgspec
import pytest
from core.builders import HOUR, MINUTE, NOON, live, ones, stratum

from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, Evidence, EvidenceOptions, Maturity
from banditctl.core.statistics import Statistics

WINDOW = 6 * HOUR
EQUAL, TILTED = {"A": 0.5, "B": 0.5}, {"A": 0.2, "B": 0.8}


def maturity(after, default=0.0):
    return Maturity(NOON + after, WINDOW, default)


def following(*readings):
    """The strata after the target was read: (minutes after noon, what was live)."""
    evidence = Evidence()
    for minutes, seen in readings:
        evidence = evidence.follow(seen, NOON + minutes * MINUTE, HOUR)
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
        ([(0, equal), (5, unknown)], [(0, None, EQUAL, True)]),
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
    evidence = Evidence().follow(equal, NOON, HOUR)
    assert evidence.follow(equal, NOON + MINUTE, HOUR) is evidence


def test_a_stratum_that_gives_way_at_once_keeps_what_was_credited_to_it():
    evidence = Evidence().follow(equal, NOON, HOUR).credit([Credit(NOON, REWARD, "A", Cell(1.0))])
    assert evidence.follow(tilted, NOON, HOUR).strata[0]["A"].exposed == 1


def test_what_is_credited_is_added_to_the_cell_it_names_and_to_no_other():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(5, 4, 3)), stratum(since=NOON + HOUR)))
    earned = [("A", Cell(1.0, ones(1, 1))), ("A", Cell(2.0)), ("B", Cell(1.0))]
    more = evidence.credit(Credit(NOON, REWARD, variant, cell) for variant, cell in earned)
    assert more.strata[0].variants == {"A": Cell(8.0, ones(5, 4)), "B": Cell(1.0)}
    assert more.strata[1] == evidence.strata[1]
    assert evidence.strata[0]["A"] == Cell(5.0, ones(4, 3))


@pytest.mark.parametrize(
    ("after", "default", "trials"),
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
    after, default, trials
):
    closed = stratum(until=NOON + HOUR, A=(10, 4, 3))
    assert closed.matured("A", maturity(after, default)) == trials


def test_while_a_stratum_is_open_no_exposure_of_it_counts_unless_there_is_no_default_to_wait_for():
    assert stratum(A=(10, 4, 3)).matured("A", maturity(99 * HOUR)) == Statistics()
    assert stratum(A=(10, 4, 3)).matured("A", maturity(99 * HOUR, None)) == ones(4, 3)


def test_the_variant_whose_traffic_grows_does_not_look_better_for_it():
    """Equal variants at 5%, only successes reported: A had 20% of the traffic, and now has 80%."""
    old = stratum(until=NOON + HOUR, A=(2000, 100, 100), B=(8000, 400, 400))
    new = stratum(since=NOON + HOUR, A=(8000, 400, 400), B=(2000, 100, 100))
    evidence, now = Evidence((old, new)), maturity(HOUR + WINDOW)
    assert [evidence.pooled(name, now, EvidenceOptions(discount=1)).mean for name in "AB"] == [0.05, 0.05]


def test_rewards_without_exposures_never_make_up_trials():
    assert stratum(until=NOON, A=(0, 4, 3)).matured("A", maturity(99 * HOUR)) == ones(4, 3)


def test_a_variant_that_was_never_served_has_no_trials():
    assert Evidence((stratum(A=(1, 1, 1)),)).pooled("B", maturity(HOUR), EvidenceOptions()) == Statistics()


@pytest.mark.parametrize("cuts", [1, 2, 5])
def test_the_discount_goes_by_elapsed_time_however_many_strata_that_is(cuts):
    options = EvidenceOptions(discount=0.9, stratum=HOUR)
    old = stratum(until=NOON, A=(10, 10, 4))
    later = [stratum(since=NOON + k * HOUR / cuts, until=NOON + (k + 1) * HOUR / cuts) for k in range(cuts)]
    pooled = Evidence((old, *later)).pooled("A", Maturity(NOON + 3 * HOUR, WINDOW, None), options)
    assert pooled.count == pytest.approx(10 * 0.9**3)
    assert pooled.mean == pytest.approx(0.4)


def test_the_longer_the_stratum_the_slower_the_discount():
    slow = EvidenceOptions(discount=0.9, stratum=2 * HOUR)
    pooled = Evidence((stratum(until=NOON, A=(10, 10, 4)),)).pooled("A", maturity(3 * HOUR, None), slow)
    assert pooled.count == pytest.approx(10 * 0.9**1.5)


def test_the_open_stratum_and_a_discount_of_one_forget_nothing():
    old, fresh = stratum(until=NOON, A=(10, 10, 4)), stratum(A=(2, 2, 1))
    at = maturity(1000 * HOUR, None)
    assert Evidence((fresh,)).pooled("A", at, EvidenceOptions(discount=0.5)) == ones(2, 1)
    assert Evidence((old, fresh)).pooled("A", at, EvidenceOptions(discount=1.0)) == ones(12, 5)


def test_the_number_of_trials_is_never_discounted():
    evidence = Evidence((stratum(until=NOON, A=(10, 4, 3)), stratum(A=(7, 2, 1))))
    assert evidence.trials("A", maturity(HOUR)) == 0
    assert evidence.trials("A", maturity(1000 * HOUR)) == 10
    assert evidence.trials("A", maturity(1000 * HOUR, None)) == 6


def test_evidence_comes_back_from_json_as_it_was():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(10, 4, 3)), stratum(since=NOON + HOUR, settled=False)))
    assert msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence) == evidence


def test_a_clock_that_was_set_back_loses_no_stratum():
    evidence = Evidence().follow(live(A=0.5, B=0.5), NOON, HOUR)
    moved = evidence.follow(live(A=0.4, B=0.6), NOON - MINUTE, HOUR)
    assert [(s.since, s.until, s.shares["A"]) for s in moved.strata] == [(NOON, None, 0.4)]
    later = moved.follow(live(A=0.3, B=0.7), NOON + MINUTE, HOUR)
    assert [(s.since, s.until) for s in later.strata] == [(NOON, NOON + MINUTE), (NOON + MINUTE, None)]


@pytest.mark.parametrize(("heard", "ended"), [(None, HOUR), (NOON + 30 * MINUTE, HOUR), (NOON + 5 * HOUR, 5 * HOUR)])
def test_while_nobody_looked_a_stratum_ends_where_it_should_have_or_when_it_was_last_heard_of(heard, ended):
    before = Evidence().follow(live(A=0.5, B=0.5), NOON, HOUR)
    after = before.follow(live(A=0.5, B=0.5), NOON + 48 * HOUR, HOUR, heard)
    assert [(s.since - NOON, s.until and s.until - NOON, s.settled) for s in after.strata] == [
        (0 * HOUR, ended, True),
        (ended, 48 * HOUR, False),
        (48 * HOUR, None, True),
    ]
