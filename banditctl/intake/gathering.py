"""Group commit: while one write is under way, events gather for the next, which takes them all together.

No timer: a single event is written at once, and under load the store itself sets the pace.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from banditctl.core.event import Event
from banditctl.core.experiment import Experiment
from banditctl.stores import Store

Clock = Callable[[], datetime]
# (experiment, or "" if unknown; accepted, duplicate or refused; how many)
Count = Callable[[str, str, int], None]

# A future for each request that waits, with how many of the events are its own.
_Waiting = list[tuple[asyncio.Future[int], int]]


class Gathering:
    """The events of one experiment on their way into the store."""

    def __init__(self, experiment: Experiment, store: Store, clock: Clock, count: Count) -> None:
        self._name = experiment.name
        self._memory = experiment.memory
        self._store = store
        self._clock = clock
        self._count = count
        self._events: list[Event] = []
        self._waiting: _Waiting = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, events: Sequence[Event]) -> int:
        """Returns once the store has `events`, how many of them it had already; raises StoreUnavailable."""
        kept = asyncio.get_running_loop().create_future()
        self._events += events
        self._waiting.append((kept, len(events)))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return int(await kept)

    async def _write(self) -> None:
        try:
            while self._waiting:
                events, waiting = self._events, self._waiting
                self._events, self._waiting = [], []
                await self._write_together(events, waiting)
        finally:
            self._writing = None

    async def _write_together(self, events: list[Event], waiting: _Waiting) -> None:
        try:
            repeated = await self._store.append(self._name, events, at=self._clock(), memory=self._memory)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody must wait for ever
            for kept, _ in waiting:
                if not kept.done():
                    kept.set_exception(error)
            return
        for outcome, number in (("accepted", len(events) - len(repeated)), ("duplicate", len(repeated))):
            if number:
                self._count(self._name, outcome, number)
        _tell(waiting, repeated)


def _tell(waiting: _Waiting, repeated: Sequence[int]) -> None:
    """Let each request know how many of its own events the places in `repeated` are."""
    places, end = iter(repeated), 0
    place = next(places, None)
    for kept, number in waiting:
        end, own = end + number, 0
        while place is not None and place < end:
            own, place = own + 1, next(places, None)
        # Who sent it may have gone.
        if not kept.done():
            kept.set_result(own)
