"""The body of a request, inflated, and never more of it in memory than the bounds allow."""

import asyncio
import gzip
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO

from starlette.types import Message, Receive

from banditctl.intake.faults import RequestError
from banditctl.intake.pressure import Pressure

_PLAIN = (b"", b"identity")
_GZIP = (b"gzip", b"x-gzip")

# A body that is too large is heard out up to so many times the limit, and thrown away: a client that is still
# sending when the connection ends sees a reset, never the answer that tells it what to do.
_HEARD_OUT = 8

_PATIENCE_SECONDS = 20


class Body:
    """One request's body; `held` is how many bytes of it count as held by intake until it is answered."""

    def __init__(self, headers: Mapping[bytes, bytes], receive: Receive, pressure: Pressure) -> None:
        self._headers = headers
        self._receive = receive
        self._pressure = pressure
        self.held = 0

    async def read(self, limit: int) -> bytes:
        """Without its content coding; raises RequestError if it is over `limit` bytes or not readable."""
        coding = self._headers.get(b"content-encoding", b"").strip().lower()
        if coding not in _PLAIN + _GZIP:
            raise RequestError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "the content encoding must be gzip or none",
                {"accept-encoding": "gzip"},
            )
        body = await self._received(limit)
        if coding in _GZIP:
            body = _inflated(body, limit)
            self._hold(len(body) - self.held)
        return body

    async def _received(self, limit: int) -> bytes:
        # The server has already refused a length that is no number.
        if int(self._headers.get(b"content-length", 0)) > _HEARD_OUT * limit:
            raise _too_large(limit)
        chunks, size, more = [], 0, True
        while more and size <= _HEARD_OUT * limit:
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise RequestError(HTTPStatus.BAD_REQUEST, "the connection ended before the body did")
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size <= limit:
                self._hold(len(chunk))
                chunks.append(chunk)
        if size > limit:
            raise _too_large(limit)
        return b"".join(chunks)

    async def _next(self) -> Message:
        """The next part. A client that has vanished without a word would else hold what it has sent for ever."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._receive()
        except TimeoutError as error:
            raise RequestError(
                HTTPStatus.REQUEST_TIMEOUT,
                f"no more of the body came for {_PATIENCE_SECONDS} s; send the same request again, "
                "no event is counted twice under the same id",
                {"connection": "close"},
            ) from error

    def _hold(self, size: int) -> None:
        self._pressure.hold(size)
        self.held += size


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
