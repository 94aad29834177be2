"""The form of a document of counts, and what it means to the core."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import AfterValidator, AwareDatetime, ConfigDict, with_config

from banditctl.core.evidence import Cell, Stratum
from banditctl.core.statistics import Statistics
from banditctl.core.units import utc

Amount = Annotated[float, Ge(0)]
Instant = Annotated[AwareDatetime, AfterValidator(utc)]

# From 2**53 on floats no longer tell a count from the next.
Count = Annotated[float, Ge(0), Le(2**53)]


@dataclass(frozen=True)
class WrittenRewards:
    """The sums of some rewards."""

    count: Count
    total: float
    squares: Amount

    @property
    def sums(self) -> Statistics:
        """The same as the core has them."""
        return Statistics(self.count, self.total, self.squares)


@dataclass(frozen=True)
class WrittenCell:
    """One variant in one stratum; without `exposed` the rewards are the trials."""

    rewarded: WrittenRewards
    exposed: Count | None = None
    ages: tuple[Annotated[int, Ge(0)], ...] | None = None

    @property
    def cell(self) -> Cell:
        """The same as the core has it."""
        exposed = self.rewarded.count if self.exposed is None else self.exposed
        return Cell(exposed, self.rewarded.sums, self.ages or ())


@dataclass(frozen=True)
class WrittenStratum:
    """An interval of constant shares; only the last may be open, without `until`."""

    since: Instant
    shares: dict[str, Amount]
    variants: dict[str, WrittenCell]
    until: Instant | None = None
    settled: bool = True

    @property
    def stratum(self) -> Stratum:
        """The same as the core has it."""
        cells = {name: written.cell for name, written in self.variants.items()}
        return Stratum(self.since, self.shares, self.settled, self.until, cells)


@with_config(ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))
@dataclass(frozen=True)
class WrittenCounts:
    """The whole document; `live` left out, the shares of the last stratum are in force.

    It is told `at` an instant; what was received after `heard` may be missing.
    """

    strata: tuple[WrittenStratum, ...]
    live: dict[str, Amount] | None = None
    at: Instant | None = None
    heard: Instant | None = None
