"""What a long simulation is: a pure function of a seed, played many times, and the bars that its figures must keep."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

Rows = list[Any]


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured; `bar` in words and whether it `holds`, None where it is only told."""

    what: str
    measured: str
    bar: str = ""
    holds: bool | None = None


@dataclass(frozen=True)
class Goal:
    """One world, played in `chunks` that know nothing of each other.

    `play` takes a chunk's number, from which it seeds, and answers rows that JSON can hold; other processes find it by
    its module and name. `sum_up` takes the rows of all chunks, in order. `setting` is the configuration in words: with
    another one, kept rows count no more.
    """

    name: str
    setting: str
    chunks: int
    play: Callable[[int], Rows]
    sum_up: Callable[[Rows], Sequence[Figure]]


def at_most(what: str, value: float, bar: float, form: str = ".4g") -> Figure:
    return Figure(what, f"{value:{form}}", f"≤ {bar:g}", holds=bool(value <= bar))


def at_least(what: str, value: float, bar: float, form: str = ".4g") -> Figure:
    return Figure(what, f"{value:{form}}", f"≥ {bar:g}", holds=bool(value >= bar))


def every_goal() -> Iterator[Goal]:
    """Those of each module here that is called goals_something, as its GOALS."""
    for path in sorted(Path(__file__).parent.glob("goals_*.py")):
        yield from import_module(f"simulations.{path.stem}").GOALS
