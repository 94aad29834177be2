"""Orders, what holds of them, and what is decided because of it."""

import pytest
from core.builders import HOUR, NOON, counted, experiment, live, shares, stratum, told
from msgspec.structs import replace

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Claim, Turn

B_BETTER = counted(A=(1000, 50), B=(1000, 100))
B_LEADS = "B is best with probability 100.0% after 2,000 trials."
AT = NOON + HOUR


def order(verb, who="anna", why="I say so", **details):
    return Order(f"{verb} of {who}", verb, who, why, NOON, **details)


PAUSE, RESUME, UNPIN, ROLLBACK = (order(verb) for verb in ("pause", "resume", "unpin", "rollback"))
PIN, OTHER_PIN = order("pin", shares={"A": 0.7, "B": 0.3}), order("pin", "bob", shares={"A": 0.5, "B": 0.5})
PROMOTE = order("promote", variant="B")

TAKEN = [
    ("a pause holds", [PAUSE], [PAUSE]),
    ("until resumed", [PAUSE, RESUME], []),
    ("a pin outlasts what is resumed", [PIN, PAUSE, RESUME], [PIN]),
    ("and is heeded again then", [PIN, PROMOTE], [PIN, PROMOTE]),
    ("a pin ends when unpinned", [PIN, UNPIN], []),
    ("and what was paused is paused again", [PAUSE, PIN, UNPIN], [PAUSE]),
    ("another pin takes the place of the first", [PIN, OTHER_PIN], [OTHER_PIN]),
    ("a promotion ends a pause", [PAUSE, PROMOTE], [PROMOTE]),
    ("a pause ends a promotion", [PROMOTE, PAUSE], [PAUSE]),
    ("a rollback ends both", [PROMOTE, ROLLBACK], [ROLLBACK]),
    ("and is heeded before a pin", [PIN, ROLLBACK], [PIN, ROLLBACK]),
    ("nothing need hold to be ended", [RESUME, UNPIN], []),
]


def standing(orders):
    found = Standing()
    for one in orders:
        assert found.refusal(one, ("A", "B")) is None
        found = found.after(one)
    return found


@pytest.mark.parametrize(("given", "hold"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_of_orders_that_were_taken_in_a_row_these_hold(given, hold):
    assert list(standing(given).orders) == hold
    assert standing(given).heeded == (hold[-1] if hold else None)


@pytest.mark.parametrize("late", [PAUSE, PIN, PROMOTE])
def test_out_of_a_rollback_leads_no_way_but_to_resume(late):
    assert standing([ROLLBACK]).refusal(late, ("A", "B")) == "rolled back by anna: I say so; resume first"
    assert standing([ROLLBACK, ROLLBACK, RESUME]).refusal(late, ("A", "B")) is None


FAULTS = [
    (PAUSE, None),
    (PIN, None),
    (order("pin", shares={"A": 0.7, "C": 0.3}), ("/shares", "there is no variant C; known are A, B")),
    (order("pin", shares={"A": 1.0}), ("/shares", "each variant needs its share; missing are B")),
    (order("pin"), ("/shares", "each variant needs its share; missing are A, B")),
    (order("pin", shares={"A": 0.7, "B": 0.2}), ("/shares", "shares are 0 or more and sum to one, not to 0.9")),
    (order("pin", shares={"A": 1.5, "B": -0.5}), ("/shares", "shares are 0 or more and sum to one, not to 1")),
    (order("promote", variant="C"), ("/variant", "there is no variant C; known are A, B")),
]


@pytest.mark.parametrize(("given", "fault"), FAULTS)
def test_an_order_names_the_variants_there_are_and_shares_that_sum_to_one(given, fault):
    assert given.fault(("A", "B")) == fault


def decided(orders=(), taking=None, seen=None, last=None, **options):
    """What is decided where these orders hold and one more is taken."""
    return decide(
        experiment(**options),
        Snapshot(AT, B_BETTER, seen or live(A=0.5, B=0.5), None, last, standing(orders), taking),
    )


STEP = "Move B from 50.0% to 70.0%"
DECIDED = [
    ([], PAUSE, {}, ("hold", None, f"Hold: paused by anna: I say so; {B_LEADS}")),
    ([PAUSE], None, {}, ("hold", None, f"Hold: paused by anna: I say so; {B_LEADS}")),
    ([PAUSE], RESUME, {}, ("move", (0.3, 0.7), f"{STEP}; resumed by anna: I say so; {B_LEADS}")),
    ([], PIN, {}, ("move", (0.7, 0.3), f"Move A from 50.0% to 70.0%: pinned by anna: I say so; {B_LEADS}")),
    ([], OTHER_PIN, {}, ("hold", None, f"Hold: pinned by bob: I say so; {B_LEADS}")),
    ([PIN], UNPIN, {}, ("move", (0.3, 0.7), f"{STEP}; unpinned by anna: I say so; {B_LEADS}")),
    (
        [],
        order("promote", variant="A"),
        {},
        ("move", (0.7, 0.3), f"Move A from 50.0% to 70.0%; A is promoted by anna: I say so; {B_LEADS}"),
    ),
    (
        [],
        ROLLBACK,
        {"limits": Limits(floor=0.2, cap=0.8, step=0.1, deadband=0.1)},
        ("move", (1, 0), f"Move A from 50.0% to 100.0%: rolled back to A by anna: I say so; {B_LEADS}"),
    ),
    (
        [],
        ROLLBACK,
        {"control": "B"},
        ("move", (0, 1), f"Move B from 50.0% to 100.0%: rolled back to B by anna: I say so; {B_LEADS}"),
    ),
    (
        [],
        ROLLBACK,
        {"mode": "observe"},
        (
            "hold",
            (1, 0),
            f"Observe only: would move A from 50.0% to 100.0%: rolled back to A by anna: I say so; {B_LEADS}",
        ),
    ),
    (
        [ROLLBACK],
        order("pause", "bob"),
        {},
        (
            "move",
            (1, 0),
            (
                "Move A from 50.0% to 100.0%: rolled back to A by anna: I say so; "
                f"bob was refused to pause: rolled back by anna: I say so; resume first; {B_LEADS}"
            ),
        ),
    ),
    (
        [],
        order("promote", variant="C"),
        {},
        ("move", (0.3, 0.7), f"{STEP}; anna was refused to promote: there is no variant C; known are A, B; {B_LEADS}"),
    ),
]


@pytest.mark.parametrize(("orders", "taking", "options", "wanted"), DECIDED)
def test_an_order_is_carried_out_and_the_reason_says_whose_it_is(orders, taking, options, wanted):
    decision = decided(orders, taking, **options)
    allocation = decision.allocation and (decision.allocation["A"], decision.allocation["B"])
    assert (decision.verdict, allocation, decision.reason) == wanted
    assert decision.order is taking
    assert decide(experiment(**options), decision.seen) == decision


def test_what_holds_afterwards_is_part_of_the_decision():
    assert decided([PAUSE], PIN).standing == Standing((PAUSE, PIN))
    assert decided([ROLLBACK], PIN).standing == Standing((ROLLBACK,))
    assert decided([ROLLBACK], PIN).refusal == "rolled back by anna: I say so; resume first"
    assert decided([PAUSE], PIN).refusal is None


def test_pinned_shares_are_rounded_to_the_grid():
    thirds = order("pin", shares={"A": 1 / 3, "B": 2 / 3})
    assert decided(taking=thirds).allocation == shares(A=0.3333, B=0.6667)


def test_everything_that_is_promoted_goes_through_floor_and_step_turn_by_turn():
    first = decided(taking=PROMOTE)
    assert first.proposal == shares(A=0.0, B=1.0)
    assert decided([PROMOTE], seen=live(A=0.3, B=0.7)).allocation == shares(A=0.1, B=0.9)
    last = decided([PROMOTE], seen=live(A=0.01, B=0.99))
    assert last.reason == f"Hold: the shares are as they should be; B is promoted by anna: I say so; {B_LEADS}"


def test_during_burn_in_nobody_speaks_of_an_equal_split_that_is_not_asked_for():
    young = replace(decided().seen, evidence=Evidence((stratum(),)), order=PROMOTE)
    decision = decide(experiment(), young)
    assert decision.proposal["B"] == 1
    assert decision.reason.endswith("B is promoted by anna: I say so; warming up, 0 of 1,000 trials.")


@pytest.mark.parametrize("late", [PIN, ROLLBACK, PAUSE, PROMOTE])
def test_while_the_endpoint_is_busy_an_order_holds_and_is_carried_out_as_soon_as_it_is_ready(late):
    busy = decided(taking=late, seen=live("busy", "Updating", A=0.5, B=0.5))
    clause = late.said("A")
    assert busy.reason == f"Hold: the endpoint is Updating, it is changing; {clause}; {B_LEADS}"
    assert busy.turn.busy
    assert clause in decided(busy.standing.orders, last=busy.turn).reason


def test_a_pin_of_variants_that_the_policy_file_does_not_name_any_more_holds():
    pinned = Standing((order("pin", shares={"A": 0.5, "C": 0.5}),))
    decision = decide(experiment(), replace(decided().seen, standing=pinned))
    assert decision.reason.startswith("Hold: pinned by anna: I say so; but there is no variant C; known are A, B; ")
    promoted = Standing((order("promote", variant="C"),))
    assert decide(experiment(), replace(decided().seen, standing=promoted)).verdict == "hold"


FOREIGN = {"seen": told(A=0.9, B=0.1), "last": Turn(NOON, 2000, claim=Claim(shares(A=0.5, B=0.5), "split"))}


def settled(orders=(), taking=None, **options):
    """The same where somebody else has changed the weights, seen twice by now."""
    evidence = Evidence((replace(B_BETTER.strata[0], shares={"A": 0.9, "B": 0.1}),))
    seen = Snapshot(AT, evidence, FOREIGN["seen"], None, FOREIGN["last"], standing(orders), taking)
    return decide(experiment(**options), seen)


def test_what_somebody_elses_weights_have_paused_is_ended_by_resume_which_goes_on_from_them():
    waiting = settled(on_drift="pause")
    assert waiting.reason.startswith("Hold: paused until somebody acts; somebody else moved")
    resumed = settled(taking=RESUME, on_drift="pause")
    assert resumed.reason.startswith("Move B from 10.0% to 30.0%; resumed by anna: I say so; somebody else moved")
    assert resumed.claim == Claim(shares(A=0.7, B=0.3), "split", before=shares(A=0.9, B=0.1))


def test_a_rollback_waits_neither_for_a_second_look_nor_for_somebody_to_act():
    assert settled(taking=ROLLBACK, on_drift="pause").verdict == "move"
    unsure = replace(settled(taking=ROLLBACK).seen, evidence=Evidence((stratum(),)))
    assert decide(experiment(), replace(unsure, order=None)).reason.startswith("Hold: looking again")
    assert decide(experiment(), unsure).verdict == "move"


def test_resumed_while_the_endpoint_is_busy_it_is_not_paused_once_it_is_ready():
    changing = replace(FOREIGN["seen"], state="busy", status="Updating")
    busy = decide(experiment(on_drift="pause"), replace(settled(taking=RESUME).seen, live=changing))
    assert (busy.verdict, busy.claim) == ("hold", None)
    ready = replace(settled().seen, last=busy.turn, standing=busy.standing)
    assert decide(experiment(on_drift="pause"), ready).verdict == "move"


def test_what_was_claimed_goes_on_to_be_while_paused():
    decision = settled(taking=PAUSE)
    assert decision.claim == FOREIGN["last"].claim
    assert decision.reason.startswith("Hold: paused by anna: I say so; somebody else moved A from")
    back = settled(decision.standing.orders, RESUME)
    assert back.allocation == shares(A=0.3, B=0.7)


def test_with_no_burn_in_and_no_trials_orders_are_carried_out_all_the_same():
    bare = Snapshot(AT, Evidence(), live(A=0.5, B=0.5), order=PIN)
    assert decide(experiment(schedule=Schedule(burn_in=0)), bare).allocation == shares(A=0.7, B=0.3)
