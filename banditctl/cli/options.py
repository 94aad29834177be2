"""Options that several verbs have."""

from typing import Annotated, Literal

import typer

Store = Annotated[
    str,
    typer.Option(
        envvar="BANDITCTL_STORE",
        help="embedded:PATH, a server of its own; redis:// or rediss://HOST:PORT/0; or memory:// to try it out.",
    ),
]
STORE = "embedded:./.banditctl"

Output = Annotated[Literal["table", "json"], typer.Option("--output", "-o", help="One line each, or one document.")]
