"""Decisions as they are kept: strata that cannot change any more by reference, the rest in full."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.decision import Decision
from banditctl.core.evidence import Evidence, Stratum
from banditctl.errors import EvidenceLost


class Kept(Struct, frozen=True):
    """A decision whose evidence begins after the first `immutable` strata, which `digest` vouches for."""

    immutable: int
    digest: str
    decision: Decision


def dump(decision: Decision, immutable: int) -> bytes:
    """A decision as JSON, without its first `immutable` strata."""
    strata = decision.seen.evidence.strata
    return msgspec.json.encode(Kept(immutable, _digest(strata[:immutable]), _with_strata(decision, strata[immutable:])))


def load(document: bytes, strata: Sequence[Stratum]) -> Decision:
    """The decision again, from its document and all strata of its experiment. Raises EvidenceLost."""
    kept = msgspec.json.decode(document, type=Kept)
    shared = tuple(strata[: kept.immutable])
    if _digest(shared) != kept.digest:
        raise EvidenceLost(f"{kept.decision.experiment}: the strata before {kept.decision.seen.at} have changed")
    return _with_strata(kept.decision, shared + kept.decision.seen.evidence.strata)


def _with_strata(decision: Decision, strata: tuple[Stratum, ...]) -> Decision:
    return replace(decision, seen=replace(decision.seen, evidence=Evidence(strata)))


def _digest(strata: Sequence[Stratum]) -> str:
    return blake2b(msgspec.json.encode(strata), digest_size=16).hexdigest()
