"""How much each key may send: so many requests, and so many bytes of bodies, a second."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from msgspec import Struct
from starlette.types import Message, Receive

from banditctl.pace import Pace


class Refusal(Struct, frozen=True):
    """Why a request is not let in, in the words of HTTP."""

    status: HTTPStatus
    detail: str
    headers: Mapping[str, str]


class Quota(Struct, frozen=True):
    """How many requests, and bytes of their bodies, each key may send a second; None for as many as can be."""

    requests: int | None = None
    size: int | None = None


UNLIMITED = Quota()


class Meter:
    """What one key has sent of what it may."""

    def __init__(self, quota: Quota, seconds: Callable[[], float]) -> None:
        self._requests = Pace(quota.requests, seconds) if quota.requests else None
        self._size = Pace(quota.size, seconds) if quota.size else None

    def refusal(self) -> Refusal | None:
        """Why one more request may not come now; None if it may, and then it counts."""
        paces = (("requests", self._requests), ("bytes", self._size))
        waits = {what: wait for what, pace in paces if pace and (wait := pace.wait())}
        if waits:
            return _too_many(*max(waits.items(), key=lambda wait: wait[1]))
        if self._requests:
            self._requests.spend(1)
        return None

    def weigh(self, size: int) -> None:
        """So many bytes of a body have come."""
        if self._size:
            self._size.spend(size)

    def weighing(self, receive: Receive) -> Receive:
        """The same body, whose bytes count as they come."""
        if self._size is None:
            return receive

        async def weighed() -> Message:
            message = await receive()
            self.weigh(len(message.get("body", b"")))
            return message

        return weighed


def _too_many(what: str, seconds: int) -> Refusal:
    detail = f"the key has sent more {what} than it may; send the same request again in {seconds} s"
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, detail, {"retry-after": str(seconds)})
