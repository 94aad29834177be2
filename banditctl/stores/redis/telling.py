"""Decisions as lines, kept beside the history under the same names, and the latest without its evidence."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.decision import Decision
from banditctl.stores.redis.connection import Connected, answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.told import Line, Told


class Kept(Struct, frozen=True):
    """Of an entry of the history, what is told."""

    decision: Told


_kept = msgspec.json.Decoder(Kept)
_line = msgspec.json.Decoder(Line)


def line(decision: Decision) -> bytes:
    """The document of its line."""
    return msgspec.json.encode(Line(decision.seen.at, decision.verdict, decision.reason))


class Lines(Connected):
    """Implements banditctl.stores.told.Telling."""

    async def latest(self, experiment: str) -> Told | None:
        async with answering():
            entries = await self._redis.xrevrange(Keys(experiment).decisions, count=1)
        return _kept.decode(entries[0][1][b"decision"]).decision if entries else None

    async def lines(self, experiment: str, limit: int) -> list[Line]:
        async with answering():
            return _read(await self._redis.xrevrange(Keys(experiment).lines, count=limit))

    async def moves(self, experiment: str, at_most: int) -> list[Line]:
        key = Keys(experiment).moves
        async with answering():
            if await self._redis.xlen(key) <= at_most:
                return _read(await self._redis.xrange(key))
            ends = [*await self._redis.xrange(key, count=1), *await self._redis.xrevrange(key, count=1)]
            first, last = (int(name.partition(b"-")[0]) for name, _ in ends)
            edges = [first + (last + 1 - first) * number // at_most for number in range(at_most + 1)]
            async with self._redis.pipeline(transaction=False) as pipe:
                for begin, end in pairwise(edges):
                    # Where all came within a few milliseconds there are fewer stretches than were asked for.
                    if begin < end:
                        pipe.xrevrange(key, max=end - 1, min=begin, count=1)
                found = await pipe.execute()
        return _read([entry for entries in found for entry in entries])


def _read(entries: Sequence[tuple[bytes, dict[bytes, Any]]]) -> list[Line]:
    return [replace(_line.decode(fields[b"line"]), id=name.decode()) for name, fields in entries]
