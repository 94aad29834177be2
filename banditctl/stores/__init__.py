"""The contract of a store: where events wait, evidence is kept and decisions are recorded.

A store answers with values of the core. It raises StoreUnavailable when it cannot say that something was
done: it may have been, and the same call may be repeated. It raises StoreConflict when another writer came
first and nothing was done; or, after an answer that was lost, when that writer was this very call.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.attribution import Attribution, Tally
from banditctl.core.decision import Decision
from banditctl.core.event import Event
from banditctl.core.evidence import Credit, Evidence
from banditctl.core.experiment import Terms
from banditctl.core.revision import Revision
from banditctl.core.standing import Given, Order, Standing
from banditctl.core.turn import Turn
from banditctl.provenance import Provenance
from banditctl.stores.credentials import Credentials
from banditctl.stores.told import Telling

# A reward may be received two memories after its exposure, and a third era later where intakes' clocks differ.
ERAS_KEPT = 3

# People give orders: more than these are remembered by nobody, nor may more of them wait.
ORDERS_KEPT = 1000

# Events that a store keeps in one step: Lua's unpack stops near 8000 values, and each event takes two.
MOST_AT_ONCE = 1000


def era(at: datetime, memory: timedelta) -> int:
    """Which span of `memory`, counted from 1970, holds `at`."""
    return int(at.timestamp() // memory.total_seconds())


class Ledger(Struct, frozen=True):
    """Everything that is kept of one experiment, and the version it was read at.

    `cursor` names the last entry of the event stream that `evidence` has counted, `heard` is when that was
    received, in which `era`, `learned` how many events there were up to it. `eras` are those whose ids are still
    kept (see Batch). `standing` are the orders that hold, `ordered` is the place of the last one that was taken.
    `terms` are those on which the evidence was gathered, None before there is any. `revision` is the policy file that
    the last turn went by. A version's name is never given twice, not even to what is saved in place of one that a
    power cut took.
    """

    evidence: Evidence = Evidence()
    tally: Tally = Tally()
    last: Turn | None = None
    cursor: str = "0-0"
    heard: datetime | None = None
    learned: int = 0
    era: int = 0
    eras: tuple[int, ...] = ()
    terms: Terms | None = None
    standing: Standing = Standing()
    ordered: str = "0-0"
    revision: Revision | None = None
    version: str = ""

    @property
    def immutable(self) -> int:
        """How many strata, from the first, nothing still to be counted can change, but for imported events.

        Such an event is received after the last one heard, is at most a memory old then, and belongs to an
        exposure at most another memory before it. Exposures that the target counts may be behind.
        """
        if self.heard is None or self.terms is None:
            return 0
        metered = self.evidence.metered
        begun = min(self.heard - 2 * self.terms.memory, metered.until if metered else self.heard)
        # Strata end in order of time, and few of thousands are young.
        young = takewhile(lambda stratum: not (stratum.until and stratum.until < begun), reversed(self.evidence.strata))
        return len(self.evidence.strata) - sum(1 for _ in young)

    def heard_of(self, batch: "Batch") -> "Ledger":
        """The same ledger, its cursor moved past `batch`, whose era is the latest now."""
        eras = {*self.forgetting(batch.era).eras, *batch.written, batch.era}
        learned = self.learned + len(batch.events)
        moved = replace(self, cursor=batch.cursor, heard=batch.heard, learned=learned)
        return replace(moved, era=batch.era, eras=tuple(sorted(eras)))

    def forgetting(self, now: int) -> "Ledger":
        """The same ledger without the eras that no event received in the era `now` can speak of any more."""
        return replace(self, eras=tuple(number for number in self.eras if number >= now - ERAS_KEPT))


class Received(Struct, frozen=True):
    """What intake has let in since the experiment began, and when the oldest event was received that still waits."""

    accepted: int = 0
    duplicates: int = 0
    oldest: datetime | None = None

    def waiting(self, learned: int) -> int:
        """Events that wait, where so many are learned; intake and learning may be looked at a moment apart."""
        return max(self.accepted - learned, 0)

    def waited(self, at: datetime) -> timedelta:
        """How long the oldest of them has waited."""
        return max(at - self.oldest, timedelta(0)) if self.oldest else timedelta(0)


class Batch(Struct, frozen=True):
    """Events in the order they were acknowledged, each with when that was, and the cursor after them.

    All were received in one `era`: spans of the experiment's memory are numbered, and ids are kept through the
    three eras that follow. Eras never go back, even where the clock of one intake is behind another's; `written`
    are those in which intake, by its own clock, has put their ids. `credits` is what was counted before it came.
    """

    events: Sequence[tuple[datetime, Event]]
    cursor: str
    heard: datetime
    era: int
    written: Collection[int] = ()
    credits: Sequence[Credit] = ()


class Recorded(Struct, frozen=True):
    """A decision as the history has it: its name there, and what it was computed with; None where that was not kept."""

    id: str
    decision: Decision
    made: Provenance | None


class Books(Protocol):
    """The controller's side of a store: what has come, what is learned of it, and what was decided."""

    async def ledger(self, experiment: str) -> Ledger:
        """What is kept; an empty ledger for a new experiment."""
        ...

    async def received(self, experiment: str) -> Received:
        """What came in, learned or not."""
        ...

    async def drain(self, experiment: str, ledger: Ledger, memory: timedelta, now: datetime) -> Batch | None:
        """The next events after the ledger's cursor; None when there are none by `now`."""
        ...

    async def attributions(self, experiment: str, batch: Batch) -> dict[bytes, Attribution]:
        """What is known of the exposures that `batch` speaks of; those never heard of are left out."""
        ...

    async def save(
        self,
        experiment: str,
        before: Ledger,
        after: Ledger,
        attributions: Mapping[bytes, Attribution] = ...,
    ) -> Ledger:
        """Keep `after`, ids only of its eras, and in the latest of them `attributions`: all of it or nothing.

        Answers `after` with its new version. Events up to its cursor are forgotten. Raises StoreConflict, having
        done nothing, if the ledger is no longer what `before` was read as, or another holds the lease.
        """
        ...

    async def next_order(self, experiment: str, taken: str) -> Given | None:
        """The first order that was given after the one at the place `taken`; None if there is none."""
        ...

    async def record(self, decision: Decision) -> None:
        """Keep a decision in the history; strata that cannot change any more are kept once for all decisions."""
        ...


class Store(Books, Telling, Protocol):
    """One implementation serves every server; tests/stores holds each to the same behaviour."""

    @property
    def credentials(self) -> Credentials:
        """The keys, which belong to no experiment."""
        ...

    async def append(self, experiment: str, events: Sequence[Event], at: datetime, memory: timedelta) -> list[int]:
        """Keep events for learning; answers the places, from 0, of those that were not new.

        An id that came within the last `memory` is not kept again. Returns only once the server has
        acknowledged all of them.
        """
        ...

    async def imported(self, experiment: str) -> dict[str, int]:
        """How many lines of each file have been imported, by the name of the file."""
        ...

    async def append_import(
        self,
        experiment: str,
        file: str,
        before: int,
        after: int,
        events: Sequence[Event],
        at: datetime,
        memory: timedelta,
    ) -> list[int] | None:
        """As `append`, for at most MOST_AT_ONCE events, and in the same step move `file` to `after` lines.

        None, with nothing done, if `before` lines are not what has been imported of it. The events are
        marked: however old they are, they are not late.
        """
        ...

    async def give(self, experiment: str, order: Order) -> Given:
        """Keep an order for whoever controls the experiment; one whose id is there already, as it was given first.

        The last ORDERS_KEPT are. Raises OrdersWaiting, having done nothing, while none of them was taken.
        """
        ...

    async def hold(self, experiment: str, holder: str, span: timedelta) -> bool:
        """Whether `holder` alone may write from now on, for `span`; asked again in time, it goes on.

        What this store saves carries the token of its lease; once another holder has had the lease, it raises
        StoreConflict.
        """
        ...

    async def release(self, experiment: str, holder: str) -> None:
        """Let another hold it at once, if `holder` does."""
        ...

    async def decisions(self, experiment: str, limit: int) -> list[Decision]:
        """The latest decisions, newest first. Raises EvidenceLost if one's strata are not what they were."""
        ...

    async def history(self, experiment: str, limit: int, before: str | None = None) -> list[Recorded]:
        """The same as they were recorded; with `before`, those that are older than the one of that name."""
        ...

    async def recorded(self, experiment: str, name: str) -> Recorded | None:
        """The decision of that name; None if the history does not have it. Raises EvidenceLost."""
        ...

    async def ping(self) -> None:
        """Returns if the server answers."""
        ...

    async def close(self) -> None:
        """Give back the connections."""
        ...
