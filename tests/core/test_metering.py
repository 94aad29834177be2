"""Requests that the target counts: every complete minute once, in the stratum in which it began."""

import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, experiment, reward
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from banditctl.core.attribution import Tally, attribute
from banditctl.core.decision import matured_trials
from banditctl.core.evidence import Cell, Credit, Evidence, EvidenceOptions, Metered, Stratum
from banditctl.core.metering import Span, begun, meter, unread
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.statistics import Statistics
from banditctl.stores import Ledger

DAY = 24 * HOUR
LATER = 5 * HOUR
EVEN, TILTED = {"A": 0.5, "B": 0.5}, {"A": 0.8, "B": 0.2}


def strata(*rows):
    """Rows of (when it begins, its shares, whether it is settled); each ends where the next begins."""
    ends = [NOON + since for since, *_ in rows[1:]] + [None]
    return tuple(
        Stratum(NOON + since, shares, settled, end) for (since, shares, settled), end in zip(rows, ends, strict=True)
    )


def evidence(*rows, until=0 * MINUTE):
    return Evidence(strata(*rows or [(0 * MINUTE, EVEN, True)]), metered=Metered(NOON + until))


def minutes(**told):
    """What is told of each variant, minute by minute from noon; None where nothing is."""
    length = max(map(len, told.values()))
    rows = (
        {name: float(counts[n]) for name, counts in told.items() if n < len(counts) and counts[n] is not None}
        for n in range(length)
    )
    return {NOON + n * MINUTE: row for n, row in enumerate(rows) if row}


def metered(known, told, until=10 * MINUTE, now=LATER):
    return meter(known, "AB", told, NOON + until, NOON + now)


def exposed(found):
    return [[stratum[name].exposed for name in "AB"] for stratum in found.strata]


def read_until(found):
    return (found.metered.until - NOON) / MINUTE


def test_counting_begins_with_the_first_whole_minute():
    assert begun(Evidence(strata((20 * SECOND, EVEN, True)))).metered == Metered(NOON + MINUTE)
    assert begun(Evidence(strata((0 * SECOND, EVEN, True)))).metered == Metered(NOON)


def test_without_a_stratum_there_is_nothing_to_count():
    assert begun(Evidence()) == Evidence()
    assert unread(Evidence(), NOON) is None
    assert meter(Evidence(), "AB", {}, NOON, NOON) == Evidence()


def test_where_it_stands_is_kept():
    known = evidence(until=7 * MINUTE)
    assert begun(known) == known


@pytest.mark.parametrize(
    ("now", "until"),
    [(3 * MINUTE, None), (4 * MINUTE - SECOND, None), (4 * MINUTE, 1), (9.5 * MINUTE, 6), (30 * HOUR, 1440)],
    ids=["the first is not over long enough", "a second short", "it is", "several", "a day at a time"],
)
def test_minutes_are_asked_for_three_minutes_after_they_ended(now, until):
    expected = None if until is None else Span(NOON, NOON + until * MINUTE)
    assert unread(evidence(), NOON + now) == expected


def test_what_is_not_kept_any_more_is_not_asked_for():
    now = NOON + 40 * DAY
    assert unread(evidence(), now) == Span(now - 15 * DAY + HOUR, now - 14 * DAY + HOUR)


def test_a_minute_is_of_the_stratum_in_which_it_began():
    known = evidence(
        (0 * MINUTE, EVEN, True), (90 * SECOND, TILTED, False), (150 * SECOND, TILTED, True), (240 * SECOND, EVEN, True)
    )
    found = metered(known, minutes(A=[1, 2, 4, 8, 16], B=[3, 3, 3, 3, 3]), until=5 * MINUTE)
    assert exposed(found) == [[3, 6], [4, 3], [8, 3], [16, 3]]
    assert read_until(found) == 5


def test_what_was_counted_is_not_counted_again():
    told = minutes(A=[1, 2, 4], B=[1, 1, 1])
    once = metered(evidence(), told, until=3 * MINUTE)
    assert metered(once, told, until=3 * MINUTE) == once


def test_a_minute_that_lacks_a_variant_waits_for_ten_minutes_and_with_it_those_behind_it():
    told = minutes(A=[1, 2, 4, 8], B=[1, None, 1, 1])
    waiting = metered(evidence(), told, now=11 * MINUTE)
    assert (read_until(waiting), exposed(waiting)) == (1, [[1, 1]])
    late = told | {NOON + MINUTE: {"A": 2.0, "B": 5.0}}
    assert exposed(metered(waiting, late, until=4 * MINUTE, now=11 * MINUTE)) == [[15, 8]]
    given_up = metered(waiting, told, until=4 * MINUTE, now=12 * MINUTE)
    assert (read_until(given_up), exposed(given_up)) == (4, [[15, 3]])
    assert given_up.metered.missing == {"B": 1}


def test_as_long_as_nothing_later_is_told_a_minute_is_waited_for_an_hour():
    told = minutes(A=[1, 1], B=[1, 1])
    silent = metered(evidence(), told, until=40 * MINUTE, now=45 * MINUTE)
    assert (read_until(silent), silent.metered.missing) == (2, {})
    hour = metered(silent, {}, until=60 * MINUTE, now=65 * MINUTE)
    assert (read_until(hour), hour.metered.missing) == (5, {"A": 3, "B": 3})
    again = metered(silent, minutes(A=[None] * 30 + [1], B=[None] * 30 + [1]), until=40 * MINUTE, now=45 * MINUTE)
    assert (read_until(again), again.metered.missing) == (31, {"A": 28, "B": 28})


def test_a_variant_without_a_share_is_not_waited_for():
    known = evidence((0 * MINUTE, {"A": 1.0, "B": 0.0}, True))
    found = metered(known, minutes(A=[7]), until=MINUTE, now=4 * MINUTE)
    assert (read_until(found), exposed(found), found.metered.missing) == (1, [[7, 0]], {})


def test_one_that_the_endpoint_did_not_have_is_not_waited_for():
    known = evidence((0 * MINUTE, {"A": 1.0}, True))
    assert read_until(metered(known, minutes(A=[7]), until=MINUTE, now=4 * MINUTE)) == 1


def test_the_mismatch_is_read_of_whole_minutes_of_settled_shares():
    known = evidence(
        (0 * MINUTE, EVEN, True),
        (90 * SECOND, TILTED, False),
        (150 * SECOND, TILTED, True),
        (250 * SECOND, TILTED, True),
        (330 * SECOND, EVEN, True),
    )
    # The minutes of the change, and the one in which shares moved without a look between, say nothing.
    found = metered(known, minutes(A=[10, 999, 999, 80, 80, 999, 20], B=[10, 0, 0, 20, 20, 0, 20]), until=7 * MINUTE)
    routed = {name: (one.exposed, one.expected) for name, one in found.past.routed.items()}
    assert routed == {"A": (190, pytest.approx(190)), "B": (70, pytest.approx(70))}


def test_a_variant_that_gets_nothing_of_its_share_is_noticed():
    found = metered(evidence(), minutes(A=[100]), until=MINUTE)
    assert (found.past.routed["B"].exposed, found.past.routed["B"].expected) == (0, 50)


counts = st.none() | st.integers(0, 50)


@given(
    st.lists(st.tuples(counts, counts), min_size=1, max_size=40),
    st.lists(st.integers(0, 3000), max_size=5, unique=True),
    st.lists(st.integers(1, 20), max_size=8),
)
@settings(deadline=None)
def test_read_in_whatever_pieces_each_minute_counts_once(told, changes, pieces):
    shares = [EVEN, TILTED]
    rows = [(second * SECOND, shares[n % 2], n % 3 > 0) for n, second in enumerate(sorted({0, *changes}))]
    told = minutes(A=[a for a, _ in told], B=[b for _, b in told])
    whole = metered(evidence(*rows), told, until=HOUR)
    known, until = evidence(*rows), 0
    for piece in [*pieces, 60]:
        until = min(until + piece, 60)
        known = metered(known, told, until=until * MINUTE)
    assert exposed(known) == exposed(whole)
    assert known.metered == whole.metered
    assert known.past.routed.keys() == whole.past.routed.keys()
    for name, one in known.past.routed.items():
        assert (one.exposed, one.expected) == pytest.approx(
            (whole.past.routed[name].exposed, whole.past.routed[name].expected)
        )
    assert sum(map(sum, exposed(whole))) == sum(sum(row.values()) for row in told.values())


def trials(found, now):
    options = {"evidence": EvidenceOptions(trials="invocations"), "reward": Bernoulli(window=10 * MINUTE)}
    return matured_trials(experiment(**options), found, NOON + now)


def rewarded(known, number, at=0 * MINUTE):
    return known.credit([Credit(NOON + at, "reward", "A", Cell(rewarded=Statistics(number, number, number)))])


def learned(known, *rewards):
    """Rewards of A, each as (when its request was served, how long it took)."""
    running = experiment(evidence=EvidenceOptions(trials="invocations"), reward=Bernoulli(window=10 * MINUTE))
    events = [
        (NOON + at + took, reward(str(number), at=NOON + at, variant="A")) for number, (at, took) in enumerate(rewards)
    ]
    return attribute(known, Tally(), {}, events, running.rules)


def test_what_a_request_earned_is_of_its_minute_too():
    known = evidence((0 * MINUTE, EVEN, True), (90 * SECOND, TILTED, True))
    found = learned(
        known, (80 * SECOND, SECOND), (100 * SECOND, SECOND), (119 * SECOND, HOUR / 10), (2 * MINUTE, SECOND)
    )
    assert [stratum["A"].rewarded.count for stratum in found.evidence.strata] == [3, 1]
    assert [sum(stratum["A"].ages) for stratum in found.evidence.strata] == [3, 1]


def test_a_reward_is_late_after_its_window_and_orphaned_where_its_minute_is_not_counted():
    found = learned(
        Evidence(strata((30 * SECOND, EVEN, True))),
        (MINUTE, 10 * MINUTE),
        (MINUTE, 601 * SECOND),
        (59 * SECOND, SECOND),
    )
    assert (found.tally.late, found.tally.orphaned) == (1, 1)
    assert found.evidence.strata[0]["A"].rewarded.count == 1


def test_a_stratum_counts_once_all_its_minutes_are_read():
    known = rewarded(evidence((0 * MINUTE, EVEN, True), (5 * MINUTE + 20 * SECOND, EVEN, True)), 3)
    told = minutes(A=[10] * 9, B=[10] * 9)
    almost = metered(known, told, until=5 * MINUTE)
    assert trials(almost, HOUR).count.sum() == 0
    assert not trials(almost, HOUR).ripe.any()
    found = trials(metered(almost, told, until=6 * MINUTE), HOUR)
    assert found.count.tolist() == [[60, 60], [0, 0]]
    assert found.total.tolist() == [[3, 0], [0, 0]]
    assert found.ripe.tolist() == [True, False]


def test_rewards_of_a_variant_of_which_no_request_was_told_say_nothing():
    known = rewarded(evidence((0 * MINUTE, EVEN, True), (5 * MINUTE, EVEN, True)), 3)
    found = metered(known, minutes(B=[10] * 5), until=5 * MINUTE)
    assert trials(found, HOUR).count[0].tolist() == [0, 50]


def test_strata_whose_minutes_are_still_to_be_read_may_change():
    known = evidence((0 * MINUTE, EVEN, True), (5 * MINUTE, EVEN, True), (HOUR, EVEN, True), until=30 * MINUTE)
    later = Ledger(evidence=known, heard=NOON + 9 * DAY, terms=experiment().terms)
    assert later.immutable == 1
    assert replace(later, evidence=replace(known, metered=Metered(NOON + DAY))).immutable == 2


def test_strata_that_are_not_read_to_their_end_are_not_held_to_be_final():
    known = evidence((0 * MINUTE, EVEN, True), (5 * MINUTE, EVEN, True))
    assert known.complete == 0
    assert replace(known, metered=Metered(NOON + 5 * MINUTE)).complete == 1
    assert replace(known, metered=None).complete == 2
