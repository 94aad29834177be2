"""Looks at all that the daemon needs, before it starts and while it runs, and says what to do where it is not well.

Each look stands alone: one that fails, or takes too long, hides no other. None of them changes anything.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from banditctl.config import Configured, examine
from banditctl.diagnosis import Diagnoses, Diagnosis
from banditctl.doctor.listening import listening
from banditctl.doctor.looking import Look, looked
from banditctl.doctor.storing import storing
from banditctl.errors import Problem
from banditctl.serving import is_this_machine

__all__ = ["Circumstances", "examined"]


@dataclass(frozen=True)
class Circumstances:
    """What `banditctl run` would be told."""

    policies: Sequence[Path]
    store: str
    host: str
    port: int
    insecure: bool


async def examined(told: Circumstances) -> Diagnoses:
    """Every line, in the order of the looks, which are taken side by side."""
    sound, problems = await asyncio.to_thread(examine, told.policies)
    for line in _files(sound, problems):
        yield line
    needs_keys = not told.insecure and not is_this_machine(told.host)
    looks = [
        storing(told.store, [one.experiment for one in sound], needs_keys=needs_keys),
        listening(told.host, told.port, insecure=told.insecure),
        *(Look(one.target.endpoint, _checkup(one)) for one in sound),
    ]
    for task in [asyncio.create_task(looked(look)) for look in looks]:
        for line in await task:
            yield line


def _checkup(one: Configured) -> Diagnoses:
    limits = one.experiment.limits
    counted = one.experiment.metered or limits.weighs_traffic
    return one.target.checkup(one.experiment.variants, counted=counted, scaled=limits.capacity == "scale")


def _files(sound: Sequence[Configured], problems: Sequence[Problem]) -> Iterator[Diagnosis]:
    """A line for each file that can be used, and one for each mistake in the others."""
    for one in sound:
        detail = f"{one.experiment.policy.kind} on {one.target.kind} {one.target.endpoint}"
        yield Diagnosis("policy file", "ok", detail, about=str(one.path))
    for problem in problems:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}:{problem.column}"
        detail = ": ".join(filter(None, (problem.field, problem.detail)))
        yield Diagnosis("policy file", "failed", detail, "correct the file", about=place, usage=True)
