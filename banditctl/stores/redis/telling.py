"""Decisions as lines, kept beside the history under the same names, and the latest without its evidence."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.decision import Decision
from banditctl.core.evidence import Metered, Stratum
from banditctl.core.standing import Standing
from banditctl.core.turn import Turn
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.told import Glance, Line, Told


class Kept(Struct, frozen=True):
    """Of an entry of the history, what is told."""

    decision: Told


class Counted(Struct, frozen=True):
    """Of the evidence without its strata, what is told."""

    metered: Metered | None = None


class Head(Struct, frozen=True):
    """Of a ledger, what is told."""

    last: Turn | None
    learned: int
    standing: Standing = Standing()
    evidence: Counted = Counted()


_kept = msgspec.json.Decoder(Kept)
_head = msgspec.json.Decoder(Head)
_line = msgspec.json.Decoder(Line)
_stratum = msgspec.json.Decoder(Stratum)


def line(decision: Decision) -> bytes:
    """The document of its line."""
    seen = decision.seen
    live = seen.live.allocation.shares if seen.live.allocation else None
    return msgspec.json.encode(Line(seen.at, decision.verdict, decision.reason, live))


class Lines(Connected):
    """Implements banditctl.stores.told.Telling."""

    async def glance(self, experiment: str) -> Glance:
        keys = Keys(experiment)
        async with answering():
            head = await self._redis.hget(keys.ledger, "head")
            begun = await self._redis.hkeys(keys.open)
            # Told by when it began, and the only one that is sure to be there is the last.
            document = await self._redis.hget(keys.open, max(begun)) if begun else None
        known = _head.decode(head) if head else Head(None, 0)
        stratum, metered = _stratum.decode(document) if document else None, known.evidence.metered
        return Glance(stratum, known.last, known.learned, known.standing, metered.until if metered else None)

    async def latest(self, experiment: str) -> Told | None:
        async with answering():
            entries = await self._redis.xrevrange(Keys(experiment).decisions, count=1)
        return _kept.decode(entries[0][1][b"decision"]).decision if entries else None

    async def lines(self, experiment: str, limit: int) -> list[Line]:
        async with answering():
            return _read(await self._redis.xrevrange(Keys(experiment).lines, count=limit))

    async def course(self, experiment: str, at_most: int) -> list[Line]:
        return await self._thinned(Keys(experiment).lines, at_most)

    async def deeds(self, experiment: str, at_most: int) -> list[Line]:
        return await self._thinned(Keys(experiment).deeds, at_most)

    async def _thinned(self, key: str, at_most: int) -> list[Line]:
        """Of a stream of lines so many, oldest first, without reading all; entries are named by when they came."""
        async with answering():
            if await self._redis.xlen(key) <= at_most:
                return _read(await self._redis.xrange(key))
            ends = [*await self._redis.xrange(key, count=1), *await self._redis.xrevrange(key, count=1)]
            first, last = (int(name.partition(b"-")[0]) for name, _ in ends)
            edges = {first + (last + 1 - first) * number // at_most for number in range(at_most + 1)}
            async with self._redis.pipeline(transaction=False) as pipe:
                for begin, end in pairwise(sorted(edges)):
                    pipe.xrevrange(key, max=end - 1, min=begin, count=1)
                found = await pipe.execute()
        return _read([entry for entries in found for entry in entries])


def _read(entries: Sequence[tuple[bytes, dict[bytes, Any]]]) -> list[Line]:
    return [replace(_line.decode(fields[b"line"]), id=name.decode()) for name, fields in entries]
