"""CloudWatch's count of the requests that each variant served, minute by minute, as far as it is known."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from banditctl.errors import TargetDenied, TargetUnavailable
from banditctl.targets.sagemaker.refusals import answering

_Document = Mapping[str, Any]


class CloudWatch:
    """The metrics of one endpoint; boto3 blocks, so each call runs in a thread of its own."""

    # boto3 makes its clients while running; their type has no name that could be imported here.
    def __init__(self, endpoint: str, make: Callable[[], Any]) -> None:
        """`make` makes a client: when there is something to ask, and again after its credentials were refused."""
        self._endpoint = endpoint
        self._make = make
        self._client: Any = None

    async def invocations(
        self, variants: Sequence[str], since: datetime, until: datetime
    ) -> dict[datetime, dict[str, float]]:
        """Requests by minute and variant, from `since` up to but not at `until`; see MeteredTarget."""
        queries = {f"v{number}": variant for number, variant in enumerate(variants)}
        try:
            results = await asyncio.to_thread(self._ask, queries, since, until)
        except TargetDenied:
            self._client = None
            raise
        found: defaultdict[datetime, dict[str, float]] = defaultdict(dict)
        for result in results:
            for at, count in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True):
                found[at.astimezone(UTC)][queries[result["Id"]]] = float(count)
        return dict(found)

    def _ask(self, queries: Mapping[str, str], since: datetime, until: datetime) -> list[_Document]:
        """The results of all pages; raises TargetUnavailable where one is not whole in the end."""
        with answering(f"read the invocations of endpoint {self._endpoint}"):
            self._client = self._client or self._make()
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[query(self._endpoint, variant, name) for name, variant in queries.items()],
                StartTime=since,
                EndTime=until,
            )
            results = [result for page in pages for result in page["MetricDataResults"]]
        # While pages follow, a result is partial; the last page tells how it ended.
        ended = {result["Id"]: str(result.get("StatusCode")) for result in results}
        for name, variant in queries.items():
            self._check(variant, ended.get(name, "nothing"))
        return results

    def _check(self, variant: str, status: str) -> None:
        said = f"cannot read the invocations of {variant} at endpoint {self._endpoint}: CloudWatch says {status}"
        if status == "Forbidden":
            raise TargetDenied(said)
        if status != "Complete":
            raise TargetUnavailable(said)


def query(endpoint: str, variant: str, name: str) -> dict[str, object]:
    """The question for one variant's requests a minute. Dimensions are these two, and in their own case."""
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
