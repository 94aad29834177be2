"""What is not carried out yet, as a table."""

from datetime import timedelta

from core.builders import NOON, experiment, live
from msgspec.structs import replace

from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence, Stratum
from banditctl.core.outstanding import Outstanding, outstanding
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Claim, Turn

MINUTE = timedelta(minutes=1)
ACTS, EVEN = experiment(), live(A=0.5, B=0.5)
CONTROL, HALVES = Allocation({"A": 1.0, "B": 0.0}), Allocation({"A": 0.5, "B": 0.5})
DONE = Turn(NOON, 1000.0, claim=Claim(CONTROL))
ASKED = replace(DONE, unfinished=True)
FREE, BACK = Standing(), Standing((Order("r", "rollback", "anna", "it is slow", NOON),))
UPDATING = Live("Updating", "busy", HALVES, desired=HALVES)
FAILED = Live("Failed", "broken", HALVES)


def left(turn, standing=BACK, seen=EVEN, **options):
    return outstanding(experiment(**options), turn, standing, seen)


def test_what_was_pushed_and_answered_is_done():
    assert left(DONE) is None
    assert left(None, FREE, None) is None


def test_a_push_that_failed_is_told_with_its_reason_and_what_follows():
    denied = replace(ASKED, failure="AWS said no")
    assert left(denied) == Outstanding("failed", "AWS said no; it is tried again at every look")
    assert left(denied, FREE) == Outstanding("failed", "AWS said no; it is decided afresh")


def test_a_push_that_nobody_has_answered_is_neither_done_nor_failed():
    assert left(ASKED) == Outstanding("asked", "the endpoint has not answered yet")
    busy = "somebody else is changing the endpoint; it is tried again at every look"
    assert left(replace(ASKED, busy=True)) == Outstanding("waited", busy)


def test_a_rollback_waits_for_an_endpoint_that_is_not_ready():
    waits = "the endpoint is Updating; it is done as soon as that is ready"
    assert left(DONE, seen=UPDATING) == Outstanding("waited", waits)
    broken = "the endpoint is Failed; only a person can mend that"
    assert left(DONE, seen=FAILED) == Outstanding("waited", broken)


def test_unless_the_endpoint_is_on_its_way_there_or_no_order_waits_for_shares():
    assert left(DONE, seen=replace(UPDATING, desired=CONTROL)) is None
    assert left(DONE, FREE, UPDATING) is None
    assert left(DONE, Standing((replace(BACK.orders[0], verb="pause"),)), UPDATING) is None
    assert left(DONE, seen=UPDATING, mode="observe") is None


def test_once_the_target_has_what_was_asked_for_its_failure_is_forgotten():
    lost = replace(ASKED, failure="no answer in time")
    assert lost.heard(live(A=1.0, B=0.0)) == DONE
    assert lost.heard(EVEN) == lost
    assert lost.elsewhere.failure == ""


def test_while_a_push_is_tried_again_its_failure_is_what_is_known():
    evidence = Evidence((Stratum(NOON, {"A": 0.5, "B": 0.5}, settled=True),))
    seen = Snapshot(NOON + MINUTE, evidence, EVEN, standing=BACK)
    denied = replace(decide(ACTS, seen).turn, failure="AWS said no")
    later = replace(seen, at=NOON + 2 * MINUTE, last=denied)
    again = decide(ACTS, later)
    assert (again.verdict, again.turn.failure) == ("move", "AWS said no")
    anew = Order("s", "rollback", "ben", "now", later.at)
    assert decide(ACTS, replace(later, order=anew)).turn.failure == ""
