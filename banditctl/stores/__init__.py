"""The contract of a store: where events wait, evidence is kept and decisions are recorded.

A store answers with values of the core. It raises StoreUnavailable when it cannot say that something was
done: it may have been, and the same call may be repeated. It raises StoreConflict when another writer came
first and nothing was done; or, after an answer that was lost, when that writer was this very call.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from banditctl.core.attribution import Attribution
from banditctl.core.decision import Decision
from banditctl.core.event import Event
from banditctl.core.standing import Given, Order
from banditctl.stores.credentials import Credentials
from banditctl.stores.kept import ERAS_KEPT, Batch, Ledger, Received, Recorded, era
from banditctl.stores.told import Telling

__all__ = [
    "ERAS_KEPT",
    "MOST_AT_ONCE",
    "ORDERS_KEPT",
    "Batch",
    "Books",
    "Ledger",
    "Received",
    "Recorded",
    "Store",
    "era",
]

# People give orders: more than these are remembered by nobody, nor may more of them wait.
ORDERS_KEPT = 1000

# Events that a store keeps in one step: Lua's unpack stops near 8000 values, and each event takes two.
MOST_AT_ONCE = 1000


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
