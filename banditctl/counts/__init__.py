"""Counts as a person or another program writes them, read and checked: the evidence that one decision needs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from banditctl.core.allocation import Allocation
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Experiment
from banditctl.counts.checking import Complaint, closed, complaints
from banditctl.counts.form import WrittenCell, WrittenCounts, WrittenRewards, WrittenStratum
from banditctl.counts.writing import write
from banditctl.errors import Problem, UsageError

__all__ = ["Counts", "read", "write"]

_FORM = TypeAdapter(WrittenCounts)
_NAMES = [field.name for form in (WrittenCounts, WrittenStratum, WrittenCell, WrittenRewards) for field in fields(form)]


@dataclass(frozen=True)
class Counts:
    """Evidence, the allocation in force, and when they are told; what was received after `heard` may be missing."""

    evidence: Evidence
    live: Allocation
    at: datetime
    heard: datetime | None


def read(text: str, name: str, experiment: Experiment, at: datetime | None = None) -> Counts:
    """The counts that `text` has, told at `at`; left out, when they say.

    Where they do not say either, that is when the window of the last stratum has closed. Raises UsageError with a
    line for each mistake, which begins with `name` and a JSON pointer.
    """
    written = _written(text, name)
    told = at or written.at
    found = list(complaints(written, experiment, told))
    if found:
        raise _refused(name, found)
    strata = tuple(stratum.stratum for stratum in written.strata)
    live = Allocation(strata[-1].shares if written.live is None else written.live)
    heard = None if at else written.heard
    return Counts(Evidence(strata), live, told or closed(written.strata[-1], experiment), heard)


def _written(text: str, name: str) -> WrittenCounts:
    """The document as far as its form goes."""
    try:
        json.loads(text, object_pairs_hook=_once)
        return _FORM.validate_json(text)
    except json.JSONDecodeError as error:
        raise UsageError(str(Problem(name, error.lineno, error.colno, "", f"not JSON: {error.msg}"))) from error
    except ValidationError as refused:
        raise _refused(name, map(_sentence, refused.errors(include_url=False))) from refused
    except RecursionError as error:
        raise UsageError(f"{name}: nested too deeply to be counts") from error
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error


def _once(pairs: list[tuple[str, object]]) -> None:
    """Refuse an object that names something twice: nobody could say which of the two counts."""
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))}: named twice in one object; leave one out")


def _sentence(error: ErrorDetails) -> Complaint:
    trail = error["loc"]
    match error["type"]:
        case "unexpected_keyword_argument":
            close = get_close_matches(str(trail[-1]), _NAMES, n=1)
            return trail, f"unknown; did you mean {close[0]}?" if close else "unknown; leave it out"
        case "missing":
            return trail, "required"
        case _:
            said = error["msg"].removeprefix("Value error, ")
            return trail, said.replace("Input should", "must").replace("Object must", "must")


def _refused(name: str, complaints: Iterable[Complaint]) -> UsageError:
    return UsageError("\n".join(str(Problem(name, None, None, _pointer(trail), said)) for trail, said in complaints))


def _pointer(trail: tuple[str | int, ...]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in trail)
