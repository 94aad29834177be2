"""Group commit: while one write is under way, events gather for the next, which takes them together.

No timer: a single event is written at once, and under load the store itself sets the pace. Only what fills a write
by itself has nothing to wait for: it goes beside the one that is under way.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from datetime import datetime, timedelta
from typing import NamedTuple

from banditctl.core.event import Event
from banditctl.intake.receipts import Receipt
from banditctl.stores import MOST_AT_ONCE, Store

Clock = Callable[[], datetime]
# (experiment, or "" if unknown; accepted, duplicate, refused or unacknowledged; how many)
Count = Callable[[str, str, int], None]

# Measured: the store is never without work with two, and more of them only wait in front of it.
_MOST_WRITES = 3


class _Request(NamedTuple):
    """What one request brought of one experiment, and where to tell it what came of them."""

    events: Sequence[Event]
    receipt: Receipt


class Gathering:
    """The events of one experiment on their way into the store."""

    def __init__(self, name: str, memory: timedelta, store: Store, clock: Clock, count: Count) -> None:
        """`memory` is how long the ids of experiment `name` are remembered."""
        self._name = name
        self._memory = memory
        self._store = store
        self._clock = clock
        self._count = count
        self._waiting: deque[_Request] = deque()
        self._gathered = 0
        self._writing = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, events: Sequence[Event], receipt: Receipt) -> None:
        """Have the store keep `events`; `receipt` is told once it has, or why it has not."""
        self._waiting.append(_Request(events, receipt))
        self._gathered += len(events)
        if not self._writing or (self._full() and self._writing < _MOST_WRITES):
            self._begin()

    def _begin(self) -> None:
        # Counted here and in the writer's last step: whoever looks in between must know whether somebody writes.
        self._writing += 1
        # In an empty context: it writes for many requests, and what is logged meanwhile is none's.
        writer = asyncio.create_task(self._write(), context=Context())
        self._tasks.add(writer)
        writer.add_done_callback(self._tasks.discard)

    def _full(self) -> bool:
        return self._gathered >= MOST_AT_ONCE

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._write_together(self._next())
                # Those that were told answer first: their next events come while the next write is under way.
                await asyncio.sleep(0)
                if self._writing > 1 and not self._full():
                    break
        finally:
            self._writing -= 1

    def _next(self) -> list[_Request]:
        """Requests for one write: all that wait, as far as they fit into it, but one at least."""
        requests: list[_Request] = []
        taken = 0
        while self._waiting and (not requests or taken + len(self._waiting[0].events) <= MOST_AT_ONCE):
            requests.append(self._waiting.popleft())
            taken += len(requests[-1].events)
        self._gathered -= taken
        return requests

    async def _write_together(self, requests: Sequence[_Request]) -> None:
        # What fills a write by itself goes as it came.
        alone = len(requests) == 1
        events = requests[0].events if alone else [event for request in requests for event in request.events]
        try:
            repeated = await self._append(events)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody must wait for ever
            for request in requests:
                request.receipt.fail(error)
        else:
            _tell(requests, repeated)

    async def _append(self, events: Sequence[Event]) -> Sequence[int]:
        """Answers the places of those that the store had already."""
        try:
            repeated = await self._store.append(self._name, events, at=self._clock(), memory=self._memory)
        except Exception:
            self._count(self._name, "unacknowledged", len(events))
            raise
        for outcome, number in (("accepted", len(events) - len(repeated)), ("duplicate", len(repeated))):
            if number:
                self._count(self._name, outcome, number)
        return repeated


def _tell(requests: Sequence[_Request], repeated: Sequence[int]) -> None:
    """Let each request know how many of its own events the places in `repeated` are."""
    places, end = iter(repeated), 0
    place = next(places, None)
    for request in requests:
        end, own = end + len(request.events), 0
        while place is not None and place < end:
            own, place = own + 1, next(places, None)
        request.receipt.keep(len(request.events), own)
