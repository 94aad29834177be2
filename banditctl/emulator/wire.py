"""How AWS talks over HTTP: operations in awsJson 1.1, and errors as its clients read them."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.account import Account
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
    UpdateEndpointWeightsAndCapacities,
)
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.models import CreateModel, DeleteModel, DescribeModel, ListModels
from banditctl.emulator.shapes import Document
from banditctl.emulator.validation import constraint_failure

Handler = Callable[[Request], Awaitable[Response]]


class Operation(Protocol):
    """A request of the control plane: its fields are its members, its class's name is its target."""

    def perform(self, account: Account) -> Document:
        """Do it and answer its document; times are seconds since the epoch. Raises `ServiceError`."""


OPERATIONS: dict[str, type[Operation]] = {
    f"SageMaker.{operation.__name__}": operation
    for operation in (
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
        DeleteEndpoint,
    )
}


class ControlPlane:
    """The door for operations: one path, the operation's name in a header."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def perform(self, request: Request) -> Response:
        operation = _read(request.headers.get("x-amz-target", ""), await request.body())
        return _document(operation.perform(self._account))


def worded_as_aws(handler: Handler) -> Handler:
    """The handler, with every `ServiceError` it raises put on the wire: the only place that does."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ServiceError as error:
            response = _document({"__type": error.code, "message": error.message, **error.members})
            response.status_code = error.status
            response.headers["x-amzn-errortype"] = error.code
            return response

    return answer


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


def _document(document: Document) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/x-amz-json-1.1")
