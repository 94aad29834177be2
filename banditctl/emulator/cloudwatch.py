"""CloudWatch's `GetMetricData` on what the emulator's own endpoints were asked; nobody puts metrics in."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from banditctl.emulator.account import Account
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.listing import Token
from banditctl.emulator.measures import MEASURES, is_statistic, statistic, values
from banditctl.emulator.shapes import Document, Shape
from banditctl.emulator.traffic import Invocation, whole_minute

NAMESPACE, DIMENSIONS = "AWS/SageMaker", {"EndpointName", "VariantName"}
QUERIES, DATAPOINTS = 500, 100_800
ID = re.compile(r"[a-z][a-zA-Z0-9_]*")

# Seconds since the epoch, no later than times can be told.
Time = Annotated[float, Meta(ge=0, le=253_402_300_799)]

Point = tuple[datetime, float]


class Dimension(Shape):
    name: str
    value: str


class Metric(Shape):
    namespace: str
    metric_name: str
    dimensions: tuple[Dimension, ...] = ()


class MetricStat(Shape):
    metric: Metric
    period: Annotated[int, Meta(ge=60, le=86_400, multiple_of=60)]
    stat: str
    unit: str | None = None


class MetricDataQuery(Shape):
    """A query for one metric; expressions are not emulated."""

    id: str
    metric_stat: MetricStat
    label: str | None = None
    return_data: bool = True


class GetMetricData(Shape):
    """Minutes without traffic have no datapoint, nor has any metric that SageMaker does not publish."""

    metric_data_queries: Annotated[list[MetricDataQuery], Meta(min_length=1, max_length=QUERIES)]
    start_time: Time
    end_time: Time
    scan_by: Literal["TimestampDescending", "TimestampAscending"] = "TimestampDescending"
    max_datapoints: Annotated[int, Meta(ge=1, le=DATAPOINTS)] = DATAPOINTS
    next_token: Token | None = None

    def perform(self, account: Account) -> Document:
        """The next `max_datapoints` of all queries together, told query by query."""
        self._check()
        start = int(self.next_token or 0)
        end = start + self.max_datapoints
        results, passed = [], 0
        for query in self.metric_data_queries:
            if query.return_data:
                points = self._points(query.metric_stat, account)
                results.append(_result(query, points, start - passed, end - passed))
                passed += len(points)
        page: Document = {"MetricDataResults": results, "Messages": []}
        return page | {"NextToken": str(end)} if end < passed else page

    def _check(self) -> None:
        """Refuse what the types cannot say. AWS's own wording is not known."""
        for query in self.metric_data_queries:
            if not ID.fullmatch(query.id):
                raise _invalid(f'The id "{query.id}" must match {ID.pattern}: a lower-case letter first.')
            if not is_statistic(query.metric_stat.stat):
                raise _invalid(f'The statistic "{query.metric_stat.stat}" is not emulated.')
        if len({query.id for query in self.metric_data_queries}) < len(self.metric_data_queries):
            raise _invalid("Two queries have the same id.")
        if not self.start_time < self.end_time:
            raise _invalid("StartTime must be less than EndTime.")

    def _points(self, asked: MetricStat, account: Account) -> list[Point]:
        """The metric's points in the order that is asked for; none where nothing was published."""
        metric, measure = asked.metric, MEASURES.get(asked.metric.metric_name)
        where = {dimension.name: dimension.value for dimension in metric.dimensions}
        if metric.namespace != NAMESPACE or where.keys() != DIMENSIONS or measure is None:
            return []
        if asked.unit not in {None, measure.unit}:
            return []
        told = self._periods(where["EndpointName"], where["VariantName"], asked.period, account)
        points = [(at, statistic(asked.stat, values(measure, invocations))) for at, invocations in told.items()]
        return sorted(points, reverse=self.scan_by == "TimestampDescending")

    def _periods(
        self, endpoint: str, variant: str, period: int, account: Account
    ) -> dict[datetime, Counter[Invocation]]:
        """What is published by now, by the start of the period it belongs to. Periods begin with the first minute."""
        since = whole_minute(datetime.fromtimestamp(self.start_time, UTC))
        until = datetime.fromtimestamp(self.end_time, UTC)
        length = timedelta(seconds=period)
        periods: defaultdict[datetime, Counter[Invocation]] = defaultdict(Counter)
        for minute, invocations in account.traffic.published(endpoint, variant, since, until, account.clock()):
            periods[since + (minute - since) // length * length].update(invocations)
        return periods


def _result(query: MetricDataQuery, points: list[Point], start: int, end: int) -> Document:
    """Those of the query's points that are on the page from `start` to `end`; `PartialData` if others follow."""
    shown = points[max(start, 0) : max(end, 0)]
    return {
        "Id": query.id,
        "Label": query.label or query.metric_stat.metric.metric_name,
        "Timestamps": [at.timestamp() for at, _ in shown],
        "Values": [value for _, value in shown],
        "StatusCode": "PartialData" if end < len(points) else "Complete",
    }


def _invalid(message: str) -> ServiceError:
    """What the control plane calls a `ValidationException`."""
    return ServiceError("ValidationError", message)
