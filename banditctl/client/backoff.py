"""When a batch that did not get through is sent again."""

import random
from time import monotonic

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 30.0
# The longest that an answer may tell us to wait: events grow too old to count.
_PATIENCE_SECONDS = 600.0


class Backoff:
    """Waits double from a tenth of a second to half a minute, jittered so that clients do not return all at once."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0
        self._told = False

    @property
    def rest(self) -> float:
        """Seconds until the next attempt; zero or less once it is due."""
        return self._until - monotonic()

    def failed(self, wait: float | None) -> None:
        """Put the next attempt off; by `wait` seconds, and a little, if intake named a time."""
        self._told = wait is not None
        guess = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**self._failures)
        asked = guess if wait is None else min(_PATIENCE_SECONDS, max(_FIRST_SECONDS, wait))
        spread = random.uniform(0.5, 1) if wait is None else random.uniform(1, 1.2)  # noqa: S311 - no secret
        self._until = monotonic() + asked * spread
        self._failures = min(self._failures + 1, 10)

    def begin_anew(self) -> None:
        """Wait no longer, unless intake named a time."""
        self._failures = 0
        if not self._told:
            self._until = 0.0
