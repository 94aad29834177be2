"""One endpoint: describe it, and push the full vector of weights in one call, whole numbers only."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from banditctl.core.allocation import Allocation, Live
from banditctl.errors import TargetBusy, TargetUnavailable, UsageError

# Bounded, so that a call ends within a minute whatever AWS does; botocore's own defaults allow it five.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})

# AWS models neither the code nor the message; this prefix is what its own tools match (docs/sagemaker.md).
_IN_PROGRESS = "Cannot update in-progress endpoint"

# In these the endpoint will come back by itself; in every status not named here only a person can help.
_PASSING = {"Creating", "Updating", "SystemUpdating", "RollingBack"}


class Endpoint:
    """A SageMaker endpoint as a target; boto3 blocks, so each call runs in a thread of its own."""

    # boto3 makes its clients while running; their type has no name that could be imported here.
    def __init__(self, client: Any, name: str, grid: int) -> None:
        self._client = client
        self._name = name
        self._grid = grid

    async def read(self) -> Live:
        """Status and current shares; weights that AWS does not tell leave the shares unknown."""
        described = await asyncio.to_thread(self._describe)
        status = str(described["EndpointStatus"])
        return Live(status, state(status), shares(described.get("ProductionVariants", [])))

    async def push(self, allocation: Allocation) -> None:
        """Send every variant's weight; instance counts are left alone, autoscaling owns them."""
        await asyncio.to_thread(self._update, allocation)

    def _describe(self) -> Mapping[str, Any]:
        try:
            described: Mapping[str, Any] = self._client.describe_endpoint(EndpointName=self._name)
        except (ClientError, BotoCoreError) as error:
            raise TargetUnavailable(f"cannot describe endpoint {self._name}: {error}") from error
        return described

    def _update(self, allocation: Allocation) -> None:
        weights = [
            {"VariantName": name, "DesiredWeight": float(round(share * self._grid))}
            for name, share in allocation.shares.items()
        ]
        try:
            self._client.update_endpoint_weights_and_capacities(
                EndpointName=self._name, DesiredWeightsAndCapacities=weights
            )
        except ClientError as error:
            if str(error.response.get("Error", {}).get("Message", "")).startswith(_IN_PROGRESS):
                raise TargetBusy(f"endpoint {self._name} is already being updated") from error
            raise TargetUnavailable(f"cannot update endpoint {self._name}: {error}") from error
        except BotoCoreError as error:
            raise TargetUnavailable(f"cannot update endpoint {self._name}: {error}") from error


def connect(name: str, region: str | None, grid: int) -> Endpoint:
    """The endpoint `name`; raises UsageError where boto3 cannot make a client: no region, no URL."""
    try:
        client = boto3.client("sagemaker", region_name=region, config=_CONFIG)
    except (BotoCoreError, ValueError) as error:
        raise UsageError(f"endpoint {name}: {error} (target.region, or boto3's own settings)") from error
    return Endpoint(client, name, grid)


def state(status: str) -> Literal["ready", "busy", "broken"]:
    """What an EndpointStatus means for a turn."""
    if status == "InService":
        return "ready"
    return "busy" if status in _PASSING else "broken"


def shares(variants: Sequence[Mapping[str, Any]]) -> Allocation | None:
    """Current weights as shares; None where any is missing (serverless, being made) or all are zero."""
    weights = {str(variant["VariantName"]): variant.get("CurrentWeight") for variant in variants}
    known = {name: float(weight) for name, weight in weights.items() if weight is not None}
    if len(known) < len(weights) or sum(known.values()) <= 0:
        return None
    return Allocation.proportional(known)
