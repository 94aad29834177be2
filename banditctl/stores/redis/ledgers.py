"""Evidence and cursor, saved together or not at all; strata that cannot change any more once, by their hash."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from operator import is_
from types import MappingProxyType
from typing import NamedTuple
from uuid import uuid4

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from banditctl.core.attribution import Attribution
from banditctl.core.evidence import Stratum
from banditctl.errors import StoreConflict
from banditctl.stores import Ledger
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.pruning import prune
from banditctl.stores.redis.scripts import HOLD, RELEASE, SAVE

_encode = msgspec.json.encode
_pack = msgspec.msgpack.Encoder().encode
_stratum = msgspec.json.Decoder(Stratum)
_ledger = msgspec.json.Decoder(Ledger)


class Known(NamedTuple):
    """A ledger as it was last read or written: its first strata are kept by these digests, in this generation."""

    ledger: Ledger = Ledger()
    digests: tuple[bytes, ...] = ()
    generation: int = 0


class Sealed(NamedTuple):
    """The order that strata are to be kept in by hash, and those that have to be added to it."""

    digests: tuple[bytes, ...]
    generation: int
    added: list[tuple[bytes, bytes]]


class Ledgers(Connected):
    """What is kept of each experiment, and who may write it."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._save = redis.register_script(SAVE)
        self._hold = redis.register_script(HOLD)
        self._release = redis.register_script(RELEASE)
        self._known: dict[str, Known] = {}
        self._tokens: dict[str, int] = {}

    async def hold(self, experiment: str, holder: str, span: timedelta) -> bool:
        keys = Keys(experiment)
        args: list[str | int] = [holder, int(span.total_seconds() * 1000), self._tokens.get(experiment, 0)]
        async with answering():
            token = await self._hold(keys=[keys.lease, keys.ledger], args=args)
        if token:
            self._tokens[experiment] = token
        return bool(token)

    async def release(self, experiment: str, holder: str) -> None:
        # Without its token it can write no more.
        self._tokens.pop(experiment, None)
        async with answering():
            await self._release(keys=[Keys(experiment).lease], args=[holder])

    async def ledger(self, experiment: str) -> Ledger:
        return (await self._read(experiment)).ledger

    async def _read(self, experiment: str) -> Known:
        keys, known = Keys(experiment), self._known.get(experiment, Known())
        async with answering():
            version = (await self._redis.hget(keys.ledger, "version") or b"").decode()
            # A version never changes; reading thousands of strata every second would be felt.
            if known.ledger.version != version:
                known = await self._read_all(keys) if version else Known()
        self._known[experiment] = known
        return known

    async def _read_all(self, keys: Keys) -> Known:
        while True:
            generation = int(await self._redis.hget(keys.ledger, "generation"))
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hgetall(keys.ledger).lrange(keys.order(generation), 0, -1).hgetall(keys.strata).hgetall(keys.open)
                head, digests, strata, open_ones = await pipe.execute()
            if int(head[b"generation"]) == generation:
                break
        ledger = _ledger.decode(head[b"head"])
        whole = (*(_stratum.decode(strata[name]) for name in digests), *_in_order(open_ones))
        evidence = replace(ledger.evidence, strata=whole)
        ledger = replace(ledger, evidence=evidence, version=head[b"version"].decode())
        return Known(ledger, tuple(digests), generation)

    async def save(
        self,
        experiment: str,
        before: Ledger,
        after: Ledger,
        attributions: Mapping[bytes, Attribution] = MappingProxyType({}),
    ) -> Ledger:
        keys, known = Keys(experiment), await self._known_as(experiment, before)
        sealed = _seal(known, before, after)
        changed, gone = _opened(known, after, len(sealed.digests))
        over = [keys.ids(number) for number in before.eras if number not in after.eras]
        written = replace(after, version=uuid4().hex)
        head = _encode(replace(written, evidence=replace(after.evidence, strata=())))
        args: list[bytes | str | int] = [before.version, self._tokens.get(experiment, 0), written.version, head]
        args += [sealed.generation, after.cursor, *_columns(attributions), len(changed), len(gone), len(sealed.added)]
        args += [part for s in changed for part in (s.since.isoformat(), _encode(s))]
        args += [*gone, *(part for pair in sealed.added for part in pair)]
        places = [keys.ledger, keys.open, keys.strata, keys.order(sealed.generation), keys.events]
        async with answering():
            saved = await self._save(keys=[*places, keys.ids(after.era), *over], args=args)
        if not saved:
            raise _conflict(experiment)
        self._known[experiment] = Known(written, sealed.digests, sealed.generation)
        if sealed.generation != known.generation:
            async with answering():
                await prune(self._redis, keys, sealed.generation)
        return written

    async def _known_as(self, experiment: str, before: Ledger) -> Known:
        """How `before` is kept. Another task may have read a version since, older or newer. Raises StoreConflict."""
        known = self._known.get(experiment, Known())
        if known.ledger.version != before.version:
            known = await self._read(experiment)
        if known.ledger.version != before.version:
            raise _conflict(experiment)
        return known


def _conflict(experiment: str) -> StoreConflict:
    return StoreConflict(f"the evidence of {experiment} was changed by another writer")


def _seal(known: Known, before: Ledger, after: Ledger) -> Sealed:
    """Which strata of `after` are to be kept by hash: those that were, and those that cannot change any more.

    Where one that was kept so has changed after all, because it was folded or its events were imported, a new
    generation of the order begins: decisions that saw the old one can still be verified.
    """
    kept = len(known.digests)
    strata = after.evidence.strata[: max(kept, after.immutable)]
    if len(strata) >= kept and all(map(is_, strata[:kept], before.evidence.strata)):
        added = list(map(_hashed, strata[kept:]))
        return Sealed((*known.digests, *(name for name, _ in added)), known.generation, added)
    added = list(map(_hashed, strata[: after.immutable]))
    return Sealed(tuple(name for name, _ in added), known.generation + 1, added)


def _opened(known: Known, after: Ledger, sealed: int) -> tuple[list[Stratum], list[str]]:
    """The strata to be kept in full that are new or have changed, and the `since` of those no longer to be."""
    before = {stratum.since: stratum for stratum in known.ledger.evidence.strata[len(known.digests) :]}
    now = {stratum.since: stratum for stratum in after.evidence.strata[sealed:]}
    changed = [stratum for since, stratum in now.items() if before.get(since) is not stratum]
    return changed, [since.isoformat() for since in before if since not in now]


def _columns(attributions: Mapping[bytes, Attribution]) -> tuple[bytes, bytes, str]:
    """Attributions as three strings: one argument each takes Redis's client a microsecond an attribution."""
    values = list(map(_pack, attributions.values()))
    fields = [name + (b"w" if known.variant is None else b"e") for name, known in attributions.items()]
    return b"".join(fields), b"".join(values), "".join([f"{len(value):08}" for value in values])


def digest(document: bytes) -> bytes:
    """What a document is kept by, and known by if it is still the same."""
    return blake2b(document, digest_size=16).digest()


def _hashed(stratum: Stratum) -> tuple[bytes, bytes]:
    document = _encode(stratum)
    return digest(document), document


def _in_order(strata: Mapping[bytes, bytes]) -> list[Stratum]:
    return sorted(map(_stratum.decode, strata.values()), key=lambda stratum: stratum.since)
