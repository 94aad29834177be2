"""A progress bar on stderr, where that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(total: int, unit: str, *, transient: bool = False) -> Iterator[Callable[[int], None]]:
    """Answers how to say that so many of `total` are done; a transient bar is gone in the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (MofNCompleteColumn(), TextColumn(unit), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=transient) as shown:
        task = shown.add_task("", total=total)
        yield lambda done: shown.update(task, completed=done)
