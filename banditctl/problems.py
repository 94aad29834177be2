"""Errors as HTTP tells them: problem details, RFC 9457, the same from every room that answers requests."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import Response


def problem(
    instance: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """The answer to a failed request for the path `instance`; `members` are further fields of the body."""
    # about:blank says that the status is all there is to know of the kind; the detail says what to do.
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        **members,
    }
    return Response(msgspec.json.encode(document), status, headers, "application/problem+json")
