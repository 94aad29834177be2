"""Options that several verbs have."""

from typing import Annotated, Literal

import typer

Store = Annotated[
    str,
    typer.Option(
        envvar="BANDITCTL_STORE",
        help="redis://HOST:PORT/0, rediss://HOST:PORT/0, or memory:// to try it out.",
    ),
]
STORE = "redis://127.0.0.1:6379/0"

Output = Annotated[Literal["table", "json"], typer.Option("--output", "-o", help="One line each, or one document.")]
