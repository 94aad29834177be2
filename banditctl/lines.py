"""Jobs that take turns, and how long one of them leaves a target alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from banditctl.errors import TargetThrottled

# How often in a row the time between two looks is doubled: from 15 s to four minutes.
_DOUBLINGS = 4


@dataclass
class Line:
    """Jobs that take turns: what one of them reads, another does not move.

    `ends` take them off the clock; once it is `over`, one that is on its way already does nothing.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ends: list[Callable[[], None]] = field(default_factory=list)
    over: bool = False

    async def end(self) -> None:
        """Let the turn that is running come to its end; begin no other."""
        for end in self.ends:
            end()
        async with self.lock:
            self.over = True

    async def idle(self) -> None:
        """Returns once no turn is running."""
        async with self.lock:
            pass


@dataclass
class Backoff:
    """How long a job leaves a target alone that asks for fewer calls: twice as long each time that it does."""

    interval: timedelta
    refused: int = 0
    until: datetime | None = None

    def free(self, now: datetime) -> bool:
        """Whether the job may run."""
        return self.until is None or now >= self.until

    def told(self, failure: Exception | None, now: datetime) -> None:
        """The job ran, and this is how it ended."""
        throttled = isinstance(failure, TargetThrottled)
        self.refused = min(self.refused + 1, _DOUBLINGS) if throttled else 0
        self.until = now + self.interval * 2**self.refused if throttled else None
