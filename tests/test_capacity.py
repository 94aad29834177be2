"""Turns on an endpoint with too few instances: the real store, the real wire, CloudWatch and autoscaling beside it."""

import pytest
from support.emulated import CREATING, UPDATING
from support.levers import Levers
from support.scaled import register, track
from support.turns import LOOK, MINUTE, TURN, Counting, fares

from banditctl.core.decision import decide
from banditctl.core.limits import Limits
from banditctl.emulator import Scenario
from banditctl.errors import TargetUnavailable
from banditctl.targets.sagemaker.gauge import Gauge

SCALING = 4 * MINUTE
PUBLISHED = 4 * MINUTE
ONE_OF_B = "B's 1 instance takes 0.1 of 0.4 requests a second: 25.0% at most"


def limited(capacity, **options):
    """What A, with two instances, and B, with one, take of 24 requests a minute: half of them, and a quarter."""
    return fares(limits=Limits(floor=0.05, step=0.2, capacity=capacity, capacity_rps=0.1, **options))


HOLD, SCALE = limited("hold"), limited("scale", instances=3)


@pytest.fixture
def scenario():
    return Scenario(creating=CREATING, updating=UPDATING, scaling=SCALING)


@pytest.fixture
def counted(sagemaker, endpoint, cloudwatch, autoscaling):
    services = {"cloudwatch": cloudwatch, "application-autoscaling": autoscaling}
    return Counting(sagemaker, endpoint, Gauge(endpoint, services.__getitem__))


@pytest.fixture
def ask(runtime, endpoint, clock):
    """A minute of 24 requests, and the minutes until CloudWatch knows of them."""

    def pass_by(minutes=1, then=PUBLISHED):
        for _ in range(minutes):
            for _ in range(24):
                runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x")
            clock.move(MINUTE)
        clock.move(then)

    return pass_by


@pytest.fixture
def scale(sagemaker, endpoint):
    """Somebody else, who wants more instances of B."""

    def push(number):
        changes = [{"VariantName": "B", "DesiredInstanceCount": number}]
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=changes)

    return push


@pytest.fixture
def levers(served):
    return Levers(served)


def told(decision):
    """What was done and why, without the evidence that it rests on."""
    return decision.reason.removesuffix("; warming up with an equal split, 0 of 100 trials.")


async def test_hold_waits_and_goes_on_when_instances_have_come(look, ask, scale, counted, books):
    ask()
    waiting = await look(HOLD)
    assert told(waiting) == f"Hold: {ONE_OF_B}"
    scale(2)
    ask(then=SCALING)
    assert told(await look(HOLD)) == "Move B from 25.0% to 45.0%"
    await look(HOLD, after=UPDATING)
    live = await counted.read()
    assert (live.allocation.shares, live.instances) == ({"A": 0.55, "B": 0.45}, {"A": 2, "B": 2})
    assert [decide(HOLD, one.seen) == one for one in await books.decisions("fares", 9)] == [True] * 2


async def test_scale_asks_for_instances_in_a_call_of_its_own_and_the_shares_follow_when_they_are_there(
    look, ask, counted, levers, books
):
    ask()
    asking = await look(SCALE)
    assert told(asking) == f"Scale B from 1 to 2 instances; {ONE_OF_B}"
    assert (asking.verdict, asking.instances, counted.scalings, counted.pushes) == ("scale", {"B": 2}, [("B", 2)], 0)
    coming = await counted.read()
    assert (coming.state, coming.allocation["B"], coming.instances["B"]) == ("busy", 0.25, 1)
    assert coming.desired_instances == {"A": 2, "B": 2}
    for _ in range(SCALING // LOOK - 1):
        assert await look(SCALE, after=LOOK) is None
    moving = await look(SCALE, after=LOOK)
    assert told(moving) == "Move B from 25.0% to 45.0%"
    await look(SCALE, after=UPDATING)
    live = await counted.read()
    assert (live.allocation.shares, live.instances) == ({"A": 0.55, "B": 0.45}, {"A": 2, "B": 2})
    assert levers.calls("UpdateEndpointWeightsAndCapacities")["calls"] == 2
    assert [decide(SCALE, one.seen) == one for one in await books.decisions("fares", 9)] == [True] * 2


async def test_a_variant_that_autoscaling_counts_is_left_to_it(look, ask, counted, autoscaling):
    register(autoscaling, "B", most=3)
    track(autoscaling, "B", 3)
    ask()
    assert told(await look(SCALE)) == f"Hold: {ONE_OF_B}, and autoscaling says how many there are"
    ask(minutes=5)
    assert (await counted.read()).desired_instances["B"] > 1
    ask(then=SCALING)
    assert told(await look(SCALE)) == "Move B from 25.0% to 45.0%"
    await look(SCALE, after=UPDATING)
    live = await counted.read()
    assert (live.allocation["B"], live.instances == live.desired_instances, live.instances["B"] > 1) == (
        0.45,
        True,
        True,
    )
    assert counted.scalings == []


async def test_who_was_first_makes_scaling_wait_and_it_is_decided_afresh(look, ask, counted, foreign):
    ask()
    counted.before = lambda: foreign(75, 25)
    assert (await look(SCALE)).verdict == "scale"
    assert await look(SCALE, after=LOOK) is None
    again = await look(SCALE, after=UPDATING)
    assert (told(again), counted.scalings) == (f"Scale B from 1 to 2 instances; {ONE_OF_B}", [("B", 2)] * 2)


async def test_scaling_whose_answer_was_lost_is_not_asked_for_again(look, ask, counted):
    ask()
    counted.after = TargetUnavailable("no answer in time")
    with pytest.raises(TargetUnavailable):
        await look(SCALE)
    assert told(await look(SCALE, after=TURN)) == "Move B from 25.0% to 45.0%"
    assert counted.scalings == [("B", 2)]


async def test_scaling_that_never_left_is_decided_afresh_from_what_is_read(look, ask, counted, clock):
    def killed():
        raise TargetUnavailable("the daemon was killed here")

    ask()
    asked = f"{clock():%H:%M}"
    counted.before = killed
    with pytest.raises(TargetUnavailable):
        await look(SCALE)
    afresh = await look(SCALE, after=TURN)
    assert told(afresh) == f"Hold: {ONE_OF_B}, and 2 were asked for in vain at {asked}"
    clock.move(5 * TURN - PUBLISHED)
    ask(then=PUBLISHED)
    assert told(await look(SCALE)) == f"Scale B from 1 to 2 instances; {ONE_OF_B}"


async def test_instances_that_cannot_be_had_are_asked_for_twice_an_hour(look, ask, counted, levers):
    levers.fault("roll_back")
    for _ in range(6):
        ask()
        await look(SCALE)
        await look(SCALE, after=TURN)
    assert counted.scalings == [("B", 2)] * 2
    assert (await counted.read()).allocation["B"] == 0.25


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "deny", "operation": "GetMetricData"}, "cannot read the invocations of endpoint Fares: "),
        ({"kind": "withhold"}, "cannot read the invocations of A at endpoint Fares: CloudWatch says InternalError"),
        (
            {"kind": "withhold", "status": "Forbidden"},
            "cannot read the invocations of A at endpoint Fares: CloudWatch says Forbidden",
        ),
        ({"kind": "deny", "operation": "DescribeScalableTargets"}, "cannot see who scales endpoint Fares: "),
    ],
)
async def test_where_nobody_tells_of_traffic_shares_stay_and_the_reason_says_why(look, ask, levers, fault, said):
    ask()
    levers.fault(**fault)
    assert told(await look(SCALE)).startswith(f"Hold: {said}")
    levers.calm()
    assert (await look(SCALE, after=TURN)).verdict == "scale"


async def test_requests_that_are_not_known_yet_are_not_taken_for_none(look, ask):
    ask(then=MINUTE)
    assert told(await look(HOLD)) == "Hold: CloudWatch tells of no request in the last 15 minutes"


async def test_whoever_only_observes_goes_on_whatever_cloudwatch_does(look, ask, levers):
    ask()
    levers.fault("deny", operation="GetMetricData")
    watching = limited("observe")
    assert told(await look(watching)).startswith("Move B from 25.0% to 45.0%; cannot read the invocations")


async def test_nothing_is_asked_of_other_services_where_no_rate_is_given(look, levers):
    await look()
    assert levers.calls("GetMetricData")["calls"] == levers.calls("DescribeScalableTargets")["calls"] == 0


async def test_traffic_is_asked_for_once_a_turn(look, ask, levers):
    ask()
    for _ in range(40):
        await look(SCALE, after=LOOK)
    assert levers.calls("GetMetricData")["calls"] <= 4
