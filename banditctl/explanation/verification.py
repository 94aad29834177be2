"""Proof: a recorded decision is made again from what it saw, and compared with the record bit for bit."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.decision import Decision, decide
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Experiment
from banditctl.core.snapshot import Snapshot
from banditctl.provenance import Provenance


class Difference(Struct, frozen=True):
    """Where in a decision, as a JSON pointer (RFC 6901), and what stands there as JSON; left out, nothing does."""

    pointer: str
    recorded: str | None
    computed: str | None


class Verification(Struct, frozen=True):
    """Whether a decision came out again, what is different, and what it was computed with `elsewhere`.

    `current` is False where the policy file has changed since: then nothing was computed.
    """

    same: bool
    current: bool
    differences: list[Difference]
    elsewhere: list[str]


def verify(experiment: Experiment, decision: Decision, made: Provenance | None, now: Provenance) -> Verification:
    """Make `decision` again; `made` is what it was computed with, None where that was not kept."""
    elsewhere = made.changed(now) if made else ["what it was computed with was not kept"]
    if decision.digest != experiment.digest:
        return Verification(same=False, current=False, differences=[], elsewhere=elsewhere)
    found = list(_differences("", _document(decision), _document(decide(experiment, decision.seen))))
    return Verification(same=not found, current=True, differences=found, elsewhere=elsewhere)


def _document(decision: Decision) -> object:
    """All but what was seen, which is the same in both, as it is kept: JSON tells floats apart to the last bit."""
    bare = replace(decision, seen=Snapshot(decision.seen.at, Evidence(), decision.seen.live))
    return msgspec.json.decode(msgspec.json.encode(bare))


def _differences(pointer: str, recorded: object, computed: object) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(computed, dict):
        for key in recorded | computed:
            here = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
            yield from _differences(here, recorded.get(key, _NOTHING), computed.get(key, _NOTHING))
    elif (then := _written(recorded)) != (again := _written(computed)):
        yield Difference(pointer, then, again)


# What is there though it is not: null is a value of its own.
_NOTHING = object()


def _written(value: object) -> str | None:
    return None if value is _NOTHING else msgspec.json.encode(value).decode()
