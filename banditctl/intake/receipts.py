"""What a request is told once the store has its events, however many writes they go in."""

from collections.abc import Callable

import structlog

# Called once, with the body of the answer, or with what kept the store from taking all of the events.
Told = Callable[[bytes | Exception], None]

log = structlog.get_logger("banditctl")


class Receipt:
    """One request's; its events go in `parts`, each of which is kept or fails."""

    __slots__ = ("_accepted", "_duplicates", "_parts", "_rejected", "_told")

    def __init__(self, parts: int, rejected: bytes, told: Told) -> None:
        """`rejected` is what to tell of the other events, as JSON."""
        self._parts = parts
        self._rejected = rejected
        self._told = told
        self._accepted = 0
        self._duplicates = 0

    def keep(self, events: int, repeated: int) -> None:
        """One part is in the store, which had `repeated` of its `events` already."""
        self._accepted += events - repeated
        self._duplicates += repeated
        self._parts -= 1
        if self._parts == 0:
            counts = (self._accepted, self._duplicates, self._rejected)
            self._tell(b'{"accepted":%d,"duplicates":%d,"rejected":%b}' % counts)

    def fail(self, error: Exception) -> None:
        """One part is not, so far as is known; whatever comes of the others, all are to be sent again."""
        if self._parts > 0:
            self._parts = 0
            self._tell(error)

    def _tell(self, outcome: bytes | Exception) -> None:
        try:
            self._told(outcome)
        except Exception:
            # Whoever is told next must not wait for ever.
            log.exception("an answer failed unexpectedly")
