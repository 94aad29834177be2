"""Strata date from when the endpoint changed, and a variant whose model changed begins anew."""

from itertools import pairwise

import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, experiment, live, ones, stratum
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from banditctl.core.decision import matured_trials
from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, Evidence, Model
from banditctl.core.findings import advance
from banditctl.core.following import follow
from banditctl.core.past import Pair, Past, Recent, Routed
from banditctl.core.rewards.bernoulli import Bernoulli

EQUAL, TILTED = {"A": 0.5, "B": 0.5}, {"A": 0.2, "B": 0.8}
OLD, NEW = {"A": "a-1", "B": "b-1"}, {"A": "a-1", "B": "b-2"}


def ready(shares=EQUAL, modified=None, models=None):
    return replace(live(**shares), modified=modified and NOON + modified * MINUTE, models=models or {})


def busy(shares=EQUAL, modified=None):
    return replace(live("busy", "Updating", **shares), modified=modified and NOON + modified * MINUTE)


def spans(evidence):
    return [
        ((s.since - NOON) / MINUTE, s.until and (s.until - NOON) / MINUTE, s.shares["A"], s.settled)
        for s in evidence.strata
    ]


def following(*readings):
    evidence = Evidence()
    for minutes, seen in readings:
        evidence = follow(evidence, seen, NOON + minutes * MINUTE, HOUR)
    return evidence


@pytest.mark.parametrize(
    ("readings", "strata"),
    [
        # Watched: the change began when the endpoint was modified, and was over when it was seen to be.
        ([(0, ready()), (5, busy(modified=4))], [(0, 4, 0.5, True), (4, None, 0.5, False)]),
        (
            [(0, ready()), (5, busy(modified=4)), (6, ready(TILTED, 5.5))],
            [(0, 4, 0.5, True), (4, 6, 0.5, False), (6, None, 0.2, True)],
        ),
        # Not watched: what was served in between is not known.
        ([(0, ready()), (9, ready(TILTED, 4))], [(0, 4, 0.5, True), (4, 9, 0.5, False), (9, None, 0.2, True)]),
        # A time that cannot be that of the change is none.
        ([(0, ready()), (5, ready(TILTED, -1))], [(0, 5, 0.5, True), (5, None, 0.2, True)]),
        ([(0, ready()), (5, ready(TILTED, 6))], [(0, 5, 0.5, True), (5, None, 0.2, True)]),
        # Nobody looked for hours: the change came first, or the stratum had ended by then.
        (
            [(0, ready()), (300, ready(TILTED, 40))],
            [(0, 40, 0.5, True), (40, 300, 0.5, False), (300, None, 0.2, True)],
        ),
        (
            [(0, ready()), (300, ready(TILTED, 200))],
            [(0, 60, 0.5, True), (60, 300, 0.5, False), (300, None, 0.2, True)],
        ),
        (
            [(0, ready()), (300, busy(modified=299))],
            [(0, 60, 0.5, True), (60, 300, 0.5, False), (300, None, 0.5, False)],
        ),
        # Weights that went through 32-bit floats are the same.
        ([(0, ready()), (5, ready({"A": 0.50000001, "B": 0.49999999}, 4))], [(0, None, 0.5, True)]),
    ],
)
def test_a_change_dates_from_when_the_endpoint_was_modified(readings, strata):
    assert spans(following(*readings)) == strata


@pytest.mark.parametrize("state", ["busy", "broken", "ready"])
def test_while_the_endpoint_tells_no_shares_nobody_knows_which_are_in_force(state):
    silent = live(state, "Updating")
    evidence = following((0, ready()), (5, silent), (6, silent), (7, ready()))
    assert spans(evidence) == [(0, 5, 0.5, True), (5, 7, 0.5, False), (7, None, 0.5, True)]
    assert following((0, silent), (5, ready())) == following((5, ready()))


def pushed(at=5):
    """Evidence right after a push of other shares."""
    return following((0, ready())).open(TILTED, NOON + at * MINUTE, settled=False)


def test_an_answer_from_before_the_push_ends_no_transition_but_not_for_ever():
    stale = ready(EQUAL, modified=-10)
    assert follow(pushed(), stale, NOON + 5 * MINUTE + 15 * SECOND, HOUR) == pushed()
    assert spans(follow(pushed(), stale, NOON + 8 * MINUTE, HOUR))[-1] == (8, None, 0.5, True)


def test_a_push_that_is_live_ends_it_whatever_its_time():
    assert spans(follow(pushed(), ready(TILTED, -10), NOON + 6 * MINUTE, HOUR))[-1] == (6, None, 0.2, True)
    assert spans(follow(pushed(), ready(EQUAL, 6), NOON + 7 * MINUTE, HOUR))[-1] == (7, None, 0.5, True)


def test_a_new_model_begins_a_stratum_and_only_what_came_since_counts_for_its_variant():
    evidence = following((0, ready(models=OLD)), (10, ready(modified=7, models=NEW)))
    assert spans(evidence) == [(0, 7, 0.5, True), (7, 10, 0.5, False), (10, None, 0.5, True)]
    assert evidence.models == {"A": Model("a-1"), "B": Model("b-2", NOON + 10 * MINUTE)}
    assert [evidence.before(name) for name in "ABC"] == [0, 2, 0]
    earned = [Credit(s.since, REWARD, name, Cell(10.0, ones(10, 4))) for s in evidence.strata for name in "AB"]
    trials = matured_trials(experiment(), evidence.credit(earned), NOON + HOUR)
    assert trials.count.tolist() == [[10, 0], [10, 0], [10, 10]]
    assert trials.total.tolist() == [[4, 0], [4, 0], [4, 4]]
    assert trials.exposed.tolist() == [[10, 10]] * 3


def test_while_the_endpoint_changes_its_models_wait():
    evidence = following((0, ready(models=OLD)), (5, replace(busy(modified=4), models=NEW)))
    assert evidence.models == {"A": Model("a-1"), "B": Model("b-1")}
    settled = follow(evidence, ready(modified=6, models=NEW), NOON + 7 * MINUTE, HOUR)
    assert settled.models["B"] == Model("b-2", NOON + 7 * MINUTE)
    assert spans(settled)[-1] == (7, None, 0.5, True)


def test_the_first_model_that_is_told_was_there_all_along_and_one_that_is_not_told_is_no_other():
    evidence = following((0, ready()), (5, ready(models=OLD)), (6, ready()), (7, ready(models=OLD)))
    assert evidence.models == {"A": Model("a-1"), "B": Model("b-1")}
    assert len(evidence.strata) == 1


def test_a_model_that_comes_back_begins_anew_as_well():
    evidence = following((0, ready(models=OLD)), (5, ready(models=NEW)), (9, ready(models=OLD)))
    assert evidence.models["B"] == Model("b-1", NOON + 9 * MINUTE)


def test_a_variant_that_was_away_and_returns_with_its_model_goes_on_and_with_another_begins_anew():
    alone = ready({"A": 1.0}, models={"A": "a-1"})
    back = following((0, ready(models=OLD)), (5, alone), (9, ready(models=OLD)))
    assert back.models["B"] == Model("b-1")
    changed = following((0, ready(models=OLD)), (5, alone), (9, ready(models=NEW)))
    assert changed.models["B"] == Model("b-2", NOON + 9 * MINUTE)


def test_while_the_clock_is_set_back_a_new_model_is_waited_with():
    evidence = following((0, ready(models=OLD)), (-1, ready(models=NEW)))
    assert evidence.models["B"] == Model("b-1")
    assert follow(evidence, ready(models=NEW), NOON + MINUTE, HOUR).models["B"] == Model("b-2", NOON + MINUTE)


def test_sequences_forget_the_rewards_of_a_new_model_but_not_how_requests_were_routed():
    pairs = {"A": {"B": Pair(1.0), "C": Pair(2.0)}, "B": {"C": Pair(3.0)}}
    past = Past(first=ones(9, 1), recent=dict.fromkeys("ABC", Recent(1.0)), pairs=pairs, routed={"B": Routed(1.0)})
    evidence = replace(following((0, ready(models=OLD))), past=past)
    left = follow(evidence, ready(models=NEW), NOON + MINUTE, HOUR).past
    assert left == replace(past, recent=dict.fromkeys("AC", Recent(1.0)), pairs={"A": {"C": Pair(2.0)}})


def renewed(cells, hour):
    """Hours of (A's successes, B's successes) of 1000 each; B's model changes at `hour`."""
    begun = [NOON + number * HOUR for number in range(len(cells) + 1)]
    rows = [
        stratum(since, until, A=(1000, a, a), B=(1000, b, b))
        for (since, until), (a, b) in zip(pairwise(begun), cells, strict=True)
    ]
    evidence = Evidence((*rows, stratum(begun[-1])), models={"A": Model("a"), "B": Model("b-1")})
    since = NOON + hour * HOUR
    return replace(evidence, models=evidence.models | {"B": Model("b-2", since)})


FARES = experiment(reward=Bernoulli(window=HOUR))


def known(evidence):
    at = NOON + 999 * HOUR
    return advance(FARES, evidence, matured_trials(FARES, evidence, at), at)


def test_sequences_read_of_a_new_model_what_came_since_and_requests_are_still_held_to_their_shares():
    cells = [(50, 500)] * 6 + [(50, 50)] * 6
    before, after = known(renewed(cells, hour=0)), known(renewed(cells, hour=6))
    assert before.pairs["A"]["B"].score > 10 * abs(after.pairs["A"]["B"].score)
    assert after.pairs["A"]["B"].score == pytest.approx(0.0)
    assert before.routed == after.routed
    assert after.routed["B"].exposed == 11_000


def test_what_was_read_before_and_after_a_model_changed_is_never_folded_together():
    evidence = renewed([(50, 50)] * 9, hour=4)
    folded = evidence.folded(9, NOON + 99 * HOUR)
    assert [one.since for one in folded.strata] == [NOON, NOON + 4 * HOUR, NOON + 9 * HOUR]
    at = NOON + 99 * HOUR
    one, other = (matured_trials(FARES, each, at).count.sum(axis=0).tolist() for each in (evidence, folded))
    assert one == other == [9000, 5000]


shares = st.sampled_from([EQUAL, TILTED])
looks = st.tuples(st.integers(1, 200), shares, st.sampled_from([OLD, NEW, {}]), st.booleans(), st.integers(-90, 90))


@given(st.lists(looks, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_however_it_is_looked_at_strata_are_in_order_and_whole_and_models_begin_with_one(history, lots):
    evidence, at = follow(Evidence(), ready(models=OLD), NOON, HOUR), NOON
    for minutes, split, models, settled, modified in history:
        at += lots.choice([1, 1, 1, -1]) * minutes * MINUTE
        seen = ready(split, models=models) if settled else busy(split)
        before = evidence
        evidence = follow(evidence, replace(seen, modified=at + modified * MINUTE), at, HOUR)
        assert [s.since for s in evidence.strata[: len(before.strata)]] == [s.since for s in before.strata]
    begun = [s.since for s in evidence.strata]
    assert begun == sorted(set(begun))
    assert [s.until for s in evidence.strata] == [*begun[1:], None]
    assert all(model.since in begun for model in evidence.models.values() if model.since)
