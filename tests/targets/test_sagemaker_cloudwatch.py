"""CloudWatch's counts as they are read: the emulator's own traffic, over the real wire."""

from contextlib import suppress
from datetime import timedelta

import pytest
from support.levers import Levers

from banditctl.errors import TargetDenied, TargetThrottled, TargetUnavailable
from banditctl.targets.sagemaker import SageMaker
from banditctl.targets.sagemaker.cloudwatch import CloudWatch

MINUTE = timedelta(minutes=1)
PUBLISHED = 3 * MINUTE


@pytest.fixture
def levers(served):
    return Levers(served)


@pytest.fixture
def asked(runtime, endpoint, clock):
    """Sends as many requests to A and to B as each row says, a row a minute; answers when the first began."""

    def send(*rows):
        began = clock.now
        for row in rows:
            for variant, times in zip("AB", row, strict=True):
                for _ in range(times):
                    runtime.invoke_endpoint(EndpointName=endpoint, TargetVariant=variant, Body=b"x")
            clock.move(MINUTE)
        return began

    return send


@pytest.fixture
def metrics(cloudwatch, endpoint):
    return CloudWatch(endpoint, lambda: cloudwatch)


async def test_requests_are_told_by_minute_and_variant_and_minutes_without_any_not_at_all(metrics, asked, clock):
    began = asked((2, 1), (0, 0), (0, 3))
    clock.move(PUBLISHED)
    assert await metrics.invocations("AB", began, clock.now) == {
        began: {"A": 2.0, "B": 1.0},
        began + 2 * MINUTE: {"B": 3.0},
    }


async def test_minutes_are_told_from_the_first_up_to_but_not_the_last(metrics, asked, clock):
    began = asked((1, 1), (2, 2), (3, 3))
    clock.move(PUBLISHED)
    told = await metrics.invocations("AB", began + MINUTE, began + 2 * MINUTE)
    assert told == {began + MINUTE: {"A": 2.0, "B": 2.0}}


async def test_names_are_asked_for_in_their_own_case(cloudwatch, asked, clock):
    began = asked((1, 1))
    clock.move(PUBLISHED)
    assert await CloudWatch("fares", lambda: cloudwatch).invocations("AB", began, clock.now) == {}


async def test_all_pages_are_read(metrics, asked, clock, cloudwatch):
    pages = []

    def smaller(params, **_):
        pages.append(params.get("NextToken"))
        return params | {"MaxDatapoints": 2}

    cloudwatch.meta.events.register("provide-client-params.cloudwatch.GetMetricData", smaller)
    try:
        began = asked((1, 2), (3, 4), (5, 0))
        clock.move(PUBLISHED)
        told = await metrics.invocations("AB", began, clock.now)
    finally:
        cloudwatch.meta.events.unregister("provide-client-params.cloudwatch.GetMetricData", smaller)
    assert [told[minute] for minute in sorted(told)] == [{"A": 1.0, "B": 2.0}, {"A": 3.0, "B": 4.0}, {"A": 5.0}]
    assert len(pages) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [("PartialData", TargetUnavailable), ("InternalError", TargetUnavailable), ("Forbidden", TargetDenied)],
)
async def test_what_is_withheld_in_an_answer_that_is_a_success_is_none(metrics, asked, clock, levers, status, error):
    began = asked((1, 1))
    clock.move(PUBLISHED)
    levers.fault("withhold", status=status, times=1)
    with pytest.raises(
        TargetUnavailable, match=f"the invocations of A at endpoint Fares: CloudWatch says {status}"
    ) as said:
        await metrics.invocations("AB", began, clock.now)
    assert type(said.value) is error
    assert await metrics.invocations("AB", began, clock.now) == {began: {"A": 1.0, "B": 1.0}}


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [("deny", {}, TargetDenied), ("throttle", {"rate": 0.001}, TargetThrottled)],
    ids=["denied", "throttled"],
)
async def test_a_refusal_says_what_was_to_be_read(metrics, clock, levers, fault, options, error):
    levers.fault(fault, operation="GetMetricData", **options)
    asked = "AB", clock.now - MINUTE, clock.now
    with suppress(error):
        # The first call finds a token left.
        await metrics.invocations(*asked)
    with pytest.raises(error, match="cannot read the invocations of endpoint Fares: "):
        await metrics.invocations(*asked)


async def test_credentials_are_looked_for_again_once_they_were_refused(cloudwatch, endpoint, clock, levers):
    made = []

    def make():
        made.append(cloudwatch)
        return cloudwatch

    metrics = CloudWatch(endpoint, make)
    levers.fault("expire", operation="GetMetricData", times=1)
    with pytest.raises(TargetDenied):
        await metrics.invocations("AB", clock.now - MINUTE, clock.now)
    for _ in range(2):
        assert await metrics.invocations("AB", clock.now - MINUTE, clock.now) == {}
    assert len(made) == 2


async def test_an_answer_that_leaves_a_variant_out_is_none(aws, endpoint, clock):
    answer = {"MetricDataResults": [{"Id": "v0", "StatusCode": "Complete"}]}
    aws.answer("GraniteServiceVersion20100801.GetMetricData", answer)
    target = SageMaker(endpoint=endpoint).connect(100)
    with pytest.raises(TargetUnavailable, match="invocations of B at endpoint Fares: CloudWatch says nothing"):
        await target.invocations(["A", "B"], clock.now - MINUTE, clock.now)


async def test_the_target_of_a_policy_file_counts_its_requests(aws, asked, clock):
    began = asked((1, 2))
    clock.move(PUBLISHED)
    target = SageMaker(endpoint="Fares").connect(100)
    assert await target.invocations(["A", "B"], began, clock.now) == {began: {"A": 1.0, "B": 2.0}}
