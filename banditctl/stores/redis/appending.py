"""Keeping events until they are learned: each id once, all of a call in one entry."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from redis.asyncio import Redis

from banditctl.core.event import Event
from banditctl.stores import MOST_AT_ONCE, era
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.scripts import APPEND

_encode = msgspec.msgpack.Encoder().encode


class Appending(Connected):
    """The intake's side of the store."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._append = redis.register_script(APPEND)

    async def append(self, experiment: str, events: Sequence[Event], at: datetime, memory: timedelta) -> list[int]:
        starts = range(0, len(events), MOST_AT_ONCE)
        calls = [_arguments(events[start : start + MOST_AT_ONCE], at) for start in starts]
        async with answering():
            answers = await self._each(self._append, _places(experiment, era(at, memory)), calls)
        return [start + place for start, skipped in zip(starts, answers, strict=True) for place in skipped]

    async def append_import(
        self,
        experiment: str,
        file: str,
        before: int,
        after: int,
        events: Sequence[Event],
        at: datetime,
        memory: timedelta,
    ) -> list[int] | None:
        args = [*_arguments(events, at), file, str(before), str(after)]
        keys = [*_places(experiment, era(at, memory)), Keys(experiment).imports]
        async with answering():
            skipped: list[int] | None = await self._append(keys=keys, args=args)
        return skipped

    async def imported(self, experiment: str) -> dict[str, int]:
        async with answering():
            files = await self._redis.hgetall(Keys(experiment).imports)
        return {file.decode(): int(lines) for file, lines in files.items()}


@lru_cache(maxsize=256)
def _places(experiment: str, now: int) -> list[str]:
    keys = Keys(experiment)
    return [keys.events, keys.ids(now), keys.ids(now - 1), keys.ids(now + 1), keys.received]


def _arguments(events: Sequence[Event], at: datetime) -> list[bytes | str]:
    return [b"".join([event.id for event in events]), at.isoformat(), _encode(events)]
