"""How people write shares, durations and names, and what they mean; and the one kind of array there is."""

import re
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Annotated, TypeGuard

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray
from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

Array = NDArray[np.float64]

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

# Beyond it every duration is a slip of the pen, and far beyond it no date can be reckoned.
_LONGEST = 52 * _SECONDS["w"]

# Some of the longest durations before them, and after them, are dates still.
_YEARS = range(1900, 9901)


def read_duration(written: object) -> timedelta:
    """`90s`, `5m`, `6h`, `2d` as a time span; raises ValueError with the forms that are understood."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|[smhdw])", written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("a duration is a number and a unit: 500ms, 90s, 5m, 6h, 2d or 1w")
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > _LONGEST:
        raise ValueError("a duration is at most 52w")
    return timedelta(seconds=seconds)


def write_duration(span: timedelta) -> str:
    """As `read_duration` reads it, in the largest unit that leaves a whole number: `6h`, not `360m`."""
    whole = (unit for unit, seconds in reversed(_SECONDS.items()) if not span % timedelta(seconds=seconds))
    unit = next(whole, "ms")
    return f"{span / timedelta(seconds=_SECONDS[unit]):g}{unit}"


def utc(at: datetime) -> datetime:
    """The same instant in UTC; raises ValueError where the calendar has no room for what is reckoned from it."""
    if at.year not in _YEARS:
        raise ValueError(f"lies outside of the years {_YEARS[0]} to {_YEARS[-1]}")
    return at.astimezone(UTC)


def read_share(written: object) -> object:
    """`1%` as 0.01; a plain number passes through."""
    if isinstance(written, str) and (found := re.fullmatch(r"(\d+(?:\.\d+)?)%", written)):
        return float(found[1]) / 100
    if not _is_number(written):
        raise ValueError("a share is written 1% or 0.01")
    return written


def _is_number(written: object) -> TypeGuard[float]:
    return isinstance(written, int | float) and not isinstance(written, bool)


def read_rates(written: object) -> object:
    """A rate for all, or one for each of them by name; raises ValueError where any is no number above 0."""
    rates = list(written.values()) if isinstance(written, dict) else [written]
    if not rates or not all(_is_number(one) and 0 < one < inf for one in rates):
        raise ValueError("must be a number above 0, or one for each variant by name")
    return written


Duration = Annotated[
    timedelta,
    Gt(timedelta(0)),
    BeforeValidator(read_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|[smhdw])$", "examples": ["5m"]}),
]
Share = Annotated[
    float,
    Ge(0),
    Le(1),
    BeforeValidator(read_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^\d+(\.\d+)?%$"},
            ]
        }
    ),
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,62})$")]
Rates = Annotated[
    float | dict[str, float],
    BeforeValidator(read_rates),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}},
            ]
        }
    ),
]
