"""How much intake takes in: what it cannot hold, or would be too fast for, is refused before it costs memory."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from banditctl.intake.faults import RequestError
from banditctl.pace import Pace

# What a request takes besides its body.
_A_REQUEST = 1024


@dataclass(frozen=True)
class Bounds:
    """How much one request may carry, as sent and again once inflated, and how much all of them together.

    `size` and `held` in bytes of bodies that are not yet answered; `capacity` in events a second, None for as
    many as can be.
    """

    events: int = 10_000
    size: int = 4 * 1024 * 1024
    held: int = 64 * 1024 * 1024
    capacity: int | None = None


class Pressure:
    """What is held now, and how much may still come this second."""

    def __init__(self, bounds: Bounds, seconds: Callable[[], float]) -> None:
        self._bounds = bounds
        self._held = 0
        self._pace = Pace(bounds.capacity, seconds) if bounds.capacity else None

    def enter(self, size: int = 0) -> None:
        """A request begins, with `size` bytes of its body; raises RequestError where there is no room, or no time."""
        if self._pace and (seconds := self._pace.wait()):
            raise _busy(f"more than {self._bounds.capacity} events a second have come", seconds)
        self.hold(_A_REQUEST + size)

    def hold(self, size: int) -> None:
        """So many bytes more; raises RequestError where they are too many."""
        if self._held + size > self._bounds.held:
            raise _busy("more is waiting for the store than can be held", 1)
        self._held += size

    def leave(self, size: int) -> None:
        """The request is answered, and `size` bytes of its body are no longer needed."""
        self._held -= size + _A_REQUEST

    def spend(self, events: int) -> None:
        """So many events were taken in; what goes beyond a second's worth, the next ones have to wait for."""
        if self._pace:
            self._pace.spend(events)


def _busy(why: str, seconds: int) -> RequestError:
    return RequestError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{why}; send the same request again in {seconds} s, no event is counted twice under the same id",
        {"retry-after": str(seconds)},
    )
