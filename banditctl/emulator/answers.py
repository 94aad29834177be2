"""What the containers behind the variants answer: an echo, or what each variant answered on record."""

import csv
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from banditctl.emulator.errors import model_error

# (variant, body, content type) -> (body, content type); raises ServiceError.
Container = Callable[[str, bytes, str], tuple[bytes, str]]


def echo(_variant: str, body: bytes, content_type: str) -> tuple[bytes, str]:
    """Answer what was asked."""
    return body, content_type


@dataclass(frozen=True)
class Answers:
    """A container that answers from a record: each variant's answers by request id."""

    by_variant: Mapping[str, Mapping[str, str]] = field(repr=False)

    def __call__(self, variant: str, body: bytes, _content_type: str) -> tuple[bytes, str]:
        """The variant's answer, as text/csv, to the request whose id is the body."""
        request_id = body.decode(errors="replace").strip()
        answer = self.by_variant.get(variant, {}).get(request_id)
        if answer is None:
            raise model_error(HTTPStatus.NOT_FOUND, f"{variant} has no recorded answer to request {request_id!r}.")
        return answer.encode(), "text/csv"


def read_answers(path: Path) -> Answers:
    """Read a CSV file, gzipped if its name ends in .gz: `request_id`, and `p_<variant>` for each variant.

    An empty cell is no answer. Raises OSError if the file cannot be read, ValueError if it is no such file.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        record = csv.DictReader(file)
        names, rows = record.fieldnames or (), list(record)
    columns = {name.removeprefix("p_"): name for name in names if name.startswith("p_")}
    if not columns or "request_id" not in names:
        raise ValueError(f"{path} needs a column request_id and a column p_<variant> for each variant.")
    return Answers(
        {
            variant: {row["request_id"]: row[column] for row in rows if row[column]}
            for variant, column in columns.items()
        }
    )
