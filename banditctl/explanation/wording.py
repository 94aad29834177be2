"""How numbers stand in a sentence."""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite

_MOST_TOLD = 3


def part(share: float) -> str:
    """A probability or a share, close to a bound told apart from it."""
    return f"{100 * share:.4g}%"


def number(value: float) -> str:
    """A mean reward, or what is lost of one."""
    return f"{value:.4g}" if isfinite(value) else "unknown"


def between(interval: tuple[float, float]) -> str:
    """Two ends."""
    return f"{number(interval[0])} to {number(interval[1])}"


def clock(at: datetime, now: datetime) -> str:
    """An instant near another: the day is told where it is not the same."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def moves(changes: Iterable[tuple[str, float, float]]) -> str:
    """Shares before and after; of many variants those that change the most."""
    found = sorted(changes, key=lambda one: (-abs(one[2] - one[1]), -one[2]))
    told = [f"{name} from {before:.1%} to {after:.1%}" for name, before, after in found[:_MOST_TOLD]]
    rest = len(found) - len(told)
    return listed(told + ([f"{rest} {'other' if rest == 1 else 'others'} by less"] if rest else []))


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
