"""What people are told of a decision, and when it is news."""

from typing import get_args

import pytest
from core.builders import HOUR, MINUTE, NOON, counted, experiment, live, stratum
from msgspec.structs import replace
from support.noticed import DECISIONS, decided, examples

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Schedule
from banditctl.core.notices import DECIDED, Finding, Kind, Notice, Occurrences, findings
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Departure

RINGS = Finding("mismatch", "B gets 5.0% more requests than its share says.")


def test_of_a_decision_as_it_should_be_nothing_is_told():
    assert findings(decided()) == []


@pytest.mark.parametrize("kind", DECISIONS)
def test_each_thing_that_needs_people_is_told_with_the_reason_of_the_decision(kind):
    (found,) = findings(DECISIONS[kind])
    assert found.kind == kind
    assert found.sentence.endswith(".")
    assert found.facts["reason"] == DECISIONS[kind].reason


def test_there_is_an_example_of_every_kind_and_decisions_judge_all_but_two():
    assert set(examples()) == set(get_args(Kind))
    assert set(get_args(Kind)) - set(DECISIONS) == set(get_args(Kind)) - DECIDED == {"push_failing", "learning_stalled"}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"departure": Departure("lost", "the last push did not arrive")}, []),
        ({"departure": Departure("configuration", "somebody else deployed split-2")}, ["foreign"]),
        ({"departure": Departure("variants", "somebody else deployed it with A, B")}, ["foreign"]),
        ({"stop": "winner", "departure": Departure("undone", "the last push was undone")}, ["undone", "winner"]),
    ],
)
def test_departures_and_conclusions_are_told_as_what_they_are(changes, kinds):
    assert [one.kind for one in findings(decided(**changes))] == kinds


def test_what_a_real_decision_finds_is_told():
    hours = [NOON + number * HOUR for number in range(7)]
    closed = [stratum(at, at + HOUR, A=(1100, 1100, 100), B=(900, 900, 300)) for at in hours[:-1]]
    seen = Snapshot(hours[-1] + 99 * HOUR, Evidence((*closed, stratum(hours[-1]))), live(A=0.5, B=0.5))
    split, winner = findings(decide(experiment(schedule=Schedule(burn_in=0)), seen))
    assert split.sentence == "A gets 10.0% more requests than its share says; what is learned may be biased."
    assert winner.sentence == "B is the winner: it is proved better than each rival."
    young = decide(experiment(), Snapshot(NOON + HOUR, counted(A=(9, 1), B=(9, 1)), live(A=0.5, B=0.5)))
    assert findings(young) == []


# Each row: minutes, whether it is found then, and whether that is news.
@pytest.mark.parametrize(
    "story",
    [
        [(0, True, True), (5, True, False), (600, True, False)],
        [(0, False, False), (5, True, True)],
        [(0, True, True), (5, False, False), (10, True, False)],
        [(0, True, True), (5, False, False), (30, False, False), (64, True, False)],
        [(0, True, True), (5, False, False), (65, True, True), (70, True, False)],
        [(0, True, True), (5, False, False), (65, False, False), (900, True, True)],
        [(0, True, True), (5, False, False), (60, True, False), (65, False, False), (120, True, False)],
    ],
)
def test_an_occurrence_is_news_once_and_again_only_after_an_hour_without_it(story):
    known = Occurrences()
    for minutes, rings, new in story:
        at, found = NOON + minutes * MINUTE, [RINGS] * rings
        assert (minutes, known.news(found, at)) == (minutes, found if new else [])
        known = known.after(DECIDED, found, at)


def ordered(verb, name="ticket-7"):
    return Order(name, verb, "ann", "latency doubled.", NOON, "A" if verb == "promote" else None)


def turns(*orders):
    """What there is to tell of a turn after the other, each of which takes an order, or None."""
    standing = Standing()
    for order in orders:
        seen = Snapshot(NOON, counted(A=(9, 1), B=(9, 1)), live(A=0.5, B=0.5), standing=standing, order=order)
        decision = decide(experiment(), seen)
        standing = decision.standing
        yield [(one.sentence, one.occurrence) for one in findings(decision)]


def test_a_rollback_is_told_with_who_and_why_as_long_as_it_holds():
    told = [("ann ordered a rollback: latency doubled.", "rollback ticket-7")]
    story = (ordered("rollback"), None, ordered("pause"), ordered("resume"), None)
    assert list(turns(*story)) == [told, told, told, [], []]


def test_each_rollback_is_news():
    first, second = turns(ordered("rollback"), ordered("rollback", "ticket-8"))
    assert [name for _, name in (*first, *second)] == ["rollback ticket-7", "rollback ticket-8"]


@pytest.mark.parametrize("verb", ["pause", "resume", "promote"])
def test_no_other_order_is_told(verb):
    assert list(turns(ordered(verb))) == [[]]


def test_what_was_not_judged_lasts():
    known = Occurrences().after(DECIDED, [RINGS], NOON)
    assert known.after({"push_failing"}, [], NOON + HOUR).news([RINGS], NOON + 9 * HOUR) == []


def test_what_has_ended_is_forgotten():
    known = Occurrences().after(DECIDED, [RINGS], NOON).after(DECIDED, [], NOON + HOUR)
    assert known != Occurrences()
    assert known.after(DECIDED, [], NOON + 2 * HOUR) == Occurrences()


def test_a_winner_that_follows_another_is_news():
    first = Finding("winner", "A is the winner.", about="A")
    second = replace(first, sentence="B is the winner.", about="B")
    known = Occurrences().after(DECIDED, [first], NOON)
    assert known.news([second], NOON + MINUTE) == [second]


def test_a_notice_that_is_made_again_has_the_same_id_and_others_have_others():
    made = {
        Notice.of(name, found, at).id
        for name in ("fares", "flights")
        for found in (RINGS, replace(RINGS, kind="change"), replace(RINGS, about="A"))
        for at in (NOON, NOON + MINUTE)
    }
    assert len(made) == 12
    assert Notice.of("fares", RINGS, NOON).id in made
    # The standard signs the id between full stops.
    assert not any("." in one or " " in one for one in made)
