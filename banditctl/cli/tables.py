"""A table on stdout: as wide as the terminal, or as wide as whole names need where there is none."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

# Whoever reads it there wants whole names, not eighty columns.
_PIPED_WIDTH = 200

# Names and times up to this long are not broken, whatever it costs the other columns.
_WHOLE = 20


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[str] = ()) -> None:
    """Print `rows` below their title, the first column and those of `words` to the left, the others to the right."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    console.print(table(title, columns, rows, words, apart=1 if console.is_terminal else 2))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[str] = (), apart: int = 1
) -> Any:
    """The same, to be printed or drawn again and again; columns are so many characters apart."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    whole = min(_WHOLE, max((len(row[0]) for row in rows), default=0))
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, apart - 1), collapse_padding=True)
    first, *others = columns
    made.add_column(first, overflow="fold", min_width=whole)
    for column in others:
        made.add_column(column, justify="left" if column in words else "right")
    for row in rows:
        made.add_row(*row)
    return Group(Text(title, style="bold"), made)
