"""A table on stdout: as wide as the terminal, or as wide as whole names need where there is none."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

# Whoever reads it there wants whole names, not eighty columns.
_PIPED_WIDTH = 200


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[str] = ()) -> None:
    """Print `rows`, the first column and those of `words` to the left, the others to the right."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    console.print(table(title, columns, rows, words))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[str] = ()) -> Any:
    """The same, to be printed or drawn again and again."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        left = column == columns[0] or column in words
        made.add_column(column, justify="left" if left else "right", overflow="fold" if left else "ellipsis")
    for row in rows:
        made.add_row(*row)
    return made
