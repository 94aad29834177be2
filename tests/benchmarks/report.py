"""What was measured, beside what was asked for: a table for people, JSON for the rest."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table


class Target(msgspec.Struct, frozen=True):
    """A bound of the ratio, or of the value itself where there is nothing to compare it with."""

    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


class Figure(msgspec.Struct, frozen=True):
    """One line: ours and another's, each a value of every round, and the bound that they should keep."""

    server: str
    load: str
    what: str
    ours: Sequence[float]
    other: Sequence[float] = ()
    beside: str = ""
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios: what drifts from round to round drifts for both."""
        if not self.other:
            return None
        return median(ours / max(other, 1e-9) for ours, other in zip(self.ours, self.other, strict=True))

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        value = median(self.ours) if self.ratio is None else self.ratio
        return "PASS" if self.target.met(value) else "short"


def show(title: str, figures: Sequence[Figure]) -> None:
    table = Table(title=title, title_justify="left")
    for heading in ("server", "load", "figure"):
        table.add_column(heading)
    for heading in ("banditctl", "beside it", "ratio", "target"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for one in figures:
        other = f"{_written(median(one.other))} {one.beside}" if one.other else ""
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        bound = "" if one.target is None else str(one.target)
        table.add_row(one.server, one.load, one.what, _written(median(one.ours)), other, ratio, bound, one.verdict)
    Console(width=130).print(table)


def save(path: Path, title: str, figures: Sequence[Figure]) -> None:
    documents = [
        {**msgspec.to_builtins(one), "median": median(one.ours), "ratio": one.ratio, "verdict": one.verdict}
        for one in figures
    ]
    path.write_bytes(msgspec.json.format(msgspec.json.encode({"about": title, "figures": documents})))


def _written(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
