"""The contract of a store: where events wait, evidence is kept and decisions are recorded.

A store answers with values of the core. It raises StoreUnavailable when it cannot say that something was
done: it may have been, and the same call may be repeated. It raises StoreConflict when another writer came
first and nothing was done; or, after an answer that was lost, when that writer was this very call.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from banditctl.core.attribution import Attribution, Tally
from banditctl.core.decision import Decision, Turn
from banditctl.core.event import Event
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Terms


class Ledger(Struct, frozen=True):
    """Everything that is kept of one experiment, and the version it was read at.

    `cursor` names the last entry of the event stream that `evidence` has counted, `heard` is when that was
    received. `eras` are those whose attributions are still kept (see Batch); `terms` are those on which
    the evidence was gathered, None before there is any.
    """

    evidence: Evidence = Evidence()
    tally: Tally = Tally()
    last: Turn | None = None
    cursor: str = "0-0"
    heard: datetime | None = None
    eras: tuple[int, ...] = ()
    terms: Terms | None = None
    version: int = 0

    def immutable(self, memory: timedelta) -> int:
        """How many strata, from the first, no event still to be counted can change.

        Such an event is received after the last one heard, is at most `memory` old then, and belongs to
        an exposure at most another `memory` before it.
        """
        heard = self.heard
        ended = (
            s.until is not None and heard is not None and s.until + 2 * memory < heard for s in self.evidence.strata
        )
        return sum(ended)


class Batch(Struct, frozen=True):
    """Events in the order they were acknowledged, each with when that was, and the cursor after them.

    All were received in one `era`: spans of the experiment's memory are numbered, and what is known of an
    inference id is kept through the three eras that follow. Eras never go back, even where the clock of
    one intake is behind another's.
    """

    events: Sequence[tuple[datetime, Event]]
    cursor: str
    heard: datetime
    era: int


class Store(Protocol):
    """One implementation serves every server; tests/stores holds each to the same behaviour."""

    async def append(self, experiment: str, events: Sequence[Event], at: datetime, memory: timedelta) -> list[bool]:
        """Keep events for learning; answers, for each, whether it was new.

        An id (with its type and metric) that came within the last `memory` is not kept again. Returns
        only once the server has acknowledged all of them.
        """
        ...

    async def ledger(self, experiment: str) -> Ledger:
        """What is kept; an empty ledger for a new experiment."""
        ...

    async def drain(self, experiment: str, ledger: Ledger, memory: timedelta) -> Batch | None:
        """The next events after the ledger's cursor; None when there are none."""
        ...

    async def attributions(self, experiment: str, batch: Batch) -> dict[str, Attribution]:
        """What is known of the inference ids in `batch`; those never heard of are left out."""
        ...

    async def save(self, experiment: str, before: Ledger, after: Ledger) -> Ledger:
        """Keep `after`; answers it with its new version.

        Raises StoreConflict, having done nothing, if the ledger is no longer what `before` was read as.
        """
        ...

    async def save_learned(
        self,
        experiment: str,
        before: Ledger,
        after: Ledger,
        batch: Batch,
        attributions: Mapping[str, Attribution],
    ) -> Ledger:
        """As `save`, and in the same atomic step keep `attributions` and forget the events of `batch`."""
        ...

    async def record(self, decision: Decision, immutable: int) -> None:
        """Keep a decision in the history; its first `immutable` strata are kept once for all decisions."""
        ...

    async def decisions(self, experiment: str, limit: int) -> list[Decision]:
        """The latest decisions, newest first. Raises EvidenceLost if one's strata are not what they were."""
        ...

    async def ping(self) -> None:
        """Returns if the server answers."""
        ...

    async def close(self) -> None:
        """Give back the connections."""
        ...
