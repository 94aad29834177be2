"""Shares over time: one area a variant, stacked, of steps; and where something was done or ordered."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from operator import itemgetter

from banditctl.dashboard.figures import HEIGHT, WIDTH
from banditctl.stores.told import Line

# Columns of the picture: each shows the shares at one instant, however many strata there were.
_COLUMNS = 250


@dataclass(frozen=True)
class Area:
    """What lies below the upper edge of one variant; the areas of those before it are drawn on top."""

    variant: str
    path: str


@dataclass(frozen=True)
class Mark:
    """What was done or ordered, at `x`."""

    x: int
    line: Line


@dataclass(frozen=True)
class Shares:
    """The picture, from `since` to `until`; areas in the order in which they are drawn."""

    since: datetime
    until: datetime
    first: Mapping[str, float]
    areas: list[Area]
    marks: list[Mark]

    @property
    def middle(self) -> datetime:
        """Half way through it."""
        return self.since + (self.until - self.since) / 2


def shares(
    course: Sequence[Line], deeds: Sequence[Line], variants: Sequence[str], now: Mapping[str, float], until: datetime
) -> Shares | None:
    """What was live from the first decision on, and is `now`; None before the endpoint has told any shares."""
    told = [(line.at, line.live) for line in course if line.live]
    if not told or not told[0][0] < until:
        return None
    since, first = told[0]
    span = until - since
    instants = [since + span * (column + 0.5) / _COLUMNS for column in range(_COLUMNS - 1)]
    rows = [told[bisect_right(told, at, key=itemgetter(0)) - 1][1] for at in instants]
    edges = [list(accumulate(row.get(name, 0.0) for name in variants)) for row in (*rows, now or rows[-1])]
    areas = [Area(name, _below([edge[number] for edge in edges])) for number, name in enumerate(variants)]
    marks = [Mark(round(WIDTH * ((line.at - since) / span)), line) for line in deeds if since <= line.at <= until]
    return Shares(since, until, first, areas[::-1], marks)


def _below(levels: Sequence[float]) -> str:
    """The area below steps of equal width, as a path; levels that stay the same make one step."""
    width = WIDTH / _COLUMNS
    steps = [round(HEIGHT * (1 - level)) for level in levels]
    turns = [column for column in range(1, _COLUMNS) if steps[column] != steps[column - 1]]
    path = "".join(f"H{column * width:g}V{steps[column]}" for column in turns)
    return f"M0 {HEIGHT}V{steps[0]}{path}H{WIDTH}V{HEIGHT}Z"
