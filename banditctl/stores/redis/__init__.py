"""The store on Redis, Valkey and fakeredis: the same commands and scripts on each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import takewhile
from typing import Any

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from banditctl.core.attribution import Attribution
from banditctl.core.decision import Decision
from banditctl.core.event import Event, Exposure
from banditctl.core.evidence import Evidence, Stratum
from banditctl.errors import StoreConflict
from banditctl.stores import Batch, Ledger
from banditctl.stores.redis import history
from banditctl.stores.redis.connection import answering, client
from banditctl.stores.redis.keys import Keys, era
from banditctl.stores.redis.scripts import APPEND, SAVE

# Lua's unpack stops near 8000 values.
_EVENTS_A_CALL = 1000
# Entries of up to a thousand events each that are learned in one step.
_ENTRIES_A_BATCH = 100
# A reward may be received two memories after its exposure, and a third era later where intakes' clocks differ.
_ERAS_KEPT = 3
_DECISIONS_KEPT = 2000

_encode = msgspec.json.encode
_event = msgspec.json.Decoder(Event)
_attribution = msgspec.json.Decoder(Attribution)
_stratum = msgspec.json.Decoder(Stratum)
_ledger = msgspec.json.Decoder(Ledger)


def open_store(url: str) -> "RedisStore":
    """The store at `redis://`, `rediss://` or `memory://`; opens no connection yet. Raises UsageError."""
    return RedisStore(client(url))


class RedisStore:
    """Implements banditctl.stores.Store."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._append = redis.register_script(APPEND)
        self._save = redis.register_script(SAVE)
        self._known: dict[str, Ledger] = {}

    async def append(self, experiment: str, events: Sequence[Event], at: datetime, memory: timedelta) -> list[bool]:
        keys, now = Keys(experiment), era(at, memory)
        places = [keys.events, keys.seen(now), keys.seen(now - 1), keys.seen(now + 1)]
        keep = int(3 * memory.total_seconds() * 1000)
        fresh: list[bool] = []
        for start in range(0, len(events), _EVENTS_A_CALL):
            some = events[start : start + _EVENTS_A_CALL]
            args: list[bytes | str | int] = [b"".join(map(_digest, some)), keep, at.isoformat(), *map(_encode, some)]
            async with answering():
                fresh += map(bool, await self._append(keys=places, args=args))
        return fresh

    async def ledger(self, experiment: str) -> Ledger:
        keys, known = Keys(experiment), self._known.get(experiment)
        async with answering():
            version = await self._redis.hget(keys.ledger, "version")
            if version is None:
                return Ledger()
            # A version never changes; reading thousands of strata every second would be felt.
            if known and known.version == int(version):
                return known
            async with self._redis.pipeline(transaction=True) as pipe:
                head, strata = await pipe.hgetall(keys.ledger).hgetall(keys.strata).execute()
        evidence = Evidence(tuple(_in_order(strata)))
        read = replace(_ledger.decode(head[b"head"]), evidence=evidence, version=int(head[b"version"]))
        self._known[experiment] = read
        return read

    async def drain(self, experiment: str, ledger: Ledger, memory: timedelta) -> Batch | None:
        start = f"({ledger.cursor}"
        async with answering():
            entries = await self._redis.xrange(Keys(experiment).events, start, "+", count=_ENTRIES_A_BATCH)
        if not entries:
            return None
        received = [(_received(fields), name.decode(), fields[b"rows"]) for name, fields in entries]
        latest = max(ledger.eras, default=0)
        first = max(latest, era(received[0][0], memory))
        together = list(takewhile(lambda entry: max(latest, era(entry[0], memory)) == first, received))
        events = [(at, _event.decode(row)) for at, _, rows in together for row in rows.split(b"\n")]
        heard, last, _ = together[-1]
        return Batch(events, last, heard, first)

    async def attributions(self, experiment: str, batch: Batch) -> dict[str, Attribution]:
        ids = sorted({name for _, event in batch.events if (name := _inference_id(event))})
        if not ids:
            return {}
        keys = Keys(experiment)
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            for number in range(batch.era - _ERAS_KEPT, batch.era + 1):
                pipe.hmget(keys.attributions(number), ids)
            eras = await pipe.execute()
        return {name: _attribution.decode(row) for found in eras for name, row in zip(ids, found, strict=True) if row}

    async def save(self, experiment: str, before: Ledger, after: Ledger) -> Ledger:
        return await self._write(experiment, before, after, [], {})

    async def save_learned(
        self,
        experiment: str,
        before: Ledger,
        after: Ledger,
        batch: Batch,
        attributions: Mapping[str, Attribution],
    ) -> Ledger:
        over = [number for number in before.eras if number < batch.era - _ERAS_KEPT]
        kept = (*(number for number in before.eras if number not in over and number != batch.era), batch.era)
        eras = [Keys(experiment).attributions(number) for number in (batch.era, *over)]
        return await self._write(experiment, before, replace(after, eras=kept), eras, attributions)

    async def _write(
        self,
        experiment: str,
        before: Ledger,
        after: Ledger,
        eras: list[str],
        attributions: Mapping[str, Attribution],
    ) -> Ledger:
        keys = Keys(experiment)
        old = {stratum.since: stratum for stratum in before.evidence.strata}
        changed = [stratum for stratum in after.evidence.strata if old.get(stratum.since) != stratum]
        head = _encode(replace(after, evidence=Evidence()))
        args: list[str | bytes | int] = [before.version, after.cursor, head, len(changed), len(attributions)]
        args += [part for s in changed for part in (s.since.isoformat(), _encode(s))]
        args += [part for name, known in attributions.items() for part in (name, _encode(known))]
        async with answering():
            saved = await self._save(keys=[keys.ledger, keys.strata, keys.events, *eras], args=args)
        if not saved:
            raise StoreConflict(f"the evidence of {experiment} was changed by another writer")
        self._known[experiment] = replace(after, version=before.version + 1)
        return self._known[experiment]

    async def record(self, decision: Decision, immutable: int) -> None:
        async with answering():
            await self._redis.xadd(
                Keys(decision.experiment).decisions,
                {"decision": history.dump(decision, immutable)},
                maxlen=_DECISIONS_KEPT,
                approximate=True,
            )

    async def decisions(self, experiment: str, limit: int) -> list[Decision]:
        keys = Keys(experiment)
        async with answering():
            entries = await self._redis.xrevrange(keys.decisions, count=limit)
            strata = _in_order(await self._redis.hgetall(keys.strata))
        return [history.load(fields[b"decision"], strata) for _, fields in entries]

    async def ping(self) -> None:
        async with answering():
            await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


def _in_order(strata: Mapping[bytes, bytes]) -> list[Stratum]:
    return sorted(map(_stratum.decode, strata.values()), key=lambda stratum: stratum.since)


def _received(fields: Mapping[bytes, bytes]) -> datetime:
    return datetime.fromisoformat(fields[b"at"].decode())


def _digest(event: Event) -> bytes:
    """What makes two events the same one: type, metric and id."""
    metric = "" if isinstance(event, Exposure) else event.metric
    return blake2b(f"{type(event).__name__}\0{metric}\0{event.id}".encode(), digest_size=16).digest()


def _inference_id(event: Event) -> str | None:
    return event.id if isinstance(event, Exposure) else event.inference_id
