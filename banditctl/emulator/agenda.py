"""What is due at which instant. Nothing runs in between: who asks later finds it done when it was due."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

from banditctl.emulator.clock import Clock

# Does what is due, and tells when it is due again, if it is.
Act = Callable[[], datetime | None]


class Agenda:
    """Acts in the order of their time, and of their entry where times are equal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[tuple[datetime, int, Act]] = []
        self._entries = count()

    def enter(self, at: datetime, act: Act) -> None:
        """Have `act` done at that instant, by the clock it sees."""
        heapq.heappush(self._due, (at, next(self._entries), act))

    def catch_up(self) -> None:
        """Do everything that is due by now; an act that asks for it itself finds what was due before it done."""
        while self._due and self._due[0][0] <= self._clock():
            at, _, act = heapq.heappop(self._due)
            with self._clock.hold(at):
                again = act()
            if again is not None:
                self.enter(again, act)
