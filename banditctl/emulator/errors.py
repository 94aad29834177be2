"""The one way this room says no: an error as an AWS service words it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(eq=False)
class ServiceError(Exception):
    """An AWS error: its code, its text, its HTTP status, and the members its kind has besides."""

    code: str
    message: str
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    members: Mapping[str, object] = field(default_factory=dict)


def invalid(message: str) -> ServiceError:
    """What the control plane answers to nearly everything it cannot do, a missing endpoint included."""
    return ServiceError("ValidationException", message)


@dataclass(eq=False)
class ModelError(ServiceError):
    """A container's own error, with the status it gave: 0 if it gave none."""

    given: int = 0


def model_error(given: int, message: str) -> ModelError:
    """The error as SageMaker passes it on."""
    whose = "client" if 400 <= given < 500 else "server"
    return ModelError(
        "ModelError",
        f'Received {whose} error ({given}) from primary with message "{message}".',
        HTTPStatus.FAILED_DEPENDENCY,
        {"OriginalStatusCode": given, "OriginalMessage": message},
        given,
    )
