"""Counts in a document: what they come to as evidence, and every mistake in them with its place."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from core.builders import HOUR, MINUTE, experiment, ones
from hypothesis import given, settings, strategies as st

from banditctl import counts
from banditctl.core.evidence import Cell
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.rewards.poisson import Poisson
from banditctl.errors import UsageError

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
CLICKS = experiment(reward=Bernoulli())
MINUTES = experiment(reward=Gaussian())


def cell(count, total, squares=None, **more):
    squares = total if squares is None else squares
    return {"rewarded": {"count": count, "total": total, "squares": squares}, **more}


def stratum(hour=10, until=11, **variants):
    return {
        "since": f"2026-11-20T{hour:02}:00:00Z",
        "until": f"2026-11-20T{until:02}:00:00Z",
        "shares": {"A": 0.5, "B": 0.5},
        "settled": True,
        "variants": variants or {"A": cell(50, 5, exposed=100), "B": cell(50, 6, exposed=100)},
    }


def document(*strata, **more):
    return {"strata": list(strata or [stratum()]), "live": {"A": 0.5, "B": 0.5}} | more


def read(written, of=CLICKS, at=None):
    return counts.read(written if isinstance(written, str) else json.dumps(written), "e.json", of, at)


def refused(written, of=CLICKS, at=None):
    with pytest.raises(UsageError) as error:
        read(written, of, at)
    return str(error.value).splitlines()


def test_counts_are_told_when_the_window_of_the_last_stratum_has_closed():
    assert read(document()).at == TEN + HOUR + CLICKS.reward.window


def test_an_instant_in_another_time_zone_is_the_same_instant():
    there = stratum() | {"since": "2026-11-20T11:00:00+01:00"}
    assert read(document(there)).evidence == read(document()).evidence


def test_exposures_that_are_left_out_are_the_rewards():
    (one,) = read(document(stratum(A=cell(50, 5)))).evidence.strata
    assert one["A"] == Cell(50.0, ones(50, 5))
    assert one["B"] == Cell()


def test_what_is_live_is_left_out_where_it_is_the_last_stratums():
    assert read({"strata": [stratum()]}).live == read(document()).live


def test_an_open_stratum_is_told_at_an_instant():
    opened = {**stratum(A=cell(50, 5, exposed=100, ages=[0, 50])), "until": None}
    told = read(document(opened), at=TEN + MINUTE)
    assert (told.at, told.evidence.strata[0].until) == (TEN + MINUTE, None)
    assert refused(document(opened)) == ["e.json: /strata/0/until: required; or say --at, when this is told"]


def test_a_variant_that_has_left_may_stand_where_it_had_a_share():
    gone = stratum(A=cell(50, 5), C=cell(50, 5)) | {"shares": {"A": 0.5, "C": 0.5}}
    assert read(document(gone)).evidence.strata[0]["C"].exposed == 50


def test_everything_wrong_with_the_form_is_told_at_once():
    written = document(stratum(A={"rewarded": {"count": -1, "total": 1}, "exposd": 3}), live=7)
    written["strata"][0]["since"] = "2026-11-20T10:00:00"
    assert refused(written) == [
        "e.json: /strata/0/since: must have timezone info",
        "e.json: /strata/0/variants/A/rewarded/count: must be greater than or equal to 0",
        "e.json: /strata/0/variants/A/rewarded/squares: required",
        "e.json: /strata/0/variants/A/exposd: unknown; did you mean exposed?",
        "e.json: /live: must be an object",
    ]


@pytest.mark.parametrize("beyond", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_instants_that_nothing_can_be_reckoned_from_are_refused(beyond):
    assert refused(document(stratum() | {"until": beyond})) == [
        "e.json: /strata/0/until: lies outside of the years 1900 to 9900"
    ]


def test_more_than_floats_can_count_is_refused():
    assert refused(document(stratum(A=cell(50, 5, exposed=1e300)))) == [
        "e.json: /strata/0/variants/A/exposed: must be less than or equal to 9007199254740992"
    ]


@pytest.mark.parametrize(
    ("model", "sums", "said"),
    [
        (Poisson(), (50, -5, 25), "counts sum to a whole number from 0, not to -5"),
        (Poisson(), (50, 5.5, 9), "counts sum to a whole number from 0, not to 5.5"),
        (Poisson(), (50, 5, 3), "squares of whole numbers sum to at least their total, which is 5"),
        (Gaussian(), (50, 5, 1e300), "squares are added up; rewards are at most 1e+100 in size"),
    ],
)
def test_sums_that_no_rewards_of_their_kind_have_are_refused(model, sums, said):
    written = document(stratum(A=cell(*sums, exposed=100)))
    assert refused(written, experiment(reward=model)) == [f"e.json: /strata/0/variants/A/rewarded: {said}"]


def test_everything_wrong_with_what_it_says_is_told_at_once():
    first = stratum(A=cell(50, 60), B=cell(50, 6, 7, exposed=10, ages=[99])) | {"shares": {"A": 0.5, "B": 0.6}}
    second = stratum(9, 8, Z=cell(0, 0))
    assert refused(document(first, second, live={"A": 0.3})) == [
        "e.json: /strata/0/shares: shares must sum to 1, not to 1.1",
        "e.json: /strata/0/variants/A/rewarded: of 50 rewards of 0 or 1 the total is between 0 and 50, not 60",
        "e.json: /strata/0/variants/B/rewarded: squares of 0 and 1 sum to the total, which is 6",
        "e.json: /strata/0/variants/B/exposed: must be at least the 50 that were rewarded",
        "e.json: /strata/0/variants/B/ages: must not be more than the 50 that were rewarded",
        "e.json: /strata/1/until: must be later than since",
        "e.json: /strata/1/variants/Z: unknown variant; known are A, B",
        "e.json: /strata/1/since: begins before the stratum before it ends; write strata in order",
        "e.json: /live: shares must sum to 1, not to 0.3",
    ]


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ('{"strata":\n [}', "e.json:2:3: not JSON: Expecting value"),
        ('{"strata": [], "strata": []}', "e.json: strata: named twice in one object; leave one out"),
        ("[" * 100_000, "e.json: nested too deeply to be counts"),
        ("[]", "e.json: must be an object"),
        ('{"strata": []}', "e.json: /strata: there is none; write at least the one in force, with what was counted"),
        ('{"strata": [], "live": {}}', "e.json: /strata: there is none"),
        (json.dumps(document(live={"A": 1})).replace("1}", "NaN}"), "e.json: /live/A: must be a finite number"),
        (
            document({**stratum(), "until": None}, stratum(11, 12)),
            "e.json: /strata/0/until: required of all strata but the last",
        ),
    ],
)
def test_what_is_no_counts_is_said_in_a_sentence(written, line):
    assert refused(written)[0].startswith(line)


def test_ages_are_asked_for_where_a_window_is_open_at_the_instant():
    asked = "required, for its window is open then; or leave out --at: all has matured"
    lines = [f"e.json: /strata/0/variants/{name}/ages: {asked}" for name in "AB"]
    assert refused(document(), at=TEN + HOUR) == lines
    assert read(document(), at=TEN + HOUR + CLICKS.reward.window).at == TEN + 7 * HOUR
    assert read(document(), experiment(), at=TEN + HOUR).at == TEN + HOUR


def test_nothing_is_told_before_it_was():
    late = "is later than 2026-11-20T10:30:00+00:00, when this is told"
    assert refused(document(), experiment(), at=TEN + HOUR / 2) == [f"e.json: /strata/0/until: {late}"]


@given(st.lists(st.integers(-5, 5).map(float), max_size=8))
def test_sums_of_real_rewards_are_never_refused(values):
    sums = {"count": len(values), "total": sum(values), "squares": sum(value**2 for value in values)}
    read(document(stratum(A={"rewarded": sums})), MINUTES)


@pytest.mark.parametrize(
    ("sums", "said"),
    [((2, 10, 49), "squares of such a total are at least 50"), ((0, 1, 1), "no reward makes no total of 1")],
)
def test_sums_that_no_rewards_have_are_refused(sums, said):
    assert refused(document(stratum(A=cell(*sums))), MINUTES) == [f"e.json: /strata/0/variants/A/rewarded: {said}"]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*counts._NAMES, "A"]), inner),
)


@settings(max_examples=50, deadline=timedelta(seconds=5))
@given(JSON)
def test_whatever_json_it_is_the_answer_is_counts_or_a_sentence(written):
    with suppress(UsageError):
        read(written)
