"""How much intake takes in: what it cannot hold, or would be too fast for, is refused before it costs memory."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil

from banditctl.intake.faults import RequestError

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
        self._seconds = seconds
        self._held = 0
        self._credit = float(bounds.capacity or 0)
        self._since = seconds()

    def enter(self) -> None:
        """A request begins; raises RequestError where there is no room for it, or no time."""
        if self._bounds.capacity:
            self._check_pace(self._bounds.capacity)
        self.hold(_A_REQUEST)

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
        self._credit -= events

    def _check_pace(self, capacity: int) -> None:
        now = self._seconds()
        self._credit = min(self._credit + (now - self._since) * capacity, capacity)
        self._since = now
        if self._credit <= 0:
            raise _busy(f"more than {capacity} events a second have come", ceil(-self._credit / capacity) or 1)


def _busy(why: str, seconds: int) -> RequestError:
    return RequestError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{why}; send the same request again in {seconds} s, no event is counted twice under the same id",
        {"retry-after": str(seconds)},
    )
