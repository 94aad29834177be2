"""Policy files as they stand on disk: which there are, and what is in each of them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG

from banditctl.errors import Problem

# What is in a file; why it cannot be read; None where nothing is.
Source = bytes | Problem | None
Sources = Mapping[Path, Source]

# No policy file is a hundredth as long, and a long one would be read again at every look.
_LONGEST = 256 * 1024


def gather(paths: Iterable[Path]) -> Sources:
    """What is in the files of `paths`; a folder stands for its YAML files, and for itself where it cannot be read."""
    return {file: source for path in paths for file, source in _below(path).items()}


def gone(path: Path, sources: Sources) -> bool:
    """Whether a file that was among the `sources` has been removed. A folder that is away says nothing of its files."""
    return sources[path] is None if path in sources else path.parent not in sources


def _below(path: Path) -> Sources:
    try:
        # Editors keep unsaved work in hidden files, and a ConfigMap its former versions in hidden folders.
        found = [file for file in path.iterdir() if file.suffix in {".yaml", ".yml"} and not file.name.startswith(".")]
    except NotADirectoryError:
        return {path: _source(path)}
    except OSError as error:
        # A link that leads nowhere, or the folder of a file being away, is no removal.
        removed = isinstance(error, FileNotFoundError) and path.parent.is_dir() and not path.is_symlink()
        return {path: None if removed else _unreadable(path, error)}
    return {file: _source(file) for file in sorted(found)}


def _source(file: Path) -> Source:
    try:
        # To open a pipe would wait for whoever writes into it, and no signal ends that.
        if not S_ISREG(file.stat().st_mode):
            return Problem(str(file), None, None, "", "cannot be read: not a file")
        with file.open("rb") as opened:
            content = opened.read(_LONGEST + 1)
    except OSError as error:
        return _unreadable(file, error)
    if len(content) > _LONGEST:
        return Problem(str(file), None, None, "", f"longer than {_LONGEST // 1024} KiB; no policy file is")
    return content


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(str(path), None, None, "", f"cannot be read: {error.strerror}")
