"""Whether requests reach the variants as their shares say; if not, something between the two is broken.

Bets are placed that one variant gets more or less than its share. Every stratum settles them by the shares that were
in force in it, so neither changing shares nor looking often makes a false alarm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Annotated

import numpy as np
from annotated_types import Ge
from msgspec import Struct

from banditctl.core.past import Routed, wealth
from banditctl.core.units import Array

# By how much the odds of one variant are off, as logs: from 2% to three times as many.
_TILTS: Array = np.array([sign * size for size in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) for sign in (1, -1)])

# The e-value that rings: one false alarm in a thousand experiments, however long they are watched.
RINGS_FROM = 1000.0

# With millions of requests a trifle is certain; a share that is off by this part of itself is none.
_TRIFLE = 0.01


@dataclass(frozen=True)
class MismatchOptions:
    """When requests are told apart from their shares."""

    block: Annotated[int, Ge(1)] = 1
    """How many requests go to one variant together: those of a session, say."""


class Mismatch(Struct, frozen=True):
    """The evidence that requests are not split as the shares say, and the variant whose share is off the most.

    `deviation` is relative: 0.02 for a variant that got 2% more than its share.
    """

    e_value: float
    variant: str
    deviation: float
    alarm: bool


def read(
    routed: Mapping[str, Routed], variants: Sequence[str], rows: Iterable[tuple[Array, Array]]
) -> dict[str, Routed]:
    """What is known of the requests of `variants` after these rows of requests (K,) and the shares (K,) in force."""
    before = [routed.get(name, Routed()) for name in variants]
    exposed, expected = (np.array([getattr(one, name) for one in before]) for name in ("exposed", "expected"))
    bets = np.array([one.bets or np.zeros_like(_TILTS) for one in before])
    for count, shares in rows:
        if count.any() and shares.any():
            promised = shares / shares.sum()
            exposed, expected = exposed + count, expected + count.sum() * promised
            bets = bets + _settled(count, promised)
    now = zip(variants, exposed.tolist(), expected.tolist(), map(tuple, bets.tolist()), strict=True)
    return {**routed, **{name: Routed(*row) for name, *row in now}}


def _settled(count: Array, share: Array) -> Array:
    """(K, tilts) log of what one stratum makes of 1 staked on each tilt; 1 on average where requests go by shares."""
    return np.asarray(np.outer(count, _TILTS) - count.sum() * np.log1p(np.outer(share, np.expm1(_TILTS))))


def judge(routed: Mapping[str, Routed], variants: Sequence[str], block: int) -> Mismatch | None:
    """What the requests of `variants` say; None before there were any.

    Of requests that come in blocks, one block says as much as one request would.
    """
    known = {name: routed[name] for name in variants if name in routed}
    if not any(one.exposed for one in known.values()):
        return None
    logs = np.concatenate([np.array(one.bets) / block for one in known.values()])
    evidence = float(np.logaddexp.reduce(logs)) - log(len(logs))
    # A variant that is to get nothing counts as if one request had been promised.
    off = {name: (one.exposed - one.expected) / max(one.expected, 1.0) for name, one in known.items()}
    variant = max(sorted(off), key=lambda name: abs(off[name]))
    alarm = evidence >= log(RINGS_FROM) and abs(off[variant]) > _TRIFLE
    return Mismatch(wealth(evidence), variant, off[variant], alarm)
