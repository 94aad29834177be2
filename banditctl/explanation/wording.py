"""How numbers stand in a sentence."""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite

_MOST_TOLD = 3


def part(share: float) -> str:
    """A probability or a share; one that is not quite nothing, or not quite all, is not said to be."""
    percent = 100 * share
    if 0 < percent < 0.01:
        return "less than 0.01%"
    if 99.99 < percent < 100:
        return "more than 99.99%"
    return f"{percent:.2f}".rstrip("0").rstrip(".") + "%"


def number(value: float) -> str:
    """A mean reward, or what is lost of one."""
    return f"{value:.3g}" if isfinite(value) else "unknown"


def between(interval: tuple[float, float]) -> str:
    """Two ends."""
    return f"{number(interval[0])} to {number(interval[1])}"


def clock(at: datetime, now: datetime) -> str:
    """An instant near another: the day is told where it is not the same."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def counted(number: float, what: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{number:,.0f} {what}{'' if round(number) == 1 else 's'}"


def moves(changes: Iterable[tuple[str, float, float]]) -> str:
    """Shares before and after, the largest change first; of two that trade, and of many, not all."""
    found = sorted(changes, key=lambda one: (-round(abs(one[2] - one[1]), 9), one[1] - one[2]))
    most = 1 if len(found) == 2 else _MOST_TOLD
    told = [f"{name} from {before:.1%} to {after:.1%}" for name, before, after in found[:most]]
    rest = [counted(len(found) - most, "other") + " by less"] if len(found) > max(most, 2) else []
    return listed(told + rest)


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
