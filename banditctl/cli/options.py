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

Host = Annotated[str, typer.Option(envvar="BANDITCTL_HOST", help="The address to listen on.")]
HOST = "127.0.0.1"

Port = Annotated[int, typer.Option(envvar="BANDITCTL_PORT", min=0, max=65535, help="The port; 0 takes a free one.")]
PORT = 8080

Insecure = Annotated[
    bool, typer.Option(envvar="BANDITCTL_INSECURE", help="Listen to other machines though nobody has a key.")
]
INSECURE = False
