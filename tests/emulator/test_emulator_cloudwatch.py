"""What CloudWatch tells of the requests that an endpoint was asked, and when it knows."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from support.emulated import CREATING

from banditctl.emulator import Answers, Scenario

MINUTE = timedelta(minutes=1)
LATER = 4 * MINUTE


def asks(runtime, endpoint, variant, times, **more):
    for _ in range(times):
        runtime.invoke_endpoint(EndpointName=endpoint, TargetVariant=variant, Body=b"x", **more)


def query(metric, variant="A", *, stat="Sum", name="q", endpoint="Fares", namespace="AWS/SageMaker", period=60, **more):
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": named, "Period": period, "Stat": stat, **more}}


def results(cloudwatch, clock, *queries, since=10 * MINUTE, until=MINUTE, **more):
    asked = {"MetricDataQueries": list(queries), "StartTime": clock.now - since, "EndTime": clock.now + until}
    return cloudwatch.get_metric_data(**asked | more)


def values(cloudwatch, clock, *queries, **more):
    (result,) = results(cloudwatch, clock, *queries, **more)["MetricDataResults"]
    assert result["StatusCode"] == "Complete"
    return result["Values"]


def refusal_of(cloudwatch, clock, *queries, **more):
    with pytest.raises(cloudwatch.exceptions.ClientError) as refused:
        results(cloudwatch, clock, *queries, **more)
    return refused.value.response["Error"]["Message"]


@pytest.fixture
def morning(runtime, endpoint, clock):
    """Variant A is asked 5 times in a minute, then B once, then A 3 times, the last of them a while ago."""
    began = clock.now
    asks(runtime, endpoint, "A", 5)
    clock.move(MINUTE)
    asks(runtime, endpoint, "B", 1)
    clock.move(MINUTE)
    asks(runtime, endpoint, "A", 3)
    clock.move(LATER)
    return began


def test_requests_are_told_by_the_minute_the_newest_first_and_minutes_without_any_not_at_all(
    cloudwatch, morning, clock
):
    (result,) = results(cloudwatch, clock, query("Invocations"))["MetricDataResults"]
    assert result["Id"] == "q"
    assert result["Label"] == "Invocations"
    assert result["Values"] == [3.0, 5.0]
    assert result["Timestamps"] == [morning + 2 * MINUTE, morning]
    (ascending,) = results(cloudwatch, clock, query("Invocations"), ScanBy="TimestampAscending")["MetricDataResults"]
    assert ascending["Values"] == [5.0, 3.0]


def test_longer_periods_add_up_their_minutes(cloudwatch, morning, clock):
    since = clock.now - morning
    assert values(cloudwatch, clock, query("Invocations", period=120), since=since) == [3.0, 5.0]
    assert values(cloudwatch, clock, query("Invocations", period=180), since=since) == [8.0]


def test_the_start_is_rounded_down_and_the_end_is_not_included(cloudwatch, morning, clock):
    def between(since, until):
        return values(cloudwatch, clock, query("Invocations"), StartTime=since, EndTime=until)

    assert between(morning + timedelta(seconds=59), morning + 2 * MINUTE) == [5.0]
    assert between(morning + MINUTE, morning + 2 * MINUTE + timedelta(seconds=1)) == [3.0]


def test_each_statistic_and_each_metric_of_a_variant(cloudwatch, morning, clock):
    told = {
        ("Invocations", "SampleCount"): 5,
        ("Invocations", "Average"): 1,
        ("InvocationsPerInstance", "Sum"): 2.5,  # A has two instances
        ("Invocation4XXErrors", "Sum"): 0,
        ("Invocation5XXErrors", "Average"): 0,
        ("ModelLatency", "Average"): 20_000,
        ("ModelLatency", "Minimum"): 20_000,
        ("ModelLatency", "p99.9"): 20_000,
        ("OverheadLatency", "Maximum"): 2_000,
    }
    queries = [query(metric, stat=stat, name=f"q{i}") for i, (metric, stat) in enumerate(told)]
    answered = results(cloudwatch, clock, *queries, EndTime=morning + MINUTE)["MetricDataResults"]
    assert [result["Values"] for result in answered] == [[value] for value in told.values()]


def test_a_minute_becomes_known_bit_by_bit(cloudwatch, runtime, endpoint, clock):
    for _ in range(6):
        asks(runtime, endpoint, "A", 7)
        clock.move(timedelta(seconds=10))
    seen = []
    for _ in range(10):
        seen.extend(values(cloudwatch, clock, query("Invocations")))
        clock.move(timedelta(seconds=10))
    # A third of the 42 is known as their minute ends, and a minute and a half later the last.
    assert (seen[0], seen[-1]) == (15, 42)
    assert seen == sorted(seen)
    assert seen[6] < 42


def test_the_newest_minute_is_missing_before_it_is_partial(cloudwatch, runtime, endpoint, clock):
    asks(runtime, endpoint, "A", 7)
    assert values(cloudwatch, clock, query("Invocations")) == []
    clock.move(timedelta(seconds=30))
    assert values(cloudwatch, clock, query("Invocations")) == [2.0]


class TestWithRecordedAnswers:
    @pytest.fixture
    def recorded(self):
        return Answers({"A": {"r1": "0.5"}})

    def test_what_the_container_refused_is_told(self, cloudwatch, runtime, endpoint, clock):
        for request in (b"r1", b"r1", b"r1", b"r9"):
            with suppress(runtime.exceptions.ModelError):
                runtime.invoke_endpoint(EndpointName=endpoint, TargetVariant="A", Body=request)
        clock.move(LATER)
        assert values(cloudwatch, clock, query("Invocations")) == [4.0]
        assert values(cloudwatch, clock, query("Invocation4XXErrors", stat="Average")) == [0.25]
        assert values(cloudwatch, clock, query("Invocation5XXErrors")) == [0.0]


class TestWhereInstancesAreSlow:
    @pytest.fixture
    def scenario(self):
        return Scenario(creating=CREATING, latency=timedelta(milliseconds=100), rate=0.1)

    def test_requests_queue_and_those_that_wait_a_minute_fail(self, cloudwatch, runtime, endpoint, clock):
        """B's one instance takes a request every ten seconds: the sixth waits 50 s, and the seventh for ever."""
        asks(runtime, endpoint, "B", 6)
        with pytest.raises(runtime.exceptions.ModelError, match=r"server error \(0\) .* timed out") as failed:
            asks(runtime, endpoint, "B", 1)
        assert failed.value.response["OriginalStatusCode"] == 0
        clock.move(LATER)
        latency = {
            stat: values(cloudwatch, clock, query("ModelLatency", "B", stat=stat))[0]
            for stat in ("Minimum", "p50", "p80", "Maximum")
        }
        assert latency == {"Minimum": 100_000, "p50": 30_000_000, "p80": 50_000_000, "Maximum": 60_000_000}
        assert values(cloudwatch, clock, query("Invocation5XXErrors", "B")) == [1.0]

    def test_more_instances_take_more(self, cloudwatch, runtime, endpoint, clock):
        asks(runtime, endpoint, "A", 6)
        clock.move(LATER)
        assert values(cloudwatch, clock, query("ModelLatency", stat="Maximum")) == [25_000_000]

    def test_a_queue_empties_as_time_goes_by(self, cloudwatch, runtime, endpoint, clock):
        for _ in range(3):
            asks(runtime, endpoint, "B", 1)
            clock.move(timedelta(seconds=10))
        clock.move(LATER)
        assert values(cloudwatch, clock, query("ModelLatency", "B", stat="Maximum")) == [100_000]


@pytest.mark.parametrize(
    "unknown",
    [
        query("Invocations", endpoint="fares"),
        query("Invocations", "Z"),
        query("Invocations", namespace="AWS/EC2"),
        query("CPUUtilization"),
        query("Invocations", Unit="Microseconds"),
    ],
    ids=["another case", "another variant", "another namespace", "another metric", "another unit"],
)
def test_a_metric_that_was_never_published_is_empty_and_complete(cloudwatch, morning, clock, unknown):
    assert values(cloudwatch, clock, unknown) == []


def test_dimensions_are_exactly_two(cloudwatch, morning, clock):
    fewer = query("Invocations")
    del fewer["MetricStat"]["Metric"]["Dimensions"][1]
    assert values(cloudwatch, clock, fewer) == []


def test_a_query_may_be_asked_and_not_told(cloudwatch, morning, clock):
    hidden = query("Invocations", name="hidden") | {"ReturnData": False}
    shown = query("Invocations") | {"Label": "requests"}
    (result,) = results(cloudwatch, clock, hidden, shown)["MetricDataResults"]
    assert (result["Id"], result["Label"]) == ("q", "requests")


def test_pages_are_of_all_queries_together_and_say_which_go_on(cloudwatch, morning, clock):
    queries = [query("Invocations", variant, name=variant.lower()) for variant in "AB"]
    first = results(cloudwatch, clock, *queries, MaxDatapoints=1)
    told = [(result["Id"], result["Values"], result["StatusCode"]) for result in first["MetricDataResults"]]
    assert told == [("a", [3.0], "PartialData"), ("b", [], "PartialData")]
    second = results(cloudwatch, clock, *queries, MaxDatapoints=1, NextToken=first["NextToken"])
    told = [(result["Id"], result["Values"], result["StatusCode"]) for result in second["MetricDataResults"]]
    assert told == [("a", [5.0], "Complete"), ("b", [], "PartialData")]
    third = results(cloudwatch, clock, *queries, MaxDatapoints=1, NextToken=second["NextToken"])
    told = [(result["Id"], result["Values"], result["StatusCode"]) for result in third["MetricDataResults"]]
    assert told == [("a", [], "Complete"), ("b", [1.0], "Complete")]
    assert "NextToken" not in third


def test_the_stock_paginator_finds_every_point(cloudwatch, morning, clock):
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query("Invocations", variant, name=variant.lower()) for variant in "AB"],
        StartTime=morning,
        EndTime=clock.now,
        PaginationConfig={"PageSize": 2},
    )
    found = [value for page in pages for result in page["MetricDataResults"] for value in result["Values"]]
    assert found == [3.0, 5.0, 1.0]


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([query("Invocations", name="Q")], 'The id "Q" must match [a-z][a-zA-Z0-9_]*'),
        ([query("Invocations"), query("ModelLatency")], "Two queries have the same id."),
        ([query("Invocations", stat="tm99")], 'The statistic "tm99" is not emulated.'),
        ([query("Invocations", stat="p101")], 'The statistic "p101" is not emulated.'),
        ([query("Invocations", period=90)], "Value at 'metricDataQueries.1.member.metricStat.period' failed"),
        ([{"Id": "sum", "Expression": "a + b"}], "unknown field `Expression`"),
        ([query("Invocations", name=f"q{i}") for i in range(501)], "Value at 'metricDataQueries' failed"),
        ([], "Value at 'metricDataQueries' failed"),
    ],
    ids=["an id", "two ids", "a trimmed mean", "a percentile", "a period", "an expression", "501 queries", "no query"],
)
def test_cloudwatch_refuses(cloudwatch, endpoint, clock, queries, message):
    assert message in refusal_of(cloudwatch, clock, *queries)


def test_cloudwatch_refuses_a_time_that_ends_before_it_starts(cloudwatch, endpoint, clock):
    assert refusal_of(cloudwatch, clock, query("Invocations"), until=-10 * MINUTE).startswith("StartTime")


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_fault_withholds_metrics_in_an_answer_that_is_a_success(cloudwatch, morning, clock, levers, status):
    levers.fault("withhold", status=status, times=1)
    (result,) = results(cloudwatch, clock, query("Invocations"))["MetricDataResults"]
    assert (result["StatusCode"], result["Values"], result["Timestamps"]) == (status, [], [])
    assert values(cloudwatch, clock, query("Invocations")) == [3.0, 5.0]


def test_a_permission_is_missing_under_its_own_name(cloudwatch, endpoint, clock, levers):
    levers.fault("deny", operation="GetMetricData")
    assert "not authorized to perform: cloudwatch:GetMetricData on" in refusal_of(
        cloudwatch, clock, query("Invocations")
    )


def test_the_aws_command_reads_metrics(aws_command, morning, clock):
    read = aws_command(
        *("cloudwatch", "get-metric-data", "--metric-data-queries", json.dumps([query("ModelLatency", stat="p99")])),
        *("--start-time", morning.isoformat(), "--end-time", clock.now.isoformat()),
    )
    (result,) = json.loads(read.stdout)["MetricDataResults"]
    assert (result["Values"], result["StatusCode"]) == ([20_000.0, 20_000.0], "Complete")
