"""What the demo puts on the terminal: a live table while it runs, and a summary at the end."""

from datetime import datetime
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

_BAR = 14

# The same order of variants gets the same colours in the table and in the picture.
COLOURS = ("#7f8c99", "#d08770", "#2e8b57", "#5b7db1")


def standing(view: dict[str, Any], date: datetime, served: int, flights: int) -> Group:
    """One frame: where each variant stands, and the last decision in its own words."""
    table = Table(title=f"{date:%d %B %Y} · {served:,} of {flights:,} flights", title_justify="left")
    table.add_column("variant", no_wrap=True)
    table.add_column("share", justify="right")
    table.add_column(min_width=_BAR)
    for heading in ("trials", "mean reward", "P(best)"):
        table.add_column(heading, justify="right", no_wrap=True)
    shares = view["live"]["shares"] or {}
    for variant, colour in zip(view["variants"], COLOURS, strict=False):
        believed, share = view["belief"][variant], shares.get(variant, 0.0)
        table.add_row(
            variant,
            f"{share:.1%}",
            Text("█" * round(share * _BAR), style=colour),
            f"{believed['trials']:,.0f}",
            f"{believed['mean']:.3f}",
            f"{believed['best']:.1%}",
        )
    decision = view["decision"]
    return Group(table, Text(decision["reason"] if decision else "Nothing decided yet.", style="italic"))


def summary(earned: int, flights: int, equal: float, best: tuple[str, float]) -> Table:
    """The mean reward beside what it could have been at worst and at best."""
    mean = earned / flights
    table = Table(title=f"Mean reward over {flights:,} flights", title_justify="left")
    table.add_column("")
    table.add_column("mean reward", justify="right")
    table.add_row("equal split", f"{equal:.4f}")
    table.add_row("banditctl", f"{mean:.4f}", style="bold")
    table.add_row(f"always {best[0]}, known only afterwards", f"{best[1]:.4f}")
    table.caption = f"{(mean - equal) / (best[1] - equal):.0%} of what there was to gain"
    return table
