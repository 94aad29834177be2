"""`banditctl get -w`: on a terminal the tables, drawn again every other second; on a pipe a line for each change."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from time import sleep
from typing import Any

from banditctl.cli.asking import Ask
from banditctl.cli.getting import COLUMNS, lines, looked, rows
from banditctl.cli.tables import table
from banditctl.errors import BanditctlError, NotFound

_EVERY_SECONDS = 2.0

View = dict[str, Any]


def watched(asking: AbstractContextManager[Ask], name: str | None, output: str) -> None:
    """Look until Ctrl-C. The first look must succeed; what goes wrong later is said, and it looks again."""
    # A shell that runs it in the background starts it with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(KeyboardInterrupt), asking as ask:
        if output == "table" and sys.stdout.isatty():
            _draw(_looks(ask, name))
        else:
            _print(_looks(ask, name), output)


def _looks(ask: Ask, name: str | None) -> Iterator[tuple[list[View], str]]:
    """What was seen last, and why it could not be seen again; empty where it could."""
    views, trouble = looked(ask, name), ""
    while True:
        yield views, trouble
        sleep(_EVERY_SECONDS)
        try:
            views, trouble = looked(ask, name), ""
        except NotFound:
            raise
        except BanditctlError as error:
            trouble = str(error)


def _draw(looks: Iterator[tuple[list[View], str]]) -> None:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False) as drawn:
        for views, trouble in looks:
            tables = [part for view in views for part in (table(view["experiment"], COLUMNS, rows(view)), *lines(view))]
            said = [Text(part) if isinstance(part, str) else part for part in tables]
            drawn.update(Group(*said, Text(trouble, style="bold red")), refresh=True)


def _print(looks: Iterator[tuple[list[View], str]], output: str) -> None:
    told: dict[str, object] = {}
    before = ""
    for views, trouble in looks:
        for view in views:
            now = (view["live"], view["orders"], view["decision"])
            if told.get(view["experiment"]) != now:
                told[view["experiment"]] = now
                print(json.dumps(view) if output == "json" else _line(view), flush=True)
        if trouble and trouble != before:
            print(trouble, file=sys.stderr, flush=True)
        before = trouble


def _line(view: View) -> str:
    shares = " ".join(f"{name} {share:.1%}" for name, share in (view["live"]["shares"] or {}).items())
    reason = view["decision"]["reason"] if view["decision"] else "no decision yet"
    return f"{view['at']} {view['experiment']}: {shares or 'no shares yet'}; {reason}"
