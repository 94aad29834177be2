"""What has become of a push: it arrived, it was lost or undone, or somebody else changed the endpoint."""

import pytest
from core.builders import NOON, live, shares, told
from msgspec.structs import replace

from banditctl.core.turn import Claim, Turn

BEFORE, PUSHED = {"A": 0.5, "B": 0.5}, {"A": 0.3, "B": 0.7}
MOVED = Turn(NOON, 100.0, claim=Claim(shares(**PUSHED), "split", shares(**BEFORE)))
UNANSWERED = replace(MOVED, busy=True, unfinished=True)
HELD = Turn(NOON, 100.0, claim=Claim(shares(**BEFORE), "split"))

CASES = {
    "what was pushed is live": (MOVED, told(**PUSHED), None),
    "32-bit floats are no change": (MOVED, told(A=0.30000001192, B=0.69999998808), None),
    "it is on its way": (MOVED, live("busy", "Updating", **BEFORE), None),
    "nothing was claimed": (Turn(NOON, 0.0), told(A=0.1, B=0.9), None),
    "nothing is told": (MOVED, live("busy", "Creating"), None),
    "it was undone": (MOVED, told(**BEFORE), ("undone", "the last push was undone")),
    "it was lost": (UNANSWERED, told(**BEFORE), ("lost", "the last push did not arrive")),
    "an answer was lost, not the push": (UNANSWERED, told(**PUSHED), None),
    "other shares": (MOVED, told(A=0.8, B=0.2), ("shares", "somebody else moved A from 30.0% to 80.0%")),
    "other shares while ours were on their way": (
        UNANSWERED,
        told(A=0.8, B=0.2),
        ("shares", "somebody else moved A from 50.0% to 80.0%"),
    ),
    "other shares after a hold": (HELD, told(**PUSHED), ("shares", "somebody else moved B from 50.0% to 70.0%")),
    "another configuration": (
        MOVED,
        told("split-2", **PUSHED),
        ("configuration", "somebody else deployed split-2"),
    ),
    "another configuration, which set the shares back": (
        MOVED,
        told("split-2", **BEFORE),
        ("configuration", "somebody else deployed split-2 and moved A from 30.0% to 50.0%"),
    ),
    "another configuration instead of our push": (
        UNANSWERED,
        told("split-2", **BEFORE),
        ("configuration", "somebody else deployed split-2"),
    ),
    "a configuration that is not told is no other": (MOVED, told("", **PUSHED), None),
    "another variant": (
        MOVED,
        told("split-2", A=0.4, B=0.4, C=0.2),
        ("variants", "somebody else deployed it with A, B, C"),
    ),
}


@pytest.mark.parametrize(("turn", "seen", "departure"), CASES.values(), ids=CASES)
def test_what_is_live_tells_what_has_become_of_it(turn, seen, departure):
    found = turn.departure(seen)
    assert (found and (found.kind, found.detail)) == departure


def test_a_push_whose_answer_was_lost_was_carried_out_if_the_endpoint_has_it_or_goes_there():
    arrived = replace(MOVED, busy=False, unfinished=False)
    assert UNANSWERED.heard(told(**PUSHED)) == arrived
    assert UNANSWERED.heard(told(desired=PUSHED, **BEFORE)) == arrived
    assert UNANSWERED.heard(told(desired=BEFORE, **BEFORE)) == UNANSWERED
    assert UNANSWERED.heard(told(desired={"A": 0.9, "B": 0.1}, **BEFORE)) == UNANSWERED
    assert MOVED.heard(told(**PUSHED)) is MOVED


def test_turns_that_were_kept_before_there_were_claims_are_read_as_they_are():
    old = Turn(NOON, 1.0, unfinished=True)
    assert old.heard(told(**PUSHED)) is old
    assert old.departure(told(**PUSHED)) is None
