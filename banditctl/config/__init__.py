"""Policy files: `policies/*.yaml` as experiments and the targets they steer; every mistake is told at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path

from banditctl import documents
from banditctl.config.checking import check
from banditctl.config.form import FORM, PolicyFile, TargetOptions
from banditctl.config.schema import schema
from banditctl.core.experiment import Experiment
from banditctl.documents import Document
from banditctl.errors import PolicyFileError, Problem

__all__ = ["Configured", "TargetOptions", "examine", "load", "load_all", "schema"]


@dataclass(frozen=True)
class Configured:
    """One policy file, read and checked."""

    path: Path
    experiment: Experiment
    target: TargetOptions


def load(path: Path) -> Configured:
    """The experiment of one file; raises PolicyFileError with everything that is wrong with it."""
    (configured,) = load_all([path])
    return configured


def load_all(paths: Iterable[Path]) -> list[Configured]:
    """The experiments of files, and of folders of them; raises PolicyFileError with all that is wrong in any."""
    sound, problems = examine(paths)
    if problems:
        raise PolicyFileError(problems)
    return sound


def examine(paths: Iterable[Path]) -> tuple[list[Configured], list[Problem]]:
    """The experiments of the files that are sound, and all that is wrong with the others."""
    forms: list[tuple[Document, PolicyFile]] = []
    problems: list[Problem] = []
    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        try:
            document = _read(file)
        except PolicyFileError as error:
            problems += error.problems
            continue
        form, found = check(document)
        problems += found
        forms += [(document, form)] if form else []
    problems += _clashes(forms)
    faulty = {problem.file for problem in problems}
    sound = [_configured(document, form) for document, form in forms if str(document.file) not in faulty]
    return sound, sorted(problems, key=lambda found: (found.file, found.line or 0, found.column or 0))


def _files(path: Path) -> list[Path]:
    """A folder stands for its YAML files; one without any for itself, to be complained about."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"}) or [path]


def _read(file: Path) -> Document:
    if file.is_dir():
        detail = "a folder without policy files; their names end in .yaml or .yml"
        raise PolicyFileError([Problem(str(file), None, None, "", detail)])
    return documents.read(file)


def _clashes(forms: list[tuple[Document, PolicyFile]]) -> Iterator[Problem]:
    """Evidence is kept by name, and two controllers of one target would undo each other's work."""
    for option in ("name", "target"):
        taken: dict[object, Path] = {}
        for document, form in forms:
            owner = taken.setdefault(getattr(form, option), document.file)
            if owner != document.file:
                yield document.problem((option,), f"already taken by {owner}")


def _configured(document: Document, form: PolicyFile) -> Configured:
    options = {option.name: getattr(form, option.name) for option in fields(Experiment)}
    return Configured(document.file, Experiment(**options | {"digest": _digest(form)}), form.target)


def _digest(form: PolicyFile) -> str:
    """Tells versions of a file apart by what they mean, defaults included, not by how they are written."""
    canonical = json.dumps(FORM.dump_python(form, mode="json"), sort_keys=True)
    return sha256(canonical.encode()).hexdigest()[:16]
