"""One endpoint: describe it, push the full vector of weights in one call, whole numbers only, or scale one variant."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from banditctl.core.allocation import Allocation, Live
from banditctl.core.limits import Limits
from banditctl.errors import ChangeDenied, TargetDenied, UsageError
from banditctl.targets.sagemaker.asking import BRIEF
from banditctl.targets.sagemaker.gauge import Gauge
from banditctl.targets.sagemaker.reading import Document, missing, reading
from banditctl.targets.sagemaker.refusals import Missing, answering

# Bounded, so that a call ends within a minute whatever AWS does; botocore's own defaults allow it five.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


class Endpoint:
    """A SageMaker endpoint as a target; boto3 blocks, so each call runs in a thread of its own."""

    # boto3 makes its clients while running; their type has no name that could be imported here.
    def __init__(
        self,
        client: Any,
        name: str,
        grid: int,
        renew: Callable[[], Any] | None = None,
        gauge: Gauge | None = None,
    ) -> None:
        """`renew` makes another client once this one's credentials are refused: boto3 looks for them only then.

        `gauge` tells what SageMaker does not; left out, as boto3 is configured.
        """
        self._client = client
        self._renew = renew
        self._gauge = gauge or _gauge(name, None)
        self._name = name
        self._grid = grid
        self._configured: tuple[tuple[object, ...], Document] = (), {}

    async def read(self) -> Live:
        """Status, shares and models; an endpoint that is not there is one that is broken."""
        try:
            return await asyncio.to_thread(self._read)
        except TargetDenied:
            if self._renew:
                self._client = await asyncio.to_thread(self._renew)
            raise

    async def measure(self, live: Live, limits: Limits, at: datetime) -> Live:
        """With its traffic, and where that matters with the variants that autoscaling sizes."""
        return await self._gauge.measure(live, limits, at)

    async def push(self, allocation: Allocation) -> None:
        """Send every variant's weight; instance counts are left alone, autoscaling owns them."""
        weights = [
            {"VariantName": name, "DesiredWeight": float(round(share * self._grid))}
            for name, share in allocation.shares.items()
        ]
        await asyncio.to_thread(self._update, weights)

    async def scale(self, variant: str, instances: int) -> None:
        """Send one variant's instance count, and no weight."""
        await asyncio.to_thread(self._update, [{"VariantName": variant, "DesiredInstanceCount": instances}])

    async def invocations(
        self, variants: Sequence[str], since: datetime, until: datetime
    ) -> dict[datetime, dict[str, float]]:
        """How many requests each variant served, by the minute."""
        return await self._gauge.cloudwatch.invocations(variants, since, until)

    def _read(self) -> Live:
        try:
            with answering(f"describe endpoint {self._name}"):
                described: Document = self._client.describe_endpoint(EndpointName=self._name)
        except Missing:
            region = self._client.meta.region_name
            return Live("missing", "broken", None, problem=str(missing(self._name, region)))
        return reading(described, self._config(described))

    def _config(self, described: Document) -> Document:
        """The endpoint's configuration, asked for once after each change of the endpoint. Empty where it was deleted.

        None can be changed, but one that was deleted can be made anew under its name, and deployed.
        """
        name = str(described.get("EndpointConfigName", ""))
        deployed = name, described.get("LastModifiedTime")
        if self._configured[0] != deployed:
            try:
                with answering(f"describe the configuration {name} of endpoint {self._name}"):
                    self._configured = deployed, self._client.describe_endpoint_config(EndpointConfigName=name)
            except Missing:
                return {}
        return self._configured[1]

    def _update(self, changes: Sequence[Document]) -> None:
        try:
            with answering(f"update endpoint {self._name}"):
                self._client.update_endpoint_weights_and_capacities(
                    EndpointName=self._name, DesiredWeightsAndCapacities=changes
                )
        except TargetDenied as error:
            raise ChangeDenied(str(error)) from error


def connect(name: str, region: str | None, grid: int) -> Endpoint:
    """The endpoint `name`; raises UsageError where boto3 cannot make a client: no region, no URL."""
    make = partial(_client, region, "sagemaker", _CONFIG)
    try:
        client = make()
    except (BotoCoreError, ValueError) as error:
        raise UsageError(f"endpoint {name}: {error} (target.region, or boto3's own settings)") from error
    return Endpoint(client, name, grid, make, _gauge(name, region))


def _gauge(name: str, region: str | None) -> Gauge:
    return Gauge(name, partial(_client, region, config=BRIEF))


def _client(region: str | None, service: str, config: Config) -> Any:
    # One of its own: the session that boto3 keeps would keep the credentials, too.
    session: Any = boto3.Session()
    return session.client(service, region_name=region, config=config)
