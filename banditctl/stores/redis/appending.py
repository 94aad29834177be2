"""Keeping events until they are learned: each id once, all of a call in one entry."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from redis.asyncio import Redis

from banditctl.core.event import Event
from banditctl.stores import era
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.scripts import APPEND

# Lua's unpack stops near 8000 values, and each event takes two.
_EVENTS_A_CALL = 1000

_encode = msgspec.msgpack.Encoder().encode


class Appending(Connected):
    """The intake's side of the store."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._append = redis.register_script(APPEND)

    async def append(self, experiment: str, events: Sequence[Event], at: datetime, memory: timedelta) -> list[int]:
        keys, now = Keys(experiment), era(at, memory)
        places = [keys.events, keys.ids(now), keys.ids(now - 1), keys.ids(now + 1), keys.received]
        received = at.isoformat()
        starts = range(0, len(events), _EVENTS_A_CALL)
        parts = (events[start : start + _EVENTS_A_CALL] for start in starts)
        calls = [(b"".join([event.id for event in part]), received, _encode(part)) for part in parts]
        async with answering():
            answers = await self._each(self._append, places, calls)
        return [start + place for start, skipped in zip(starts, answers, strict=True) for place in skipped]
