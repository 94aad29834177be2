"""What looks wrong, as a table: each state and what is said of it."""

import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, experiment, live, stratum
from msgspec.structs import replace
from support.dashboards import decided, evidence_of

from banditctl.core.allocation import Allocation, Live
from banditctl.core.change import Change
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.mismatch import Mismatch
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Departure, Turn
from banditctl.dashboard.checks import checks
from banditctl.dashboard.facts import Present
from banditctl.stores import Received
from banditctl.stores.told import Glance, Sight, Told

FARES = experiment()
EVEN = live(A=0.5, B=0.5)
TURN = Turn(NOON, 1000.0)
FREE = Standing()


def told(seen=EVEN, **changes):
    found = decided(FARES, evidence_of(FARES.variants, NOON), NOON, EVEN)
    findings = replace(
        found.findings, **{name: changes.pop(name) for name in ("mismatch", "change") if name in changes}
    )
    kept = {name: getattr(found, name) for name in Told.__struct_fields__ if name not in {"seen", "findings"}}
    return Told(**kept | changes, seen=Sight(NOON, seen), findings=findings)


def looked(name, latest=None, turn=TURN, received=None, at=NOON, standing=FREE):
    """The check of that name: its state and sentence."""
    glance = Glance(stratum(), turn, 100, standing)
    now = Present(FARES, at, glance, received or Received(100, 0, None), latest)
    (found,) = [check for check in checks(now) if check.name == name]
    return found.state, found.sentence


def test_before_the_first_decision_turns_and_learning_are_looked_at():
    now = Present(FARES, NOON, Glance(None, None, 0), Received(), None)
    assert [check.name for check in checks(now)] == ["Turns", "Learning"]


TURNS = [
    (None, NOON, "unknown", "No turn has been taken yet."),
    (TURN, NOON + 4 * MINUTE, "fine", "One is taken every 5 min."),
    (TURN, NOON + 16 * MINUTE, "fine", "One is taken every 5 min."),
    (TURN, NOON + 3 * HOUR, "alarm", "The last turn was 3 h ago, where one is due every 5 min."),
    (replace(TURN, unfinished=True), NOON + 10 * SECOND, "fine", "One is taken every 5 min."),
    (replace(TURN, unfinished=True), NOON + 2 * MINUTE, "alarm", "The last push has not been carried out"),
]


@pytest.mark.parametrize(("turn", "at", "state", "said"), TURNS)
def test_turns_that_do_not_come_are_said(turn, at, state, said):
    found = looked("Turns", turn=turn, at=at)
    assert found[0] == state
    assert said in found[1]


def test_a_push_that_fails_again_is_said_until_one_arrives():
    latest = told(departure=Departure("lost", "the last push did not arrive"))
    again, at = replace(TURN, unfinished=True), NOON + 5 * SECOND
    state, said = looked("Turns", latest, turn=again, at=at)
    assert (state, said) == ("alarm", "The last push has not been carried out; it is decided afresh.")
    assert looked("Turns", latest, turn=TURN, at=at)[0] == "fine"
    assert looked("Endpoint", latest, turn=TURN, at=at)[0] == "fine"


def test_an_order_whose_push_failed_is_said_at_once_with_the_reason():
    denied = replace(TURN, unfinished=True, failure="AWS said no")
    back = Standing((Order("r", "rollback", "anna", "it is slow", NOON),))
    said = "The last push has not been carried out; it is decided afresh: AWS said no."
    assert looked("Turns", turn=denied, standing=back) == ("alarm", said)
    assert looked("Turns", turn=denied)[0] == "fine"


RECEIVED = [
    (Received(100, 0, None), "fine", "100 events have come, 0 wait to be learned."),
    (Received(1234, 0, NOON - 2 * SECOND), "fine", "1,234 events have come, 1,134 wait to be learned."),
    (Received(1234, 0, NOON - 90 * SECOND), "alarm", "1,134 events wait to be learned, the oldest for 1 min 30 s."),
]


@pytest.mark.parametrize(("received", "state", "said"), RECEIVED)
def test_learning_that_stands_still_is_said(received, state, said):
    assert looked("Learning", received=received) == (state, said)


METERED = [
    (None, "unknown", "No minute has been asked for yet."),
    (NOON + MINUTE, "fine", "Requests before 20 Nov 2026, 12:01:00 UTC are counted."),
    (NOON - 69 * MINUTE, "fine", "Requests before 20 Nov 2026, 10:51:00 UTC are counted."),
    (
        NOON - 70 * MINUTE,
        "alarm",
        "Only requests before 20 Nov 2026, 10:50:00 UTC are counted; of later ones the target tells nothing.",
    ),
]


@pytest.mark.parametrize(("until", "state", "said"), METERED)
def test_requests_that_are_no_longer_counted_are_said_where_the_target_counts_them(until, state, said):
    metered = experiment(evidence=EvidenceOptions(trials="invocations"))
    now = Present(metered, NOON, Glance(stratum(), TURN, 100, metered=until), Received(100, 0, None), None)
    assert [tuple(check[1:]) for check in checks(now) if check.name == "Metering"] == [(state, said)]


BROKEN = Live("Failed", "broken", Allocation({"A": 0.5, "B": 0.5}))
LATEST = [
    ("Endpoint", {}, "fine", "It is InService, and nobody else has changed its weights."),
    ("Endpoint", {"seen": BROKEN}, "alarm", "It is Failed: only a person can mend that."),
    ("Endpoint", {"seen": replace(EVEN, problem="serves two models")}, "alarm", "It serves two models."),
    ("Endpoint", {"departure": Departure("undone", "the last push was undone")}, "alarm", "The last push was undone."),
    ("Requests by shares", {"mismatch": None}, "unknown", "No stratum has been compared yet."),
    ("Requests by shares", {"mismatch": Mismatch(0.5, "A", 0.001, alarm=False)}, "fine", "as their shares say"),
    ("Requests by shares", {"mismatch": Mismatch(1e9, "A", 0.2, alarm=True)}, "alarm", "A gets 20.0% more than its"),
    ("Requests by shares", {"mismatch": Mismatch(1e9, "A", -0.2, alarm=True)}, "alarm", "A gets 20.0% less than its"),
    ("Steady rewards", {"change": None}, "unknown", "not enough yet"),
    ("Steady rewards", {"change": Change("B", 24.0, 1.0, alert=False)}, "fine", "agrees with what came before"),
    ("Steady rewards", {"change": Change("B", 24.0, 5.0, alert=True)}, "alarm", "Lately B earns more beside"),
    ("Steady rewards", {"change": Change("B", 24.0, -5.0, alert=True)}, "alarm", "Lately B earns less beside"),
]


@pytest.mark.parametrize(("name", "latest", "state", "said"), LATEST)
def test_what_the_latest_decision_found_is_said(name, latest, state, said):
    found = looked(name, told(**latest))
    assert found[0] == state
    assert said in found[1]
