"""Recorded requests: read from CSV, every line checked, in order of time."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import NamedTuple, TextIO

from banditctl.core.experiment import Experiment
from banditctl.core.units import utc
from banditctl.errors import NotFound, UsageError
from banditctl.replay.columns import EACH, Columns, is_number, recognised, unfit

# Whoever has made that many mistakes has made one of them everywhere.
_MOST_MISTAKES = 10

# Wald's intervals need two rows to say anything.
_LEAST_ROWS = 2

# Requests that hardly ever happen weigh as much as all others together, and in the end more than a float can hold.
_LEAST_LIKELY = 1e-9

_GZIP = b"\x1f\x8b"


class Row(NamedTuple):
    """One request, and what it earned: by every variant in the experiment's order, or by the one that served it.

    None is a reward that did not come. `variant` is which one served it, -1 for one that the experiment does not
    have, None where every variant's reward is known.
    """

    at: datetime
    arrival: datetime
    rewards: tuple[float | None, ...]
    variant: int | None = None
    propensity: float = 1.0


def read(file: Path, columns: Columns | None, where: Mapping[str, str], experiment: Experiment) -> list[Row]:
    """The rows of `file` whose cells are as `where` has them; `columns` None are found by the header.

    Raises NotFound, and UsageError with a line for each of the first ten mistakes.
    """
    with _opened(file) as text:
        table = csv.DictReader(text, strict=True)
        header = list(table.fieldnames or ())
        if not header:
            raise UsageError(f"{file}: is empty")
        try:
            columns = columns or recognised(header, experiment.variants)
        except UsageError as error:
            raise UsageError(f"{file}:1: {error}") from error
        unclear = [*unfit({**dict.fromkeys(columns.named(experiment.variants)), **where}, header)]
        if unclear:
            raise UsageError("\n".join(f"{file}:1: {sentence}" for sentence in unclear))
        rows = list(_sound(file, table, where, _Reader(columns, experiment)))
    _check_enough(file, rows, experiment)
    return sorted(rows, key=lambda row: row.at)


def worth(reward: float | None, experiment: Experiment) -> float:
    """What a request counts for: its reward, or the default if none came."""
    return (experiment.reward.default or 0.0) if reward is None else reward


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """The text of a file, which may be gzipped. Raises NotFound, and UsageError if it is no CSV."""
    try:
        with file.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
        opened = gzip.open if packed else open
        # Spreadsheets begin what they write with a mark.
        with opened(file, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    except FileNotFoundError as error:
        raise NotFound(f"{file}: there is no such file") from error
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _sound(file: Path, table: "csv.DictReader[str]", where: Mapping[str, str], reader: "_Reader") -> Iterator[Row]:
    """Each row as it is read; raises UsageError in the end if there were mistakes."""
    mistakes: list[str] = []
    for cells in table:
        if all(cells[column] == value for column, value in where.items()):
            try:
                yield reader.row(cells)
            except ValueError as error:
                mistakes.append(f"{file}:{table.line_num}: {error}")
        if len(mistakes) == _MOST_MISTAKES:
            mistakes.append(f"{file}: and there may be more after these {_MOST_MISTAKES}")
            break
    if mistakes:
        raise UsageError("\n".join(mistakes))


def _check_enough(file: Path, rows: list[Row], experiment: Experiment) -> None:
    """A variant that never served a request cannot be judged by those of others."""
    if len(rows) < _LEAST_ROWS:
        raise UsageError(f"{file}: {len(rows)} rows are left, of at least {_LEAST_ROWS}; see to --where")
    served = {row.variant for row in rows}
    absent = [name for number, name in enumerate(experiment.variants) if number not in served]
    if absent and None not in served:
        raise UsageError(f"{file}: no request was served by {', '.join(absent)}; only what was tried can be judged")


@dataclass(frozen=True)
class _Reader:
    """From cells to a row; raises ValueError with the column and a sentence."""

    columns: Columns
    experiment: Experiment

    def row(self, cells: Mapping[str, str | None]) -> Row:
        if None in cells.values() or None in cells:
            raise ValueError("has not as many cells as the header")
        at = _time(cells, self.columns.time)
        arrival = _time(cells, self.columns.arrival or self.columns.time)
        if arrival < at:
            raise ValueError(f"{self.columns.arrival}: the reward came before its request")
        if self.columns.variant is None:
            names = (self.columns.reward.replace(EACH, variant) for variant in self.experiment.variants)
            return Row(at, arrival, tuple(self._reward(cells, name) for name in names))
        reward, variant = self._reward(cells, self.columns.reward), cells[self.columns.variant]
        known = self.experiment.variants
        number = known.index(variant) if variant in known else -1
        return Row(at, arrival, (reward,), number, self._propensity(cells))

    def _reward(self, cells: Mapping[str, str | None], column: str) -> float | None:
        model = self.experiment.reward
        if not cells[column]:
            if model.default is None:
                raise ValueError(f"{column}: empty; write the reward, or name a default for it in the policy file")
            return None
        reward = _number(cells, column)
        if refusal := model.refusal(reward):
            raise ValueError(f"{column}: {refusal}")
        return reward

    def _propensity(self, cells: Mapping[str, str | None]) -> float:
        column = self.columns.propensity or ""
        propensity = float(column) if is_number(column) else _number(cells, column)
        if not _LEAST_LIKELY <= propensity <= 1:
            raise ValueError(f"{column}: a propensity is at least {_LEAST_LIKELY:g} and at most 1, not {propensity:g}")
        return propensity


def _number(cells: Mapping[str, str | None], column: str) -> float:
    if not is_number(cells[column] or "") or not isfinite(number := float(cells[column] or "")):
        raise ValueError(f"{column}: must be a finite number, not {cells[column]!r}")
    return number


def _time(cells: Mapping[str, str | None], column: str) -> datetime:
    """ISO 8601; one without a time zone is in UTC."""
    try:
        at = datetime.fromisoformat(cells[column] or "")
    except ValueError as error:
        raise ValueError(f"{column}: must be a time as 2026-11-20T10:00:00Z, not {cells[column]!r}") from error
    try:
        return utc(at.replace(tzinfo=UTC) if at.tzinfo is None else at)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from error
