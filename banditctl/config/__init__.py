"""Policy files: `policies/*.yaml` as experiments and the targets they steer; every mistake is told at once."""

from collections.abc import Iterable
from pathlib import Path

from banditctl.config.configured import Configured, clashes, read, settle, without
from banditctl.config.form import TargetOptions
from banditctl.config.schema import schema
from banditctl.config.sources import Sources, gather, gone
from banditctl.errors import PolicyFileError, Problem, UsageError

__all__ = [
    "Configured",
    "Sources",
    "TargetOptions",
    "examine",
    "gather",
    "gone",
    "load",
    "load_all",
    "read",
    "schema",
    "settle",
    "without",
]


def load(path: Path) -> Configured:
    """The experiment of one file; raises PolicyFileError with everything that is wrong with it.

    Raises UsageError where it is a folder of several.
    """
    first, *others = load_all([path])
    if others:
        names = ", ".join(one.experiment.name for one in (first, *others))
        raise UsageError(f"{path} holds {1 + len(others)} experiments ({names}): name the file of one")
    return first


def load_all(paths: Iterable[Path]) -> list[Configured]:
    """The experiments of files, and of folders of them; raises PolicyFileError with all that is wrong in any."""
    sound, problems = examine(paths)
    if problems:
        raise PolicyFileError(problems)
    return sound


def examine(paths: Iterable[Path]) -> tuple[list[Configured], list[Problem]]:
    """The experiments of the files that are sound, and all that is wrong with the others."""
    sources = {path: gather([path]) for path in paths}
    found, problems = read({file: source for files in sources.values() for file, source in files.items()})
    problems += [Problem(str(path), None, None, "", _EMPTY) for path, files in sources.items() if not files]
    problems += clashes(found)
    return without(found, problems), sorted(problems, key=lambda one: (one.file, one.line or 0, one.column or 0))


_EMPTY = "a folder without policy files; their names end in .yaml or .yml"
