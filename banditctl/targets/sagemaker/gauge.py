"""What services beside SageMaker tell of an endpoint: its traffic, and who counts its instances."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from banditctl.core.allocation import Live
from banditctl.core.evidence import MINUTE, whole_minute
from banditctl.core.limits import Limits
from banditctl.core.metering import PUBLISHED
from banditctl.errors import TargetUnavailable
from banditctl.targets.sagemaker.cloudwatch import CloudWatch
from banditctl.targets.sagemaker.refusals import answering

# So far back the busiest of the minutes that are known is looked for.
_LATELY = 12 * MINUTE
# That, and the minutes that are not told yet.
_UNTOLD = (_LATELY + PUBLISHED) // MINUTE


class Gauge:
    """One endpoint, through clients that `make` makes of services, once each and not before they are needed."""

    def __init__(self, name: str, make: Callable[[str], Any]) -> None:
        self.cloudwatch = CloudWatch(name, partial(make, "cloudwatch"))
        self._name = name
        self._make = partial(make, "application-autoscaling")
        self._autoscaling: Any = None

    async def measure(self, live: Live, limits: Limits, at: datetime) -> Live:
        """`live` with the requests a second of the busiest minute of late, and if it matters who counts instances.

        Where any of it cannot be had, none of it is told, and why. The next look then makes its clients anew:
        boto3 looks for credentials only then.
        """
        try:
            managed = await self._managed(sorted(live.instances)) if limits.capacity == "scale" else ()
            traffic = await self._traffic(sorted(live.instances), at)
        except TargetUnavailable as error:
            self._autoscaling = None
            return replace(live, unmeasured=str(error))
        untold = f"CloudWatch tells of no request in the last {_UNTOLD} minutes" if traffic is None else None
        return replace(live, traffic=traffic, managed=managed, unmeasured=untold)

    async def _traffic(self, variants: Sequence[str], at: datetime) -> float | None:
        until = whole_minute(at - PUBLISHED)
        minutes = await self.cloudwatch.invocations(variants, until - _LATELY, until)
        busiest = max((sum(told.values()) for told in minutes.values()), default=None)
        return None if busiest is None else busiest / MINUTE.total_seconds()

    async def _managed(self, variants: Sequence[str]) -> tuple[str, ...]:
        """The variants whose instances Application Auto Scaling counts."""
        told = await asyncio.to_thread(self._describe, variants)
        return tuple(sorted(str(one["ResourceId"]).rpartition("/")[2] for one in told["ScalableTargets"]))

    def _describe(self, variants: Sequence[str]) -> Mapping[str, Any]:
        with answering(f"see who scales endpoint {self._name}"):
            self._autoscaling = self._autoscaling or self._make()
            told: Mapping[str, Any] = self._autoscaling.describe_scalable_targets(**scalable(self._name, variants))
        return told


def scalable(endpoint: str, variants: Sequence[str]) -> Mapping[str, Any]:
    """What to ask DescribeScalableTargets of an endpoint's instances; of ten variants one page tells all."""
    return {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceIds": [f"endpoint/{endpoint}/variant/{variant}" for variant in variants],
    }
