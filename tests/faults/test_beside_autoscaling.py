"""Hours beside Application Auto Scaling, which changes instance counts through the very call that weights need."""

import math
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import groupby
from urllib.parse import urlsplit

import pytest
from faults.troubles import world
from faults.watch import Watch, Watched
from support.levers import Levers
from support.scaled import register, track
from support.turns import MINUTE, fares

from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits

MINUTES = 120
UPDATING, SCALING = MINUTE, 4 * MINUTE
PER_INSTANCE, MOST_INSTANCES = 4, 8

# A push in every turn, and turns as far apart as policy files have them by default.
PUSHING = UPDATING / Schedule().every
EXPERIMENT = {"limits": Limits(floor=0.05, step=0.02), "schedule": Schedule(burn_in=100)}


@pytest.fixture
def scenario():
    return world(updating=UPDATING, scaling=SCALING)


@pytest.fixture
def autoscaled(served, autoscaling):
    """Both variants have their instances counted by their load; answers the client that tells of it."""
    for variant in ("A", "B"):
        register(autoscaling, variant, most=MOST_INSTANCES)
        track(autoscaling, variant, PER_INSTANCE)
    return autoscaling


@pytest.fixture
def ask(served):
    """Sends so many requests, each routed by the weights in force."""
    connection = HTTPConnection(urlsplit(served).netloc)

    def send(number):
        for _ in range(number):
            connection.request("POST", "/endpoints/Fares/invocations", b"x")
            assert connection.getresponse().read() == b"x"

    yield send
    connection.close()


def load(minute):
    """Requests in that minute: four on the hour, and six times as many half an hour later."""
    return round(4 + 20 * math.sin(math.pi * minute / 60) ** 2)


def attempts(autoscaling, variant):
    """Which counts autoscaling wanted for the variant, in order, and what came of each."""
    told = autoscaling.describe_scaling_activities(
        ServiceNamespace="sagemaker", ResourceId=f"endpoint/Fares/variant/{variant}", MaxResults=50
    )["ScalingActivities"]
    in_order = sorted(told, key=lambda one: one["StartTime"])
    return [(int(one["Description"].rstrip(".").split()[-1]), one["StatusCode"]) for one in in_order]


def lasted(past, until, member):
    """How long the endpoint was Updating towards other weights, or other instance counts."""
    ends = [*(datetime.fromisoformat(one["since"]) for one in past[1:]), until]
    spans = (
        end - datetime.fromisoformat(one["since"])
        for one, end in zip(past, ends, strict=True)
        if one["status"] == "Updating" and any(one["current"][v][member] != one["desired"][v][member] for v in "AB")
    )
    return sum(spans, timedelta())


async def test_counts_stay_autoscalings_and_pushes_take_no_more_than_a_fifth_of_the_time(
    served, clock, books, sagemaker, autoscaled, ask, report_all
):
    levers, began = Levers(served), clock()
    target = Watched(sagemaker)
    watch = Watch(fares(**EXPERIMENT), books, target, clock)
    await watch.look()
    await report_all("r", fares(**EXPERIMENT), A=100, B=200)
    for minute in range(MINUTES):
        ask(load(minute))
        await watch.pass_by(MINUTE)

    past = levers.past("Fares")
    for variant in ("A", "B"):
        counts = [count for count, _ in groupby(one["desired"][variant]["instance_count"] for one in past)]
        made = [wanted for wanted, outcome in attempts(autoscaled, variant) if outcome != "Failed"]
        assert counts == [1, *made]
        assert len(made) >= 3
    pushed, scaled = (lasted(past, clock(), member) / (clock() - began) for member in ("weight", "instance_count"))
    print(f"\npushes took {pushed:.1%} of {MINUTES} minutes, autoscaling {scaled:.1%}")
    assert PUSHING / 2 < pushed <= PUSHING
    assert scaled > pushed
    assert not watch.ringing()
