"""How much may come in a second: credit that grows with time, up to a second's worth, and is spent afterwards.

What is spent may be more than is left: then all else waits until the debt is paid.
"""

from collections.abc import Callable
from math import ceil


class Pace:
    """So much a second; `seconds` is a clock that never goes back."""

    def __init__(self, rate: int, seconds: Callable[[], float]) -> None:
        self._rate = rate
        self._seconds = seconds
        self._credit = float(rate)
        self._since = seconds()

    def wait(self) -> int:
        """After how many whole seconds there will be credit; 0 if there is some."""
        now = self._seconds()
        self._credit = min(self._credit + (now - self._since) * self._rate, self._rate)
        self._since = now
        return 0 if self._credit > 0 else ceil(-self._credit / self._rate) or 1

    def spend(self, amount: int) -> None:
        """So much has come."""
        self._credit -= amount
