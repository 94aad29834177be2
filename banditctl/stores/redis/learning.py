"""Taking events for learning: in order, by cursor, with what is known of the exposures they speak of."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

import msgspec
from redis.asyncio import Redis

from banditctl.core.attribution import Attribution
from banditctl.core.event import Event, Exposure
from banditctl.stores import ERAS_KEPT, Batch, Ledger, Received, era
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.scripts import LOOK_UP

# Entries of up to a thousand events each that are learned in one step: what saves them holds Redis for long enough.
_ENTRIES_A_BATCH = 16
_IDS_A_CALL = 2000

_events = msgspec.msgpack.Decoder(list[Event])
_attribution = msgspec.msgpack.Decoder(Attribution)


class Learning(Connected):
    """The learner's side of the store, but for its evidence."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._look_up = redis.register_script(LOOK_UP)

    async def drain(self, experiment: str, ledger: Ledger, memory: timedelta, now: datetime) -> Batch | None:
        start = f"({ledger.cursor}"
        async with answering():
            entries = await self._redis.xrange(Keys(experiment).events, start, "+", count=_ENTRIES_A_BATCH)
        if not entries:
            return None
        received = [(_received(fields), name, fields) for name, fields in entries]
        # A clock that is far ahead must not make every other event one of the past.
        ahead = era(now, memory) + 1
        eras = [max(ledger.era, min(era(at, memory), ahead)) for at, *_ in received]
        together = received[: sum(1 for _ in takewhile(eras[0].__eq__, eras))]
        events = [heard for at, _, fields in together for heard in _heard(at, fields)]
        heard, last, _ = together[-1]
        return Batch(events, last.decode(), min(heard, now), eras[0], {era(at, memory) for at, _, _ in together})

    async def received(self, experiment: str) -> Received:
        keys = Keys(experiment)
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            counts, entries = await pipe.hgetall(keys.received).xrange(keys.events, count=1).execute()
        oldest = [_received(fields) for _, fields in entries]
        return Received(int(counts.get(b"accepted", 0)), int(counts.get(b"duplicates", 0)), next(iter(oldest), None))

    async def attributions(self, experiment: str, batch: Batch) -> dict[bytes, Attribution]:
        ids = list(dict.fromkeys(name for _, event in batch.events if (name := _exposure(event))))
        keys = Keys(experiment)
        eras = [keys.ids(number) for number in range(batch.era, batch.era - ERAS_KEPT - 1, -1)]
        parts = [(b"".join(ids[start : start + _IDS_A_CALL]),) for start in range(0, len(ids), _IDS_A_CALL)]
        async with answering():
            answers = await self._each(self._look_up, eras, parts)
        found = (value for values in answers for value in values)
        return {name: _attribution.decode(value) for name, value in zip(ids, found, strict=True) if value}


def _received(fields: Mapping[bytes, bytes]) -> datetime:
    return datetime.fromisoformat(fields[b"at"].decode())


def _heard(at: datetime, fields: Mapping[bytes, bytes]) -> Iterator[tuple[datetime, Event]]:
    """The events of an entry; imported ones as if each had been received when it happened, so that none is late."""
    imported = b"imported" in fields
    return ((event.at if imported else at, event) for event in _kept(fields))


def _kept(fields: Mapping[bytes, bytes]) -> Sequence[Event]:
    """The events of an entry, without those that were not new."""
    events = _events.decode(fields[b"rows"])
    if b"skip" not in fields:
        return events
    skipped = set(map(int, fields[b"skip"].split(b",")))
    return [event for place, event in enumerate(events) if place not in skipped]


def _exposure(event: Event) -> bytes | None:
    return event.id if isinstance(event, Exposure) else event.exposure
