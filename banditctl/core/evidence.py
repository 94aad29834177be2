"""What has been learned and is kept: counts per variant, in strata of constant shares."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby, zip_longest
from math import log2
from operator import attrgetter
from typing import Annotated, Literal, NamedTuple

from annotated_types import Gt, Le
from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.event import REWARD
from banditctl.core.past import Past
from banditctl.core.statistics import Statistics
from banditctl.core.units import Duration, Name

Trials = Literal["exposures", "rewards", "invocations"]
Estimator = Literal["stratified", "pooled"]

# How finely a target tells of the requests that it counts itself.
MINUTE = timedelta(minutes=1)

_BINS_A_DOUBLING = 2


@dataclass(frozen=True)
class EvidenceOptions:
    """What a trial is, and how long it is remembered."""

    trials: Trials = "exposures"
    """What counts as one trial: a request that was reported, or that the endpoint's own metrics count, or a reward."""
    estimator: Estimator = "stratified"
    """How strata are put together: stratified compares variants within each, pooled adds all up."""
    stratum: Duration = timedelta(hours=1)
    """The longest stretch of time kept as one; a change of weights always starts another."""
    discount: Annotated[float, Gt(0), Le(1)] = 0.995
    """What a trial still counts after one `stratum` of time; 1 forgets nothing."""
    delays: dict[Name, Duration] = field(default_factory=dict)
    """How long a reward takes on average, by variant, where that is known; left out, it is observed."""


class Cell(Struct, frozen=True):
    """One variant in one stratum: requests it served, and the rewards credited to them so far.

    `ages` counts the exposures that were rewarded by how long their first reward took (see `age_bin`).
    """

    exposed: float = 0.0
    rewarded: Statistics = Statistics()
    ages: tuple[int, ...] = ()

    def __add__(self, other: "Cell") -> "Cell":
        ages = tuple(one + two for one, two in zip_longest(self.ages, other.ages, fillvalue=0))
        return Cell(self.exposed + other.exposed, self.rewarded + other.rewarded, ages)


class Credit(NamedTuple):
    """What `variant` earned by `metric` in the stratum that began at `since`."""

    since: datetime
    metric: str
    variant: str
    cell: Cell


def whole_minute(at: datetime) -> datetime:
    """The beginning of the minute that holds `at`."""
    return at.replace(second=0, microsecond=0)


def age_bin(age: timedelta) -> int:
    """The bin of a reward's age: 0 below a second, then two for each doubling, edges at 2**(bin / 2) seconds."""
    seconds = age.total_seconds()
    return 1 + int(_BINS_A_DOUBLING * log2(seconds)) if seconds >= 1 else 0


def bin_edges(window: timedelta) -> list[float]:
    """Where, in seconds, the bins of ages within `window` begin, and where the last of them ends: at the window."""
    last = age_bin(window)
    edges = [0.0, *(2.0 ** (number / _BINS_A_DOUBLING) for number in range(last))]
    return [*(edge for edge in edges if edge < window.total_seconds()), window.total_seconds()]


class Stratum(Struct, frozen=True, omit_defaults=True):
    """An interval of constant shares; `settled` is False while the target was changing."""

    since: datetime
    shares: dict[str, float]
    settled: bool
    until: datetime | None = None
    variants: dict[str, Cell] = {}
    metrics: dict[str, dict[str, Cell]] = {}

    def __getitem__(self, variant: str) -> Cell:
        return self.variants.get(variant, Cell())

    def credited(self, metric: str, variant: str, cell: Cell) -> "Stratum":
        """The same stratum with `cell` added to what `variant` earned by `metric`."""
        if metric == REWARD:
            return replace(self, variants=_added(self.variants, variant, cell))
        return replace(self, metrics={**self.metrics, metric: _added(self.metrics.get(metric, {}), variant, cell)})


class Model(Struct, frozen=True):
    """What a variant runs, by name, and since when: strata that began before tell of another; None: all tell of it."""

    name: str
    since: datetime | None = None


class Metered(Struct, frozen=True):
    """Up to which minute the requests that a target counts itself have become exposures.

    `missing` is in how many of those minutes a variant had a share, and nothing was told of it: none came, or the
    number was lost.
    """

    until: datetime
    missing: dict[str, int] = {}


class Evidence(Struct, frozen=True):
    """The strata, in order of time, of which only the last is open; what sequences have read of them, and the models.

    Strata keep what every model earned. What counts for a variant is what its present one did. Where the target counts
    the requests, a minute is of the stratum in which it began: all its requests, and all that they earned.
    """

    strata: tuple[Stratum, ...] = ()
    past: Past = Past()
    models: dict[str, Model] = {}
    metered: Metered | None = None

    @property
    def first_minute(self) -> datetime:
        """The first that lies in the strata as a whole; there is a stratum."""
        return whole_minute(self.strata[0].since + MINUTE - timedelta.resolution)

    @property
    def complete(self) -> int:
        """How many strata, from the first, have all their exposures, as far as a target counts them."""
        return len(self.strata) if self.metered is None else bisect_right(self.ends, self.metered.until)

    @property
    def ends(self) -> list[datetime]:
        """When each closed stratum ended."""
        return [stratum.until for stratum in self.strata if stratum.until]

    @property
    def read(self) -> int:
        """How many strata, from the first, sequences have read: nobody asks for them one by one any more."""
        through, counted = self.past.through, self.past.counted
        return bisect_right(self.ends, min(through, counted)) if through and counted else 0

    def before(self, variant: str) -> int:
        """How many strata, from the first, began before the variant's present model."""
        model = self.models.get(variant)
        if model is None or model.since is None:
            return 0
        return bisect_left(self.strata, model.since, key=attrgetter("since"))

    def served(self, variant: str) -> float:
        """Exposures to the model that the variant runs now."""
        return sum(stratum[variant].exposed for stratum in self.strata[self.before(variant) :])

    def open(self, shares: dict[str, float], at: datetime, *, settled: bool) -> "Evidence":
        """Close the open stratum at `at` and begin another; one that began just then gives way to it.

        A clock that was set back begins nothing before what has begun already.
        """
        *closed, last = self.strata or (Stratum(since=at, shares=shares, settled=settled),)
        if at <= last.since:
            return replace(self, strata=(*closed, replace(last, shares=shares, settled=settled)))
        begun = Stratum(since=at, shares=shares, settled=settled)
        return replace(self, strata=(*closed, replace(last, until=at), begun))

    def folded(self, first: int, before: datetime) -> "Evidence":
        """The same evidence; of its `first` strata, a row of one day before `before` and of equal shares becomes one.

        Strata of different shares are never put together: what a variant earned is compared within them. Nor are
        those on either side of a new model.
        """
        renewed = [model.since for model in self.models.values() if model.since]
        rows = groupby(self.strata[:first], lambda stratum: _fold(stratum, before.date(), renewed))
        folded = [reduce(_joined, row) for _, row in rows]
        return self if len(folded) == first else replace(self, strata=(*folded, *self.strata[first:]))

    def credit(self, earned: Iterable[Credit]) -> "Evidence":
        """Add what was earned to the strata in which it was."""
        strata, begun = list(self.strata), [stratum.since for stratum in self.strata]
        for since, metric, variant, cell in earned:
            # An exposure that was imported long after may have had its stratum folded into an earlier one.
            number = bisect_right(begun, since) - 1
            strata[number] = strata[number].credited(metric, variant, cell)
        return replace(self, strata=tuple(strata))


def _fold(stratum: Stratum, before: date, renewed: Sequence[datetime]) -> Hashable:
    """What strata must have in common to be folded; those of days that are not over long enough stay by themselves."""
    if stratum.until is None or stratum.until.date() >= before:
        return stratum.since
    models = sum(since <= stratum.since for since in renewed)
    return stratum.since.date(), stratum.settled, models, tuple(stratum.shares.items())


def _joined(one: Stratum, other: Stratum) -> Stratum:
    cells = [
        Credit(other.since, metric, variant, cell)
        for metric, variants in {REWARD: other.variants, **other.metrics}.items()
        for variant, cell in variants.items()
    ]
    joined = reduce(lambda stratum, credit: stratum.credited(*credit[1:]), cells, one)
    return replace(joined, until=other.until)


def _added(cells: Mapping[str, Cell], variant: str, cell: Cell) -> dict[str, Cell]:
    return {**cells, variant: cells.get(variant, Cell()) + cell}
