"""A table on stdout: as wide as the terminal, or as wide as whole names need where there is none."""

from collections.abc import Iterable, Sequence

# Whoever reads it there wants whole names, not eighty columns.
_PIPED_WIDTH = 200


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print `rows`, the first column to the left and the others to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    first, *others = columns
    table.add_column(first, overflow="fold")
    for column in others:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    console.print(table)
