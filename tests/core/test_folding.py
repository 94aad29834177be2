"""Far back, strata of one day and of equal shares become one; nothing that was earned is lost or mixed."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from core.builders import HOUR, MINUTE, NOON, ones
from hypothesis import given, strategies as st
from msgspec.structs import replace

from banditctl.core.estimators.stratified import stratified
from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, Evidence, Stratum
from banditctl.core.maturity import Maturity, mature
from banditctl.core.rewards.bernoulli import Bernoulli

DAY = timedelta(days=1)
MIDNIGHT = NOON - 12 * HOUR
EVEN, TILTED = {"A": 0.5, "B": 0.5}, {"A": 0.2, "B": 0.8}


def hourly(count, since=MIDNIGHT, shares=EVEN, settled=True, **cells):
    """Strata of an hour each, the last of them open."""
    variants = {name: Cell(*cell) for name, cell in cells.items()}
    metrics = {"latency": {"A": Cell(0.0, ones(1, 1), (1,))}}
    starts = [since + number * HOUR for number in range(count)]
    strata = [Stratum(at, shares, settled, at + HOUR, variants, metrics) for at in starts]
    return [*strata[:-1], replace(strata[-1], until=None)]


def spans(evidence):
    """Hours from midnight: since and until of each stratum."""
    return [((s.since - MIDNIGHT) / HOUR, s.until and (s.until - MIDNIGHT) / HOUR) for s in evidence.strata]


def test_a_day_of_equal_shares_becomes_one_and_the_cells_add_up():
    strata = hourly(30, A=(10.0, ones(4, 3), (1, 3)), B=(5.0,))
    folded = Evidence(tuple(strata)).folded(24, MIDNIGHT + 9 * DAY)
    first = folded.strata[0]
    assert spans(folded)[:2] == [(0, 24), (24, 25)]
    assert first.variants == {"A": Cell(240.0, ones(96, 72), (24, 72)), "B": Cell(120.0)}
    assert first.metrics == {"latency": {"A": Cell(0.0, ones(24, 24), (24,))}}
    assert (first.shares, first.settled) == (EVEN, True)
    assert folded.strata[1:] == tuple(strata[24:])


def test_strata_of_one_day_that_ends_in_the_next_are_of_the_day_they_began_in():
    strata = hourly(4, since=MIDNIGHT + 22.5 * HOUR)
    assert spans(Evidence(tuple(strata)).folded(3, MIDNIGHT + 9 * DAY)) == [(22.5, 24.5), (24.5, 25.5), (25.5, None)]


@pytest.mark.parametrize(
    "other",
    [{"shares": TILTED}, {"settled": False}, {"shares": {"A": 0.5, "B": 0.5, "C": 0.0}}],
    ids=["other shares", "in transition", "another variant"],
)
def test_strata_that_differ_are_never_put_together_nor_those_on_either_side_of_them(other):
    first, second, third, last = hourly(4)
    odd = replace(second, **other)
    evidence = Evidence((first, odd, third, last))
    assert evidence.folded(3, MIDNIGHT + 9 * DAY) is evidence


def test_what_is_open_of_a_recent_day_or_still_to_change_stays_as_it_is():
    strata = tuple(hourly(60))
    evidence = Evidence(strata)
    assert evidence.folded(60, MIDNIGHT) is evidence
    assert evidence.folded(60, MIDNIGHT + HOUR) is evidence
    assert evidence.folded(0, MIDNIGHT + 9 * DAY) is evidence
    assert evidence.folded(1, MIDNIGHT + 9 * DAY) is evidence
    # The day before has ended at midnight itself: its last stratum ends in the day that is not over.
    assert spans(evidence.folded(60, MIDNIGHT + DAY + 5 * HOUR))[:3] == [(0, 23), (23, 24), (24, 25)]
    whole = evidence.folded(60, MIDNIGHT + 9 * DAY)
    assert spans(whole) == [(0, 24), (24, 48), (48, 59), (59, None)]
    assert whole.strata[-1] is strata[-1]


def test_folding_again_changes_nothing():
    folded = Evidence(tuple(hourly(50))).folded(49, MIDNIGHT + 9 * DAY)
    assert folded.folded(len(folded.strata) - 1, MIDNIGHT + 9 * DAY) is folded


def test_an_exposure_imported_long_after_is_credited_to_what_its_stratum_was_folded_into():
    folded = Evidence(tuple(hourly(30))).folded(24, MIDNIGHT + 9 * DAY)
    more = folded.credit([Credit(MIDNIGHT + 7 * HOUR, REWARD, "A", Cell(1.0))])
    assert more.strata[0]["A"].exposed == folded.strata[0]["A"].exposed + 1
    assert more.strata[1:] == folded.strata[1:]


lengths = st.integers(1, 40).map(lambda number: number * 30 * MINUTE)
cells = st.builds(
    lambda others, count, ages: Cell(float(count + others), ones(count, count), tuple(ages)),
    st.integers(0, 5),
    st.integers(0, 5),
    st.lists(st.integers(0, 2), max_size=3),
)
rows = st.dictionaries(st.sampled_from("AB"), cells)


@st.composite
def histories(draw):
    drawn = draw(
        st.lists(st.tuples(lengths, st.sampled_from([EVEN, EVEN, TILTED]), st.booleans(), rows, rows), min_size=1)
    )
    since, strata = MIDNIGHT, []
    for length, shares, settled, variants, latency in drawn:
        strata.append(Stratum(since, shares, settled, since + length, variants, {"latency": latency}))
        since += length
    return Evidence((*strata[:-1], replace(strata[-1], until=None)))


def sums(evidence):
    """All that each variant has earned by each metric under each shares."""
    found = {}
    for one in evidence.strata:
        for metric, row in {REWARD: one.variants, **one.metrics}.items():
            for variant, cell in row.items():
                where = (metric, variant, one.shares["A"], one.settled)
                found[where] = found.get(where, Cell()) + cell
    return found


@given(histories(), st.integers(0, 40), st.integers(0, 10))
def test_whatever_is_folded_the_sums_and_the_order_of_time_stay_and_no_stratum_is_longer_than_two_days(
    evidence, first, days
):
    folded = evidence.folded(first, MIDNIGHT + days * DAY)
    assert sums(folded) == sums(evidence)
    assert folded.strata[0].since == MIDNIGHT
    assert all(one.until == other.since for one, other in pairwise(folded.strata))
    assert folded.strata[-1].until is None
    assert {s.since for s in folded.strata} <= {s.since for s in evidence.strata}
    assert all(s in evidence.strata or s.until.date() < (MIDNIGHT + days * DAY).date() for s in folded.strata)


@given(histories(), st.integers(0, 40))
def test_the_trials_of_each_variant_do_not_change_by_folding(evidence, first):
    maturity = Maturity(MIDNIGHT + 99 * DAY, HOUR, 0.0, HOUR, 1.0, {})
    before, after = (mature(one, "AB", maturity) for one in (evidence, evidence.folded(first, MIDNIGHT + 98 * DAY)))
    for column in ("exposed", "count", "total", "squares"):
        assert getattr(after, column).sum(axis=0).tolist() == getattr(before, column).sum(axis=0).tolist()


def fortnight(seed):
    """Strata of an hour each, in which rates go up and down with the day and A's share is another each day."""
    rng, strata = np.random.default_rng(seed), []
    for hour in range(14 * 24):
        share = rng.uniform(0.05, 0.95) if hour % 24 == 0 else strata[-1].shares["A"]
        served = rng.multinomial(1000, [share, 1 - share])
        earned = rng.binomial(served, 0.05 * (1 + 0.4 * np.sin(hour * np.pi / 12)) * np.array([1.0, 1.03]))
        cells = {name: Cell(float(n), ones(y, y)) for name, n, y in zip("AB", served, earned, strict=True)}
        since = MIDNIGHT + hour * HOUR
        strata.append(Stratum(since, {"A": share, "B": 1 - share}, True, since + HOUR, cells))
    return Evidence(tuple(strata))


@pytest.mark.parametrize("discount", [1.0, 0.995, 0.99])
def test_folding_moves_what_strata_say_of_two_variants_by_less_than_they_are_unsure_of_it(discount):
    maturity = Maturity(MIDNIGHT + 14 * DAY, HOUR, 0.0, HOUR, discount, {})
    for seed in range(20):
        whole = fortnight(seed)
        folded = whole.folded(7 * 24, MIDNIGHT + 7 * DAY)
        assert len(folded.strata) == 8 * 24 - 16
        one, other = (stratified(mature(each, "AB", maturity), Bernoulli(), discount) for each in (whole, folded))
        assert np.all(np.abs(one.mean - other.mean) < 0.35 * np.hypot(one.deviation, one.level))
        assert np.abs(one.best - other.best).max() < 0.1
