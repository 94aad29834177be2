"""Decisions as they are kept: strata that cannot change any more by reference, the rest in full."""

from collections.abc import Mapping, Sequence
from operator import is_

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.decision import Decision
from banditctl.core.evidence import Stratum
from banditctl.errors import EvidenceLost
from banditctl.stores.redis.connection import answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.ledgers import Ledgers, digest

_DECISIONS_KEPT = 2000

_stratum = msgspec.json.Decoder(Stratum)


class Kept(Struct, frozen=True):
    """A decision whose evidence begins after the first `sealed` strata of a generation; `digest` tells them."""

    generation: int
    sealed: int
    digest: str
    decision: Decision


_kept = msgspec.json.Decoder(Kept)


class History(Ledgers):
    """What was decided, newest first; each can be made again from what it saw."""

    async def record(self, decision: Decision) -> None:
        known = await self._read(decision.experiment)
        strata = decision.seen.evidence.strata
        # Another writer may have been quicker: then nothing that it saw is known to be kept by hash.
        shared = all(map(is_, strata[: len(known.digests)], known.ledger.evidence.strata))
        digests = known.digests if shared else ()
        kept = Kept(known.generation, len(digests), _together(digests), _seeing(decision, strata[len(digests) :]))
        async with answering():
            await self._redis.xadd(
                Keys(decision.experiment).decisions,
                {"generation": kept.generation, "decision": msgspec.json.encode(kept)},
                maxlen=_DECISIONS_KEPT,
                approximate=True,
            )

    async def decisions(self, experiment: str, limit: int) -> list[Decision]:
        keys = Keys(experiment)
        async with answering():
            entries = await self._redis.xrevrange(keys.decisions, count=limit)
            found = [_kept.decode(fields[b"decision"]) for _, fields in entries]
            documents = await self._redis.hgetall(keys.strata)
            generations = {kept.generation for kept in found}
            orders = {number: await self._redis.lrange(keys.order(number), 0, -1) for number in generations}
        strata = {name: _stratum.decode(document) for name, document in documents.items() if digest(document) == name}
        return [_whole(kept, orders[kept.generation], strata) for kept in found]


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
