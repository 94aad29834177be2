"""From strata to trials: which exposures count by now, and for how much. Nowhere else is that decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from banditctl.core.delay import Delay, Exponential, observed
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.trials import Flags, Trials
from banditctl.core.units import Array

# While less than this has come of a stratum, the correction would say more than the rewards.
_LEAST = 0.3

_NOTHING = Cell()


@dataclass(frozen=True)
class Maturity:
    """By when, and by which rules, an exposure has become a trial; a default of None never counts.

    `stratum` is the unit of elapsed time, and `discount` what is left of a reward's age one unit later. `delays` are
    the mean delays of all variants; where there are none, delays are observed.
    """

    at: datetime
    window: timedelta
    default: float | None
    stratum: timedelta
    discount: float
    delays: Mapping[str, timedelta]


def mature(evidence: Evidence, variants: Sequence[str], maturity: Maturity) -> Trials:
    """The trials of `variants` by `maturity.at`.

    All exposures of a stratum count once its window has closed, the unrewarded at the default. Before that those
    count whose reward, if there is one, would have come: the share G_k(age) where delays are known, none where they
    are not. Rewards that came early say nothing of those still to come: counting them alone flatters the variant
    whose traffic grows. Without a default there is nothing to come, and each reward is a trial at once.

    Where the target counts exposures, a stratum counts nothing before all of them are told, nor of a variant of which
    none are.
    """
    cells = _cells(evidence, variants)
    exposed, rewarded, total, squares = _columns(cells, len(variants))
    oldest, youngest = _ages(evidence.strata, maturity.at)
    elapsed = youngest / maturity.stratum.total_seconds()
    complete = np.arange(len(cells)) < evidence.complete
    ripe = complete & _closed(evidence.strata) & (youngest >= maturity.window.total_seconds())
    count = rewarded
    if maturity.default is not None:
        weights = maturity.discount**elapsed
        delay = _known(variants, maturity) or _seen(cells, ripe, weights, np.any(exposed > 0, axis=0), maturity)
        come = _come(delay, oldest, youngest, exposed, ripe)
        counts = complete[:, None] & (come > 0)
        if evidence.metered:
            # What a lost number would make of rewards is nothing but successes.
            counts &= exposed > 0
        count = np.where(counts, np.maximum(exposed * come, rewarded), 0.0)
    worth = maturity.default or 0.0
    unrewarded = np.maximum(count - rewarded, 0.0)
    return Trials(
        variants=tuple(variants),
        elapsed=elapsed,
        settled=np.array([stratum.settled for stratum in evidence.strata], dtype=bool),
        ripe=ripe,
        shares=_shares(evidence.strata, variants),
        exposed=_requests(evidence.strata, variants),
        count=count,
        total=np.where(count > 0, total + worth * unrewarded, 0.0),
        squares=np.where(count > 0, squares + worth * worth * unrewarded, 0.0),
    )


def _come(delay: Delay | None, oldest: Array, youngest: Array, exposed: Array, ripe: Flags) -> Array:
    """(T, K): the share of exposures that count; they were served evenly from `oldest` to `youngest` seconds ago."""
    come = np.zeros_like(exposed)
    if delay is not None:
        span = np.where(oldest > youngest, oldest - youngest, np.inf)
        come = (delay.area(oldest) - delay.area(youngest)) / span[:, None]
        come[np.where(exposed > 0, come, 1.0).min(axis=1) < _LEAST] = 0.0
    come[ripe] = 1.0
    return come


def _known(variants: Sequence[str], maturity: Maturity) -> Delay | None:
    if not maturity.delays:
        return None
    means = np.array([maturity.delays[name].total_seconds() for name in variants])
    return Exponential(means, maturity.window.total_seconds())


def _seen(cells: list[list[Cell]], ripe: Flags, weights: Array, served: Flags, maturity: Maturity) -> Delay | None:
    """The delays in strata whose window has closed; None if too few rewards were."""
    closed = np.flatnonzero(ripe)
    return observed([cells[number] for number in closed], weights[closed], served, maturity.window)


def _cells(evidence: Evidence, variants: Sequence[str]) -> list[list[Cell]]:
    """(T, K) cells, empty where they are those of a model that the variant does not run any more."""
    begun = [(name, evidence.before(name)) for name in variants]
    return [
        [stratum.variants.get(name, _NOTHING) if row >= first else _NOTHING for name, first in begun]
        for row, stratum in enumerate(evidence.strata)
    ]


def _columns(cells: list[list[Cell]], variants: int) -> Array:
    """(4, T, K): exposed, rewarded, and the total and the squares of the rewards."""
    numbers = [
        (cell.exposed, cell.rewarded.count, cell.rewarded.total, cell.rewarded.squares) for row in cells for cell in row
    ]
    return np.array(numbers, dtype=np.float64).T.reshape(4, len(cells), variants)


def _ages(strata: Sequence[Stratum], at: datetime) -> tuple[Array, Array]:
    """(T,) seconds since each stratum began and since it ended; 0 for what is still to be."""
    begun = [(at - stratum.since).total_seconds() for stratum in strata]
    ended = [(at - (stratum.until or at)).total_seconds() for stratum in strata]
    return np.maximum(begun, 0.0), np.maximum(ended, 0.0)


def _closed(strata: Sequence[Stratum]) -> Flags:
    return np.array([stratum.until is not None for stratum in strata], dtype=bool)


def _requests(strata: Sequence[Stratum], variants: Sequence[str]) -> Array:
    """(T, K): to whom requests were routed does not depend on what the variant ran."""
    exposed = [[stratum[name].exposed for name in variants] for stratum in strata]
    return np.array(exposed, dtype=np.float64).reshape(len(strata), len(variants))


def _shares(strata: Sequence[Stratum], variants: Sequence[str]) -> Array:
    shares = [[stratum.shares.get(name, 0.0) for name in variants] for stratum in strata]
    return np.array(shares, dtype=np.float64).reshape(len(strata), len(variants))
