"""How far out a log-concave density reaches, by the Chernoff bound: one Newton iteration for every family."""

from collections.abc import Callable

import numpy as np

from banditctl.core.units import Array

Curve = Callable[[Array], Array]


def reach(log_density: Curve, slope: Curve, start: Array, log_mass: float) -> tuple[Array, Array]:
    """Distances (K,) below and above the mode at which `log_density` has fallen to `log_mass`, from `start` (K, 2).

    No more than `exp(log_mass)` lies beyond either. The log density is concave, so that after its first step each
    iterate lies outside the root and comes nearer: stopping early only reaches a little too far.
    """
    reached = start
    for _ in range(12):
        step = (log_density(reached) - log_mass) / slope(reached)
        reached = reached - step
        if np.all(np.abs(step) < 0.01 * np.abs(reached)):
            break
    return reached[:, 0], reached[:, 1]
