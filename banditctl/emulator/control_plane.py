"""The door for operations of three services, in awsJson: one path, and their names in a header."""

from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.account import Account
from banditctl.emulator.cloudwatch import GetMetricData
from banditctl.emulator.endpoint_configs import (
    CreateEndpointConfig,
    DeleteEndpointConfig,
    DescribeEndpointConfig,
    ListEndpointConfigs,
)
from banditctl.emulator.endpoints import (
    CreateEndpoint,
    DeleteEndpoint,
    DescribeEndpoint,
    ListEndpoints,
    UpdateEndpoint,
    UpdateEndpointWeightsAndCapacities,
)
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.models import CreateModel, DeleteModel, DescribeModel, ListModels
from banditctl.emulator.scalable_targets import (
    DeregisterScalableTarget,
    DescribeScalableTargets,
    RegisterScalableTarget,
)
from banditctl.emulator.scaling_activities import DescribeScalingActivities
from banditctl.emulator.scaling_policies import DeleteScalingPolicy, DescribeScalingPolicies, PutScalingPolicy
from banditctl.emulator.shapes import Document
from banditctl.emulator.validation import constraint_failure
from banditctl.emulator.wire import document_response, through


class Operation(Protocol):
    """A request of the control plane: its fields are its members, its class's name is its target."""

    def perform(self, account: Account) -> Document:
        """Do it and answer its document; times are seconds since the epoch. Raises `ServiceError`."""


# By the first half of their target, which names the service.
SERVICES: dict[str, tuple[type[Operation], ...]] = {
    "SageMaker": (
        CreateModel,
        DescribeModel,
        ListModels,
        DeleteModel,
        CreateEndpointConfig,
        DescribeEndpointConfig,
        ListEndpointConfigs,
        DeleteEndpointConfig,
        CreateEndpoint,
        DescribeEndpoint,
        ListEndpoints,
        UpdateEndpointWeightsAndCapacities,
        UpdateEndpoint,
        DeleteEndpoint,
    ),
    "GraniteServiceVersion20100801": (GetMetricData,),
    "AnyScaleFrontendService": (
        RegisterScalableTarget,
        DescribeScalableTargets,
        DeregisterScalableTarget,
        PutScalingPolicy,
        DescribeScalingPolicies,
        DeleteScalingPolicy,
        DescribeScalingActivities,
    ),
}

# As IAM knows them.
IAM = {
    "SageMaker": "sagemaker",
    "GraniteServiceVersion20100801": "cloudwatch",
    "AnyScaleFrontendService": "application-autoscaling",
}

OPERATIONS: dict[str, type[Operation]] = {
    f"{service}.{operation.__name__}": operation for service, operations in SERVICES.items() for operation in operations
}


class ControlPlane:
    """What it answers, from an account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def perform(self, request: Request) -> Response:
        """Read and do the operation that the header names. Raises `ServiceError`."""
        target = request.headers.get("x-amz-target", "")
        operation = _read(target, await request.body())
        return await through(
            self._account,
            type(operation).__name__,
            getattr(operation, "endpoint_name", ""),
            request,
            lambda: document_response(operation.perform(self._account)),
            IAM[target.partition(".")[0]],
        )


def _read(target: str, body: bytes) -> Operation:
    if target not in OPERATIONS:
        raise ServiceError(
            "UnknownOperationException", f'"{target}" is not emulated; these are: {", ".join(OPERATIONS)}.'
        )
    try:
        return msgspec.json.decode(body, type=OPERATIONS[target])
    except msgspec.ValidationError as error:
        raise constraint_failure(error) from error
    except msgspec.DecodeError as error:
        raise ServiceError("SerializationException", f"The body is not JSON: {error}.") from error
