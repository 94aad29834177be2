"""What a colleague says where somebody has given orders."""

import pytest
from core.builders import HOUR, NOON, counted, experiment, live
from msgspec.structs import replace

from banditctl.core.decision import decide
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.explanation import explain

B_BETTER = counted(A=(1000, 50), B=(1000, 100))


def order(verb, **details):
    return Order(verb, verb, "anna", "the pager rang; twice.", NOON, **details)


PAUSE, RESUME, ROLLBACK = order("pause"), order("resume"), order("rollback")
PIN, PROMOTE = order("pin", shares={"A": 0.5, "B": 0.5}), order("promote", variant="B")
BY = "by anna at 2026-11-20 12:00 UTC: the pager rang; twice."
STAYS = "So it stays until fares is {}."

TOLD = [
    ((), PAUSE, ("Nothing was moved: an order to pause holds.", f"Paused {BY}"), STAYS.format("resumed")),
    ((PIN,), None, ("Nothing was moved: an order to pin holds.", f"Pinned {BY}"), STAYS.format("unpinned")),
    ((), ROLLBACK, ("It moved A from 50.0% to 100.0%.", f"Rolled back to A {BY}"), STAYS.format("resumed")),
    ((), PROMOTE, ("It moved B from 50.0% to 70.0%.", f"B is promoted {BY}"), STAYS.format("resumed")),
    (
        (PAUSE,),
        RESUME,
        ("It moved B from 50.0% to 70.0%.", "It was resumed by anna: the pager rang; twice."),
        "As things stand, 2 more turns would bring B to 99.0%.",
    ),
    (
        (ROLLBACK,),
        PIN,
        (
            "It moved A from 50.0% to 100.0%.",
            "The order of anna to pin was refused: rolled back by anna: the pager rang; twice; resume first.",
        ),
        STAYS.format("resumed"),
    ),
]


@pytest.mark.parametrize(("orders", "taken", "first", "outlook"), TOLD)
def test_who_ordered_it_and_why_is_told_and_until_when_it_holds(orders, taken, first, outlook):
    seen = Snapshot(NOON + HOUR, B_BETTER, live(A=0.5, B=0.5), standing=Standing(orders), order=taken)
    sentences = explain(experiment(), decide(experiment(), seen)).sentences
    assert tuple(sentences[:2]) == first
    assert outlook in sentences


PUSHED = Snapshot(NOON + HOUR, B_BETTER, live(A=0.5, B=0.5), order=ROLLBACK)
UNKNOWN = [
    ("cannot update endpoint fares: denied", "cannot update endpoint fares: denied."),
    ("", "nobody knows of an answer."),
]


@pytest.mark.parametrize(("failure", "why"), UNKNOWN)
def test_what_was_pushed_was_to_move_until_the_push_arrived(failure, why):
    decision = decide(experiment(), PUSHED)
    (first, *rest) = explain(experiment(), decision, replace(decision.turn, failure=failure)).sentences
    assert first == f"It was to move A from 50.0% to 100.0%, and that is not known to have arrived: {why}"
    arrived = replace(decision.turn, unfinished=False)
    assert explain(experiment(), decision, arrived).sentences == ["It moved A from 50.0% to 100.0%.", *rest]
