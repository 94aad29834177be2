"""Somebody else's changes as decisions: what follows from them, by `on_drift`, and the sentence that says so."""

import pytest
from core.builders import HOUR, MINUTE, NOON, counted, experiment, live, shares, told
from msgspec.structs import replace

from banditctl.core.allocation import Live
from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence, Model
from banditctl.core.following import follow
from banditctl.core.limits import Limits
from banditctl.core.snapshot import Snapshot
from banditctl.core.turn import Claim, Turn

AT = NOON + HOUR
BEFORE, PUSHED, FOREIGN = {"A": 0.6, "B": 0.4}, {"A": 0.4, "B": 0.6}, {"A": 0.9, "B": 0.1}
MOVED = Turn(NOON, 2000.0, claim=Claim(shares(**PUSHED), "split", shares(**BEFORE)))
LOST = replace(MOVED, unfinished=True)
B_BETTER = counted(A=(1000, 50), B=(1000, 100))
GROUND = "; B is best with probability 100.0% after 2,000 trials."


def seen(now, last=MOVED, since=NOON, evidence=B_BETTER):
    """A look that finds the same as an earlier one did, at `since`."""
    strata = [replace(evidence.strata[0], since=since, shares=now.allocation.shares)]
    return Snapshot(AT, replace(evidence, strata=tuple(strata)), now, last=last)


CASES = {
    "nobody touched it": ("reassert", told(**PUSHED), MOVED, ({"A": 0.2, "B": 0.8}, "Move B from 60.0% to 80.0%")),
    "reassert goes on from what was decided": (
        "reassert",
        told(**FOREIGN),
        MOVED,
        ({"A": 0.2, "B": 0.8}, "Move B from 10.0% to 80.0%; somebody else moved A from 40.0% to 90.0%"),
    ),
    "adopt goes on from what is there": (
        "adopt",
        told(**FOREIGN),
        MOVED,
        ({"A": 0.7, "B": 0.3}, "Move B from 10.0% to 30.0%; somebody else moved A from 40.0% to 90.0%"),
    ),
    "pause waits": (
        "pause",
        told(**FOREIGN),
        MOVED,
        (None, "Hold: paused until somebody acts; somebody else moved A from 40.0% to 90.0%"),
    ),
    "a deployment that kept the shares": (
        "reassert",
        told("split-2", **PUSHED),
        MOVED,
        ({"A": 0.2, "B": 0.8}, "Move B from 60.0% to 80.0%; somebody else deployed split-2"),
    ),
    "one that did not": (
        "reassert",
        told("split-2", **FOREIGN),
        MOVED,
        (
            {"A": 0.2, "B": 0.8},
            "Move B from 10.0% to 80.0%; somebody else deployed split-2 and moved A from 40.0% to 90.0%",
        ),
    ),
    "pause waits for people who deploy, too": (
        "pause",
        told("split-2", **PUSHED),
        MOVED,
        (None, "Hold: paused until somebody acts; somebody else deployed split-2"),
    ),
    "what was undone is decided afresh, so that steps do not add up": (
        "reassert",
        told(**BEFORE),
        MOVED,
        (PUSHED, "Move B from 40.0% to 60.0%; the last push was undone"),
    ),
    "unless it is to be paused": (
        "pause",
        told(**BEFORE),
        MOVED,
        (None, "Hold: paused until somebody acts; the last push was undone"),
    ),
    "what was lost, as well": (
        "pause",
        told(**BEFORE),
        LOST,
        (PUSHED, "Move B from 40.0% to 60.0%; the last push did not arrive"),
    ),
    "instead of a push that was lost": (
        "reassert",
        told(**FOREIGN),
        LOST,
        (PUSHED, "Move B from 10.0% to 60.0%; somebody else moved A from 60.0% to 90.0%"),
    ),
}


@pytest.mark.parametrize(("on_drift", "now", "last", "outcome"), CASES.values(), ids=CASES)
def test_what_somebody_else_did_is_said_and_followed_by(on_drift, now, last, outcome):
    chosen = experiment(on_drift=on_drift)
    decision = decide(chosen, seen(now, last))
    asked = decision.allocation and decision.allocation.shares
    assert (asked, decision.reason) == (outcome[0], outcome[1] + GROUND)
    assert decide(chosen, decision.seen) == decision


def test_one_answer_that_contradicts_is_looked_at_again_first():
    first = decide(experiment(), seen(told(**FOREIGN), since=AT))
    assert (first.verdict, first.turn.busy, first.claim) == ("hold", True, MOVED.claim)
    assert first.reason.startswith("Hold: looking again, for one answer may be out of date; somebody else moved A")
    assert decide(experiment(), seen(told(**FOREIGN), last=first.turn)).verdict == "move"


def test_who_only_watches_owns_nothing():
    decision = decide(experiment(mode="observe"), seen(told(**FOREIGN)))
    assert (decision.departure, decision.claim) == (None, None)
    assert decision.reason.startswith("Observe only: would move B from 10.0% to 30.0%; B is")


def test_a_pause_lasts_from_turn_to_turn_until_the_weights_are_put_back():
    pausing, last = experiment(on_drift="pause"), MOVED
    for _ in range(3):
        last = decide(pausing, seen(told(**FOREIGN), last)).turn
        assert (last.claim, last.busy) == (MOVED.claim, False)
    assert decide(pausing, seen(told(**PUSHED), last)).verdict == "move"


def test_shares_that_were_decided_for_another_model_are_not_put_back():
    chosen, decided = experiment(), {"A": 0.1, "B": 0.9}
    last = replace(MOVED, claim=Claim(shares(**decided), "split"))
    now = told("split-2", A=0.5, B=0.5)
    evidence = replace(B_BETTER, strata=(replace(B_BETTER.strata[0], shares=decided, until=AT - MINUTE),))
    evidence = replace(evidence, models={"A": Model("a"), "B": Model("b-1")})
    evidence = follow(evidence, replace(now, models={"A": "a", "B": "b-2"}), AT - MINUTE / 2, HOUR)
    decision = decide(chosen, Snapshot(AT, evidence, now, last=last))
    assert decision.reason.startswith(
        "Hold: the shares are as they should be; somebody else deployed split-2 and moved"
    )
    same = replace(evidence, models={"A": Model("a"), "B": Model("b-1")})
    # Where nothing but the deployment is new: from the 90% that were decided.
    assert decide(chosen, Snapshot(AT, same, now, last=last)).allocation == shares(A=0.01, B=0.99)


def test_what_was_adopted_is_said_once():
    adopting = experiment(on_drift="adopt", limits=Limits(deadband=0.9))
    first = decide(adopting, seen(told("split-2", **FOREIGN)))
    assert (first.verdict, first.departure.kind) == ("hold", "configuration")
    assert first.turn.claim == Claim(shares(**FOREIGN), "split-2")
    assert decide(adopting, seen(told("split-2", **FOREIGN), first.turn)).departure is None


def test_variants_that_come_or_go_hold_until_the_file_names_them_and_cost_nothing_learned():
    grown = told("split-2", A=0.4, B=0.4, C=0.2)
    holding = decide(experiment(), seen(grown))
    assert holding.reason.startswith(
        "Hold: the endpoint also has C; name its variants in the policy file; somebody else deployed it with A, B, C; B"
    )
    assert (holding.stuck, holding.turn.claim) == (True, MOVED.claim)
    named = decide(experiment(variants=("A", "B", "C"), on_drift="pause"), seen(grown, holding.turn))
    assert (named.verdict, named.stuck) == ("move", False)
    assert [named.belief[name].trials for name in "ABC"] == [1000, 1000, 0]
    again = seen(told("split-2", **named.allocation.shares), named.turn)
    assert decide(experiment(variants=("A", "B", "C")), again).departure is None


def test_an_unknown_push_stays_unknown_while_the_endpoint_is_busy():
    busy = replace(seen(told(**BEFORE), LOST), live=live("busy", "Updating", **BEFORE))
    turn = decide(experiment(), busy).turn
    assert (turn.unfinished, turn.busy, turn.claim) == (True, True, LOST.claim)
    after = decide(experiment(), seen(told(**BEFORE), turn))
    assert (after.departure.kind, after.turn.unfinished) == ("lost", True)
    assert not decide(experiment(mode="observe"), seen(told(**BEFORE), turn)).turn.unfinished


@pytest.mark.parametrize(
    ("now", "obstacle"),
    [
        (Live("InService", "ready", None, problem="has shadow variants (S); remove them"), "has shadow variants (S)"),
        (Live("Updating", "busy", None, problem="has serverless variants (S)"), "has serverless variants (S)"),
        (Live("Failed", "broken", None), "is Failed, only a person can mend that"),
    ],
)
def test_what_cannot_be_steered_is_said(now, obstacle):
    decision = decide(experiment(), Snapshot(AT, B_BETTER, now, last=MOVED))
    assert decision.reason.startswith(f"Hold: the endpoint {obstacle}")
    assert (decision.stuck, decision.turn.claim) == (True, MOVED.claim)


def test_a_new_model_is_said_at_the_first_turn_after_it_and_its_variant_is_learned_afresh():
    evidence = Evidence(
        (replace(B_BETTER.strata[0], shares=PUSHED, until=AT - MINUTE),), models={"A": Model("a"), "B": Model("b-1")}
    )
    evidence = follow(evidence, replace(told(**PUSHED), models={"A": "a", "B": "b-2"}), AT - MINUTE / 2, HOUR)
    snapshot = Snapshot(AT, evidence, told(**PUSHED), last=MOVED)
    decision = decide(experiment(), snapshot)
    assert "; B runs b-2 now and is learned afresh; " in decision.reason
    assert [decision.belief[name].trials for name in "AB"] == [1000, 0]
    # Its own burn-in: an equal share until it is known.
    assert decision.proposal.shares == {"A": 0.5, "B": 0.5}
    assert "afresh" not in decide(experiment(), replace(snapshot, at=AT + HOUR, last=decision.turn)).reason
