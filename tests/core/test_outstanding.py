"""What is not carried out yet, as a table."""

from core.builders import NOON, experiment, live
from msgspec.structs import replace

from banditctl.core.allocation import Allocation, Live
from banditctl.core.outstanding import Outstanding, outstanding
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Claim, Turn

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
