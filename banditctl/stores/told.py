"""Decisions as people are told of them: without the evidence they rest on, which may be all there is to read."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import VariantBelief
from banditctl.core.evidence import Stratum
from banditctl.core.findings import Findings
from banditctl.core.judgement import Verdict
from banditctl.core.standing import Standing
from banditctl.core.stopping import Conclusion
from banditctl.core.turn import Departure, Turn


class Line(Struct, frozen=True):
    """One decision in one sentence, and the shares that were live; `id` is its name in the history."""

    at: datetime
    verdict: Verdict
    reason: str
    live: dict[str, float] | None = None
    id: str = ""


class Sight(Struct, frozen=True):
    """When a decision was made, and what the target said then."""

    at: datetime
    live: Live


class Told(Struct, frozen=True):
    """A decision as core/decision.py has it, but for the evidence."""

    experiment: str
    digest: str
    seen: Sight
    belief: dict[str, VariantBelief]
    value_remaining: float | None
    proposal: Allocation
    verdict: Verdict
    allocation: Allocation | None
    reason: str
    stop: Conclusion | None = None
    findings: Findings = Findings()
    departure: Departure | None = None
    quantiles: dict[str, tuple[float, ...]] = {}


class Glance(Struct, frozen=True):
    """What is kept just now: the stratum that is open, the last turn, how many events are learned, orders that hold.

    `metered` is until when a target that counts the requests itself has told of them.
    """

    open: Stratum | None
    turn: Turn | None
    learned: int
    standing: Standing = Standing()
    metered: datetime | None = None


class Telling(Protocol):
    """What a store tells of decisions at a price that does not grow with the evidence, nor with their number."""

    async def glance(self, experiment: str) -> Glance:
        """What is kept just now."""
        ...

    async def latest(self, experiment: str) -> Told | None:
        """The latest decision; None before there is one."""
        ...

    async def lines(self, experiment: str, limit: int) -> list[Line]:
        """The latest decisions, newest first."""
        ...

    async def course(self, experiment: str, at_most: int) -> list[Line]:
        """Decisions of its whole life, oldest first: of too many, the last of each of so many stretches of time."""
        ...

    async def deeds(self, experiment: str, at_most: int) -> list[Line]:
        """The same of those that did something, or took an order."""
        ...
