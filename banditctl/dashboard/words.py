"""How pages write shares, rewards, instants and spans of time."""

from datetime import datetime, timedelta

_ROUNDING = 1e-12
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def share(number: float) -> str:
    """A part of one, as a percentage."""
    return f"{number:.1%}"


def level(number: float) -> str:
    """The same of one that somebody chose: as short as it was written."""
    return f"{100 * number:g}%"


def count(number: float) -> str:
    """A number of things."""
    return f"{number:,.0f}"


def reward(number: float) -> str:
    """A reward or a difference of rewards, to four digits."""
    return f"{number:.4g}"


def gained(number: float) -> str:
    """The same with its sign; what only rounding has left is nothing."""
    return f"{0.0 if abs(number) < _ROUNDING else number:+.4g}"


def moment(at: datetime) -> str:
    """An instant in UTC, to the second."""
    return f"{at:%d %b %Y, %H:%M:%S} UTC"


def span(length: timedelta) -> str:
    """How long something takes, to two units."""
    seconds = length.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    parts = []
    rest = round(seconds)
    for unit, size in _UNITS:
        number, rest = divmod(rest, size)
        parts += [f"{number} {unit}"] * bool(number)
    return " ".join(parts[:2])
