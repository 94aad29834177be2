"""No more traffic than instances take: as a law of every step, and as decisions with the sentence that says so."""

from math import ceil

import pytest
from core.builders import HOUR, MINUTE, NAMES, NOON, counted, experiment, shares, told
from hypothesis import assume, given, settings, strategies as st
from msgspec.structs import replace

from banditctl.core.allocation import Allocation, Live
from banditctl.core.capacity import Capacity
from banditctl.core.decision import decide
from banditctl.core.limits import Limits
from banditctl.core.snapshot import Snapshot
from banditctl.core.turn import Asked, Claim, Turn

AT = NOON + HOUR
B_BETTER = counted(A=(1000, 50), B=(1000, 100))
GROUND = "; B is best with probability 100.0% after 2,000 trials."
TWO_OF_B = "B's 2 instances take 50 of 120 requests a second: 41.7% at most"


@st.composite
def on_the_grid(draw, number, grid):
    """An allocation as the daemon leaves one: in whole units."""
    cuts = sorted(draw(st.lists(st.integers(0, grid), min_size=number - 1, max_size=number - 1)))
    units = [upper - lower for lower, upper in zip([0, *cuts], [*cuts, grid], strict=True)]
    return Allocation({name: unit / grid for name, unit in zip(NAMES, units, strict=False)})


@st.composite
def situations(draw):
    """Limits with a capacity, what is live under them, and what is wanted."""
    number = draw(st.integers(2, 10))
    limits = Limits(
        floor=draw(st.sampled_from([0.0, 0.01, 0.05, 0.1])),
        cap=draw(st.sampled_from([1.0, 0.9, 0.5])),
        step=draw(st.sampled_from([0.02, 0.2, 1.0])),
        grid=draw(st.sampled_from([100, 1000, 10_000, 2**24 - 16])),
        capacity=draw(st.sampled_from(["hold", "scale"])),
        capacity_rps=draw(st.sampled_from([0.3, 7, 25.0])),
        instances=draw(st.integers(1, 9)),
    )
    assume(not limits.contradictions(number))
    counts = dict(zip(NAMES, draw(st.lists(st.integers(0, 9), min_size=number, max_size=number)), strict=False))
    traffic = draw(st.none() | st.floats(0, 500))
    live = Live("InService", "ready", draw(on_the_grid(number, limits.grid)), instances=counts, traffic=traffic)
    return limits, live, draw(on_the_grid(number, limits.grid))


def stepped(limits, live, wanted):
    following = limits.apply(live.allocation, wanted)
    return following, Capacity(limits, live, {}).room(live.allocation, following)


def takes(limits, live, name):
    """The share that the instances of a variant take."""
    if live.traffic is None:
        return 0.0
    count = live.instances[name]
    return count * limits.capacity_rps / live.traffic if live.traffic else float(count > 0)


@given(situations())
@settings(max_examples=120, deadline=None)
def test_no_share_rises_beyond_what_its_instances_take(situation):
    limits, live, wanted = situation
    _, room = stepped(limits, live, wanted)
    for name, share in room.allocation.shares.items():
        assert share <= max(takes(limits, live, name), live.allocation[name]) + 1e-9


@given(situations())
@settings(max_examples=120, deadline=None)
def test_every_share_ends_between_what_it_is_and_what_it_was_to_be_on_the_grid(situation):
    limits, live, wanted = situation
    following, room = stepped(limits, live, wanted)
    units = [share * limits.grid for share in room.allocation.shares.values()]
    assert units == pytest.approx([round(unit) for unit in units], abs=1e-6)
    assert sum(map(round, units)) == limits.grid
    for name, share in room.allocation.shares.items():
        low, high = sorted((live.allocation[name], following[name]))
        assert low - 1 / limits.grid - 1e-9 <= share <= high + 1e-9


@given(situations())
@settings(max_examples=120, deadline=None)
def test_floor_cap_and_step_hold_as_they_do_without_it(situation):
    limits, live, wanted = situation
    following, room = stepped(limits, live, wanted)
    now = live.allocation
    assert now.distance(room.allocation) <= max(limits.step, now.distance(following)) + 1 / limits.grid + 1e-9
    for name, share in room.allocation.shares.items():
        if limits.floor <= min(now[name], following[name]):
            assert share >= limits.floor - 1e-9
        if max(now[name], following[name]) <= limits.cap:
            assert share <= limits.cap + 1e-9


@given(situations())
@settings(max_examples=120, deadline=None)
def test_a_step_that_its_instances_take_is_left_alone_and_nothing_is_asked_for(situation):
    limits, live, wanted = situation
    following, room = stepped(limits, live, wanted)
    fits = all(
        share <= max(takes(limits, live, name), live.allocation[name]) for name, share in following.shares.items()
    )
    assert not fits or room == (following, None, "")


@given(situations())
@settings(max_examples=120, deadline=None)
def test_only_as_many_instances_are_asked_for_as_the_step_needs_and_never_fewer_than_there_are(situation):
    limits, live, wanted = situation
    following, room = stepped(limits, live, wanted)
    assert room.growth is None or limits.capacity == "scale"
    if room.growth:
        name, before, after = room.growth
        assert before == live.instances[name] < after <= limits.instances
        assert after <= max(ceil(following[name] * live.traffic / limits.capacity_rps), 1)


@given(situations(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_variants_does_not_matter(situation, random):
    limits, live, wanted = situation

    def shuffled(allocation):
        order = random.sample(sorted(allocation.shares), len(allocation.shares))
        return Allocation({name: allocation[name] for name in order})

    other = replace(live, allocation=shuffled(live.allocation))
    assert stepped(limits, other, shuffled(wanted)) == stepped(limits, live, wanted)


def test_those_who_have_room_rise_and_those_who_give_keep_what_may_not_be_had():
    limits = Limits(floor=0, step=1, capacity="hold", capacity_rps=10)
    live = Live("", "ready", Allocation.equal("ABCD"), instances={"A": 3, "B": 9, "C": 1, "D": 1}, traffic=100.0)
    room = Capacity(limits, live, {}).room(live.allocation, shares(A=0.45, B=0.45, C=0.05, D=0.05))
    # A may rise by 5 of the 20 points it was to, B by all 20: C and D give 25 of 40.
    assert room.allocation.shares == pytest.approx({"A": 0.3, "B": 0.45, "C": 0.125, "D": 0.125})
    assert room.said == "A's 3 instances take 30 of 100 requests a second: 30.0% at most"


def test_what_holds_back_several_variants_is_said_once():
    limits = Limits(step=1, capacity="hold", capacity_rps=10)
    live = Live("", "ready", shares(A=0.8, B=0.1, C=0.1), instances=dict.fromkeys("ABC", 1), unmeasured="cannot read")
    room = Capacity(limits, live, {}).room(live.allocation, Allocation({"A": 0.2, "B": 0.4, "C": 0.4}))
    assert (room.allocation, room.said) == (live.allocation, "cannot read")


def measured(traffic=120.0, a=3, b=2, coming=None, managed=(), unmeasured=None, **now):
    """An endpoint whose instances are known, and its traffic."""
    desired = {"A": a, "B": b if coming is None else coming}
    return replace(
        told(**(now or {"A": 0.7, "B": 0.3})),
        instances={"A": a, "B": b},
        desired_instances=desired,
        traffic=traffic,
        managed=managed,
        unmeasured=unmeasured,
    )


def limited(capacity="hold", rps=25, **options):
    return {"capacity": capacity, "capacity_rps": rps, **options}


SCALE = limited("scale", instances=4)
CASES = {
    "observe only says so": (limited("observe"), measured(), "Move B from 30.0% to 50.0%; " + TWO_OF_B),
    "observe says nothing where there is room": (limited("observe"), measured(b=3), "Move B from 30.0% to 50.0%"),
    "hold goes as far as instances take": (limited(), measured(), "Move B from 30.0% to 41.7%; " + TWO_OF_B),
    "hold waits where they take no more": (limited(), measured(A=0.59, B=0.41), "Hold: " + TWO_OF_B),
    "a variant that has too much keeps it": (limited(), measured(A=0.4, B=0.6), "Hold: " + TWO_OF_B),
    "one instance": (
        limited(),
        measured(b=1),
        "Hold: B's 1 instance takes 25 of 120 requests a second: 20.8% at most",
    ),
    "each variant by its own rate": (
        limited(rps={"A": 100, "B": 0.25}),
        measured(1.25),
        "Move B from 30.0% to 40.0%; B's 2 instances take 0.5 of 1.25 requests a second: 40.0% at most",
    ),
    "no traffic is nothing to take": (limited(), measured(0.0), "Move B from 30.0% to 50.0%"),
    "but what comes next has nobody to go to without instances": (
        limited(),
        measured(0.0, b=0),
        "Hold: B's 0 instances take 0 of 0 requests a second: 0.0% at most",
    ),
    "traffic that nobody tells of": (
        limited(),
        measured(None, unmeasured="CloudWatch tells of no request in the last 15 minutes"),
        "Hold: CloudWatch tells of no request in the last 15 minutes",
    ),
    "a target that was not measured": (
        limited(),
        measured(None),
        "Hold: how many requests a second there are is not known",
    ),
    "observe does not wait for traffic to be told": (
        limited("observe"),
        measured(None, unmeasured="cannot read"),
        "Move B from 30.0% to 50.0%; cannot read",
    ),
    "a dry decision knows no instances": (limited(), told(A=0.7, B=0.3), "Move B from 30.0% to 50.0%"),
    "without a rate, instances that are there will do": (
        {"capacity": "hold"},
        measured(None),
        "Move B from 30.0% to 50.0%",
    ),
    "without a rate, those that are coming are waited for": (
        {"capacity": "hold"},
        measured(None, coming=3),
        "Hold: B has 2 of 3 instances in service",
    ),
    "without a rate, one is needed": (
        {"capacity": "hold"},
        measured(None, b=0),
        "Hold: B has 0 of 1 instance in service",
    ),
    "by default it is said": ({}, measured(None, b=0), "Move B from 30.0% to 50.0%; B has 0 of 1 instance in service"),
    "scale asks for what the step needs": (SCALE, measured(), "Scale B from 2 to 3 instances; " + TWO_OF_B),
    "scale asks for one where there is none": (
        SCALE,
        measured(0.0, b=0),
        "Scale B from 0 to 1 instance; B's 0 instances take 0 of 0 requests a second: 0.0% at most",
    ),
    "scale asks for no more than is allowed": (
        limited("scale", instances=4, rps=10),
        measured(240.0),
        "Scale B from 2 to 4 instances; B's 2 instances take 20 of 240 requests a second: 8.3% at most",
    ),
    "scale then moves as far as those take": (
        limited("scale", instances=2),
        measured(),
        f"Move B from 30.0% to 41.7%; {TWO_OF_B}, and limits.instances allows no more",
    ),
    "scale never asks for fewer": (
        limited("scale", instances=1),
        measured(),
        f"Move B from 30.0% to 41.7%; {TWO_OF_B}, and limits.instances allows no more",
    ),
    "scale waits for what is coming": (
        SCALE,
        measured(coming=3),
        f"Move B from 30.0% to 41.7%; {TWO_OF_B}, and more are on their way",
    ),
    "scale leaves autoscaling alone": (
        SCALE,
        measured(managed=("B",)),
        f"Move B from 30.0% to 41.7%; {TWO_OF_B}, and autoscaling says how many there are",
    ),
    "scale asks for nothing by traffic that it does not know": (
        SCALE,
        measured(None, unmeasured="cannot see who scales"),
        "Hold: cannot see who scales",
    ),
}


@pytest.mark.parametrize(("limits", "now", "reason"), CASES.values(), ids=CASES)
def test_what_there_are_instances_for_is_done_and_said(limits, now, reason):
    chosen = experiment(limits=Limits(**limits))
    decision = decide(chosen, Snapshot(AT, B_BETTER, now))
    assert decision.reason == reason + GROUND
    assert decision.verdict == reason.partition(" ")[0].lower().rstrip(":")
    assert decide(chosen, decision.seen) == decision


def test_to_scale_is_to_ask_for_instances_and_for_nothing_else():
    decision = decide(experiment(limits=Limits(**SCALE)), Snapshot(AT, B_BETTER, measured()))
    assert (decision.verdict, decision.instances, decision.allocation) == ("scale", {"B": 3}, None)
    assert decision.claim == Claim(shares(A=0.7, B=0.3), "split")
    assert (decision.turn.asked, decision.turn.unfinished) == ({"B": Asked(3, AT)}, False)


def test_who_only_watches_asks_for_nothing():
    watching = experiment(limits=Limits(**SCALE), mode="observe")
    decision = decide(watching, Snapshot(AT, B_BETTER, measured()))
    assert (decision.verdict, decision.instances, decision.turn.asked) == ("hold", {}, {})
    assert decision.reason.startswith("Observe only: would scale B from 2 to 3 instances; " + TWO_OF_B)


def test_the_variant_that_lacks_most_is_scaled_first():
    limits = Limits(capacity="scale", capacity_rps=10, instances=9, step=1)
    now = replace(told(A=0.8, B=0.1, C=0.1), instances={"A": 9, "B": 1, "C": 1}, traffic=100.0)
    evidence = counted(A=(1000, 50), B=(1000, 100), C=(1000, 99))
    room = decide(experiment(("A", "B", "C"), limits=limits), Snapshot(AT, evidence, now))
    assert (room.verdict, room.instances) == ("scale", {"B": 6})
    assert "; B's 1 instance takes 10 of 100 requests a second: 10.0% at most; C's 1 instance" in room.reason


def test_what_was_asked_for_in_vain_is_not_asked_for_again_for_half_an_hour():
    chosen = experiment(limits=Limits(**SCALE))
    last = decide(chosen, Snapshot(AT, B_BETTER, measured())).turn
    busy = decide(chosen, Snapshot(AT + 9 * MINUTE, B_BETTER, replace(measured(), state="busy"), last=last)).turn
    again = decide(chosen, Snapshot(AT + 10 * MINUTE, B_BETTER, measured(), last=busy))
    assert again.reason == f"Move B from 30.0% to 41.7%; {TWO_OF_B}, and 3 were asked for in vain at 13:00{GROUND}"
    after = replace(again.turn, claim=None)
    assert decide(chosen, Snapshot(AT + 29 * MINUTE, B_BETTER, measured(), last=after)).verdict == "move"
    later = decide(chosen, Snapshot(AT + 30 * MINUTE, B_BETTER, measured(), last=after))
    assert (later.verdict, later.turn.asked) == ("scale", {"B": Asked(3, AT + 30 * MINUTE)})


def test_what_has_come_does_not_keep_more_from_being_asked_for():
    last = Turn(NOON, 0.0, asked={"B": Asked(3, AT - MINUTE)})
    busier = Snapshot(AT, B_BETTER, measured(150.0, b=3, A=0.5, B=0.5), last=last)
    assert decide(experiment(limits=Limits(**SCALE)), busier).instances == {"B": 4}
