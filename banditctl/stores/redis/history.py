"""Decisions as they are kept: strata that cannot change any more by reference, the rest in full."""

from collections.abc import Mapping, Sequence
from operator import is_

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from banditctl.core.decision import Decision
from banditctl.core.evidence import Stratum
from banditctl.errors import EvidenceLost
from banditctl.provenance import Provenance, here
from banditctl.stores import Recorded
from banditctl.stores.redis.connection import answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.ledgers import Ledgers, digest
from banditctl.stores.redis.scripts import RECORD
from banditctl.stores.redis.telling import Lines, line

_DECISIONS_KEPT = 2000
# Lines are short, and what the whole life of an experiment is drawn from.
_LINES_KEPT = 10_000

_stratum = msgspec.json.Decoder(Stratum)


class Kept(Struct, frozen=True):
    """A decision whose evidence begins after the first `sealed` strata of a generation; `digest` tells them.

    `made` is what it was computed with.
    """

    generation: int
    sealed: int
    digest: str
    decision: Decision
    made: Provenance | None = None


_kept = msgspec.json.Decoder(Kept)


class History(Ledgers, Lines):
    """What was decided, newest first; each can be made again from what it saw."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._record = redis.register_script(RECORD)

    async def record(self, decision: Decision) -> None:
        known = await self._read(decision.experiment)
        strata = decision.seen.evidence.strata
        # Another writer may have been quicker: then nothing that it saw is known to be kept by hash.
        shared = all(map(is_, strata[: len(known.digests)], known.ledger.evidence.strata))
        digests = known.digests if shared else ()
        rest = _seeing(decision, strata[len(digests) :])
        kept = Kept(known.generation, len(digests), _together(digests), rest, here())
        keys, deed = Keys(decision.experiment), int(decision.verdict != "hold" or decision.order is not None)
        args: list[bytes | int] = [msgspec.json.encode(kept), kept.generation, line(decision), deed]
        args += [_DECISIONS_KEPT, _LINES_KEPT]
        async with answering():
            await self._record(keys=[keys.decisions, keys.lines, keys.deeds], args=args)

    async def decisions(self, experiment: str, limit: int) -> list[Decision]:
        return [one.decision for one in await self.history(experiment, limit)]

    async def history(self, experiment: str, limit: int, before: str | None = None) -> list[Recorded]:
        if before and not any(map(int, before.split("-"))):
            # Redis has no place before the first one, and says so.
            return []
        return await self._between(experiment, "-", f"({before}" if before else "+", limit)

    async def recorded(self, experiment: str, name: str) -> Recorded | None:
        return next(iter(await self._between(experiment, name, name, 1)), None)

    async def _between(self, experiment: str, first: str, last: str, limit: int) -> list[Recorded]:
        """Those of names from `first` to `last`, newest first."""
        keys = Keys(experiment)
        async with answering():
            entries = await self._redis.xrevrange(keys.decisions, max=last, min=first, count=limit)
            found = [(name.decode(), _kept.decode(fields[b"decision"])) for name, fields in entries]
            documents = await self._redis.hgetall(keys.strata) if found else {}
            generations = {kept.generation for _, kept in found}
            orders = {number: await self._redis.lrange(keys.order(number), 0, -1) for number in generations}
        strata = {name: _stratum.decode(document) for name, document in documents.items() if digest(document) == name}
        return [Recorded(name, _whole(kept, orders[kept.generation], strata), kept.made) for name, kept in found]


def _whole(kept: Kept, order: Sequence[bytes], strata: Mapping[bytes, Stratum]) -> Decision:
    """The decision with all that it saw. Raises EvidenceLost."""
    shared, decision = order[: kept.sealed], kept.decision
    if _together(shared) != kept.digest or not all(name in strata for name in shared):
        raise EvidenceLost(
            f"{decision.experiment}: the strata that were seen at {decision.seen.at} are not what they were"
        )
    return _seeing(decision, (*(strata[name] for name in shared), *decision.seen.evidence.strata))


def _seeing(decision: Decision, strata: tuple[Stratum, ...]) -> Decision:
    evidence = replace(decision.seen.evidence, strata=strata)
    return replace(decision, seen=replace(decision.seen, evidence=evidence))


def _together(digests: Sequence[bytes]) -> str:
    return digest(b"".join(digests)).hex()
