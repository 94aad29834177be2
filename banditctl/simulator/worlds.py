"""How the mean rewards of the variants move while a simulation runs: one function a world."""

from collections.abc import Callable
from math import pi, sin

from banditctl.core.units import Array

# The swing of a day, and where a trend begins and ends, in parts of the rate that is given.
_SWING = 0.4
_TREND = (0.6, 1.4)

World = Callable[[Array, float, float], Array]
"""(K,) mean rewards, of those that are given, so many hours after the start of a simulation of so many hours."""


def stationary(rates: Array, hours: float, horizon: float) -> Array:  # noqa: ARG001 - nothing moves
    """Nothing changes."""
    return rates


def day(rates: Array, hours: float, horizon: float) -> Array:  # noqa: ARG001 - a day is a day
    """Rates rise and fall together by 40% once a day."""
    return rates * (1 + _SWING * sin(2 * pi * hours / 24))


def trend(rates: Array, hours: float, horizon: float) -> Array:
    """Rates rise together from 60% to 140% of what is given: from 3% to 7% where that is 5%."""
    begin, end = _TREND
    return rates * (begin + (end - begin) * hours / horizon)


def swap(rates: Array, hours: float, horizon: float) -> Array:
    """At half time the best and the worst variant exchange their rates."""
    if hours < horizon / 2:
        return rates
    swapped = rates.copy()
    best, worst = rates.argmax(), rates.argmin()
    swapped[[best, worst]] = rates[[worst, best]]
    return swapped


# In the last two it is not the rates that move: rewards come late, and variants are equal.
WORLDS: dict[str, World] = {
    "stationary": stationary,
    "day": day,
    "trend": trend,
    "swap": swap,
    "delay": stationary,
    "aa": stationary,
}
