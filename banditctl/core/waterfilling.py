"""How a batch divides where each request goes to the highest index, and an index falls as its variant is asked.

With mean rewards frozen, those that are asked at all end level, as water does: for a batch of any size that is
where playing it request by request would lead, but for the last request.
"""

from collections.abc import Callable
from math import fsum

import numpy as np

from banditctl.core.units import Array

# Halvings after which two floats have no other between them.
_HALVINGS = 64


def fill(demand: Callable[[float], Array], trials: Array, batch: float, low: float, high: float) -> Array:
    """(K,) shares of `batch` further trials for variants that have `trials` (K,).

    `demand(level)` (K,) is the number of trials at which each index has come down to `level`. It falls from more
    than everything just above `low` to at most `batch` together at `high`.
    """
    for _ in range(_HALVINGS):
        level = (low + high) / 2
        if not low < level < high:
            break
        # Sums that do not depend on the order of variants, to the last bit.
        low, high = (level, high) if fsum(_poured(demand, trials, level)) > batch else (low, level)
    poured = _poured(demand, trials, low)
    return poured / fsum(poured)


def _poured(demand: Callable[[float], Array], trials: Array, level: float) -> Array:
    return np.maximum(demand(level) - trials, 0.0)
