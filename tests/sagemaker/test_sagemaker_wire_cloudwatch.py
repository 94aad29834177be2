"""GetMetricData: what it tells of requests to a variant, in which order, and what it refuses."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

MINUTE = timedelta(minutes=1)
TOLD = 10 * MINUTE


def dimensions(variant):
    return [{"Name": "EndpointName", "Value": "Fares"}, {"Name": "VariantName", "Value": variant}]


def query(metric="Invocations", variant="A", *, stat="Sum", name="q", namespace="AWS/SageMaker", period=60):
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions(variant)}
    return {"Id": name, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}}


@pytest.fixture
def ask(double, runtime, cloudwatch, clock):
    """Sends requests to a variant. Moto counts none itself, but takes what SageMaker would publish of them."""

    def invoke(variant, times):
        for _ in range(times):
            runtime.invoke_endpoint(EndpointName="Fares", TargetVariant=variant, Body=b"x")

    def publish(variant, times):
        common = {"Dimensions": dimensions(variant), "Timestamp": clock.now}
        counted = {"MetricName": "Invocations", "Values": [1.0], "Counts": [times]}
        timed = {"MetricName": "ModelLatency", "Values": [20_000.0], "Counts": [times], "Unit": "Microseconds"}
        cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[common | counted, common | timed])

    return {"emulator": invoke, "moto": publish}[double]


@pytest.fixture
def morning(endpoint, ask, clock):
    """A is asked 5 times in a minute, then B 2 times, then A 3 times; all of it is known by now."""
    began = clock.now
    for variant, times in [("A", 5), ("B", 2), ("A", 3)]:
        ask(variant, times)
        clock.move(MINUTE)
    clock.move(TOLD)
    return began


@pytest.fixture
def results(cloudwatch, morning, clock):
    def results(*queries, **more):
        asked = {"MetricDataQueries": list(queries), "StartTime": morning, "EndTime": clock.now} | more
        return cloudwatch.get_metric_data(**asked)

    return results


def only(answer):
    (result,) = answer["MetricDataResults"]
    assert result["StatusCode"] == "Complete"
    return result


def test_requests_are_counted_by_the_minute_and_a_minute_without_any_is_missing(results, morning):
    told = only(results(query(), ScanBy="TimestampAscending"))
    assert dict(zip(told["Timestamps"], told["Values"], strict=True)) == {morning: 5.0, morning + 2 * MINUTE: 3.0}


def test_the_newest_minute_comes_first_unless_it_is_asked_for_otherwise(results, morning):
    assert only(results(query()))["Values"] == [3.0, 5.0]


def test_the_minute_of_the_end_is_not_included(results, morning):
    assert only(results(query(), EndTime=morning + 2 * MINUTE))["Values"] == [5.0]


def test_longer_periods_are_sums_of_minutes(results):
    assert only(results(query(period=300)))["Values"] == [8.0]


@pytest.mark.parametrize(
    ("stat", "value"), [("SampleCount", 5.0), ("Average", 1.0), ("Minimum", 1.0), ("Maximum", 1.0)]
)
def test_a_statistic_of_a_count(results, morning, stat, value):
    assert only(results(query(stat=stat), EndTime=morning + MINUTE))["Values"] == [value]


@pytest.mark.parametrize("stat", ["Average", "p99", "p99.9"])
def test_latency_is_told_in_microseconds(results, morning, stat):
    assert only(results(query("ModelLatency", stat=stat), EndTime=morning + MINUTE))["Values"] == [20_000.0]


def test_each_query_is_answered_for_its_own_variant(results):
    answer = results(query(variant="A", period=300, name="a"), query(variant="B", period=300, name="b"))
    assert {told["Id"]: told["Values"] for told in answer["MetricDataResults"]} == {"a": [8.0], "b": [2.0]}


@pytest.mark.parametrize(
    "asked",
    [query(variant="Z"), query("Nothings"), query(namespace="Custom")],
    ids=["an unknown variant", "an unknown metric", "another namespace"],
)
def test_nothing_is_known_of(results, asked):
    assert only(results(asked))["Values"] == []


def test_what_does_not_fit_on_a_page_is_on_the_next(results):
    first = results(query(), ScanBy="TimestampAscending", MaxDatapoints=1)
    second = results(query(), ScanBy="TimestampAscending", MaxDatapoints=1, NextToken=first["NextToken"])
    assert [page["MetricDataResults"][0]["Values"] for page in (first, second)] == [[5.0], [3.0]]


def test_requests_are_known_to_cloudwatch_by_themselves(runtime, cloudwatch, endpoint, clock):
    began = clock.now
    runtime.invoke_endpoint(EndpointName="Fares", TargetVariant="A", Body=b"x")
    clock.move(TOLD)
    answer = cloudwatch.get_metric_data(MetricDataQueries=[query()], StartTime=began, EndTime=clock.now)
    assert only(answer)["Values"] == [1.0]


REFUSED = {
    "an id that starts in upper case": [query(name="Q")],
    "two queries of one id": [query(), query("ModelLatency")],
    "a period of 45 seconds": [query(period=45)],
    "501 queries": [query(name=f"q{number}") for number in range(501)],
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_question_is_refused(results, case):
    with pytest.raises(ClientError) as refused:
        results(*REFUSED[case])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_end_before_the_start_is_refused(results, morning):
    with pytest.raises(ClientError) as refused:
        results(query(), EndTime=morning - MINUTE)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
