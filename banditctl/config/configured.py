"""What policy files configure: each by itself, and which of them cannot run side by side."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from typing import Any

from banditctl import documents
from banditctl.config.checking import check
from banditctl.config.form import FORM, PolicyFile, TargetOptions
from banditctl.config.sources import Source, Sources
from banditctl.core.experiment import Experiment
from banditctl.documents import Document, dotted
from banditctl.errors import PolicyFileError, Problem


@dataclass(frozen=True)
class Configured:
    """One policy file, read and checked."""

    document: Document
    experiment: Experiment
    target: TargetOptions

    @property
    def path(self) -> Path:
        """The file."""
        return self.document.file


def read(sources: Sources) -> tuple[list[Configured], list[Problem]]:
    """What each file configures, as far as it does, and what is wrong with any of them by itself."""
    found: list[Configured] = []
    problems: list[Problem] = []
    for file, source in sources.items():
        try:
            document = _document(file, source)
        except PolicyFileError as error:
            problems += error.problems
            continue
        form, refused = check(document)
        problems += refused
        found += [_configured(document, form)] if form else []
    return found, problems


def without(found: Iterable[Configured], problems: Iterable[Problem]) -> list[Configured]:
    """Those of the files that have no problem."""
    faulty = {problem.file for problem in problems}
    return [one for one in found if str(one.path) not in faulty]


def clashes(found: Sequence[Configured]) -> Iterator[Problem]:
    """Evidence is kept by name, and two controllers of one target would undo each other's work; who is first has it."""
    names: dict[str, Path] = {}
    targets: dict[TargetOptions, Path] = {}
    for one in found:
        owners = {
            "name": names.setdefault(one.experiment.name, one.path),
            "target": targets.setdefault(one.target, one.path),
        }
        for option, owner in owners.items():
            if owner != one.path:
                yield one.document.problem((option,), f"already taken by {owner}")


def settle(before: Sequence[Configured], wanted: Sequence[Configured]) -> tuple[list[Configured], list[Problem]]:
    """What may run of what is `wanted`, a file that clashes staying as it was `before`, and the clashes.

    What was there before is first to its name and its target, unless its own file gives them up.
    """
    digests = {one.path: one.experiment.digest for one in wanted}
    kept = [one for one in before if digests.get(one.path, one.experiment.digest) == one.experiment.digest]
    stay = {one.path for one in kept}
    agreed = [*kept, *(one for one in wanted if one.path not in stay)]
    clash = next(clashes(agreed), None)
    if clash is None:
        return agreed, []
    agreed, others = settle(before, [one for one in wanted if str(one.path) != clash.file])
    return agreed, [clash, *others]


def _document(file: Path, source: Source) -> Document:
    match source:
        case bytes():
            return documents.parse(file, source)
        case None:
            raise PolicyFileError([Problem(str(file), None, None, "", f"cannot be read: {os.strerror(ENOENT)}")])
        case problem:
            raise PolicyFileError([problem])


def _configured(document: Document, form: PolicyFile) -> Configured:
    written = FORM.dump_python(form, mode="json", exclude={"digest", "options"})
    told = {option.name: getattr(form, option.name) for option in fields(Experiment)}
    told |= {"digest": _digest(written), "options": dict(_flat(written))}
    return Configured(document, Experiment(**told), form.target)


def _digest(written: object) -> str:
    """Tells versions of a file apart by what they mean, defaults included, not by how they are written."""
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]


def _flat(written: dict[str, Any], *above: str) -> Iterator[tuple[str, str]]:
    """Every option by its path, as JSON."""
    for name, value in written.items():
        if isinstance(value, dict):
            yield from _flat(value, *above, name)
        else:
            yield dotted((*above, name)), json.dumps(value)
