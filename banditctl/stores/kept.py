"""What a store answers with: the ledger, what has come, a batch of it, and a decision as the history has it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.attribution import Tally
from banditctl.core.decision import Decision
from banditctl.core.event import Event
from banditctl.core.evidence import Credit, Evidence
from banditctl.core.experiment import Terms
from banditctl.core.revision import Revision
from banditctl.core.standing import Standing
from banditctl.core.turn import Turn
from banditctl.provenance import Provenance

# A reward may be received two memories after its exposure, and a third era later where intakes' clocks differ.
ERAS_KEPT = 3


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
