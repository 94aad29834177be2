"""Trials for tests, a row a stratum, each cell a pair of numbers."""

import numpy as np

from banditctl.core.trials import Trials


def trials(*rows, variants="AB", settled=None, ripe=None, shares=None, squares=None, elapsed=None):
    """Of each stratum (count, total) of each variant; all exposed, settled and ripe, by equal shares, an hour each."""
    cells = np.array(rows, dtype=float).reshape(-1, len(variants), 2)
    count, total = np.moveaxis(cells, 2, 0)
    number = len(cells)
    return Trials(
        variants=tuple(variants),
        elapsed=np.arange(number)[::-1].astype(float) if elapsed is None else np.array(elapsed, dtype=float),
        settled=np.ones(number, dtype=bool) if settled is None else np.array(settled, dtype=bool),
        ripe=np.ones(number, dtype=bool) if ripe is None else np.array(ripe, dtype=bool),
        shares=np.full(count.shape, 1 / len(variants)) if shares is None else np.array(shares, dtype=float),
        exposed=count,
        count=count,
        total=total,
        squares=total if squares is None else np.array(squares, dtype=float),
    )
