"""The contract of the part of a store where notices wait until every receiver has them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct

from banditctl.core.notices import Notice, Occurrences


class Waiting(Struct, frozen=True):
    """A notice that somebody may not have yet, and the receivers that do have it."""

    notice: Notice
    delivered: frozenset[str] = frozenset()


class Outbox(Protocol):
    """What people are told, and what they were told already; fails as banditctl.stores says."""

    async def occurrences(self, experiment: str) -> Occurrences:
        """What was kept last; nothing for a new experiment."""
        ...

    async def announce(self, experiment: str, occurrences: Occurrences, notices: Sequence[Notice]) -> None:
        """Keep both or nothing. Raises StoreConflict, having done nothing, if another holds the lease."""
        ...

    async def waiting(self, experiments: Collection[str]) -> list[Waiting]:
        """The notices of these experiments that were not settled, the oldest first."""
        ...

    async def delivered(self, notice: Notice, receiver: str) -> None:
        """Remember that `receiver` has it."""
        ...

    async def settle(self, notice: Notice) -> None:
        """Forget a notice that nobody is to get any more."""
        ...
