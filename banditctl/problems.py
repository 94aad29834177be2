"""Errors as HTTP tells them: problem details, RFC 9457, the same from every room that answers requests."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from banditctl.request_ids import request_id

# What is answered where a mistake of ours is found; its traceback is logged under the same id.
UNEXPECTED = "this failed unexpectedly; the log has why, under this request_id"


def problem(
    instance: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """The answer to a failed request for the path `instance`; `members` are further fields of the body.

    It is made while the request is answered, whose id it tells.
    """
    # about:blank says that the status is all there is to know of the kind; the detail says what to do.
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        **members,
    }
    if identity := request_id():
        document["request_id"] = identity
    return Response(msgspec.json.encode(document), status, headers, "application/problem+json")
