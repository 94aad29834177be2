"""The body of a request, inflated, and never more of it in memory than the bounds allow."""

import gzip
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO

from starlette.requests import ClientDisconnect, Request

from banditctl.intake.faults import RequestError

_PLAIN = ("", "identity")
_GZIP = ("gzip", "x-gzip")

# A body that is too large is heard out up to so many times the limit, and thrown away: a client that is still
# sending when the connection ends sees a reset, never the answer that tells it what to do.
_HEARD_OUT = 8


@dataclass(frozen=True)
class Bounds:
    """How much one request may carry; `size` in bytes, as sent and again once inflated."""

    events: int = 10_000
    size: int = 4 * 1024 * 1024


async def read(request: Request, bounds: Bounds) -> bytes:
    """The body without its content coding; raises RequestError if it is empty, too large or not readable."""
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in _PLAIN + _GZIP:
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "the content encoding must be gzip or none",
            {"accept-encoding": "gzip"},
        )
    body = await _received(request, bounds.size)
    if coding in _GZIP:
        body = _inflated(body, bounds.size)
    if not body or body.isspace():
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "the body is empty")
    return body


async def _received(request: Request, limit: int) -> bytes:
    # The server has already refused a length that is no number.
    if int(request.headers.get("content-length", 0)) > _HEARD_OUT * limit:
        raise _too_large(limit)
    body, size = bytearray(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                body += chunk
            elif size > _HEARD_OUT * limit:
                break
    except ClientDisconnect as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the connection ended before the body did") from error
    if size > limit:
        raise _too_large(limit)
    return bytes(body)


def _inflated(body: bytes, limit: int) -> bytes:
    try:
        with gzip.open(BytesIO(body)) as file:
            # One byte past the limit tells a bomb; short of it, the checksum has been read and is right.
            inflated = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the body is not gzip, or was damaged or cut short on the way"
        ) from error
    if len(inflated) > limit:
        raise _too_large(limit)
    return inflated


def _too_large(limit: int) -> RequestError:
    return RequestError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"a body may have {limit} bytes, inflated or not; send fewer events at a time",
    )
