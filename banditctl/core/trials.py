"""Matured trials as columns, stratum by stratum: what estimators, sequences and alarms read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditctl.core.units import Array

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Trials:
    """T strata in order of time, K variants in the experiment's order.

    `count` is effective: of a stratum whose window is still open, the part of its exposures whose reward would have
    come by now. `total` and `squares` are sums over those trials, those without a reward at the default.
    """

    variants: tuple[str, ...]
    elapsed: Array
    """(T,) time since each stratum ended, in units of `evidence.stratum`; 0 for the open one."""
    settled: Flags
    """(T,) whether the shares were in force all along."""
    ripe: Flags
    """(T,) whether the window has closed: nothing that is still to come changes the stratum."""
    shares: Array
    """(T, K) shares in force; 0 for a variant that the endpoint did not have."""
    exposed: Array
    """(T, K) requests served, by whatever model the variant ran."""
    count: Array
    """(T, K) trials, of its present model."""
    total: Array
    """(T, K) their rewards."""
    squares: Array
    """(T, K) the squares of their rewards."""
