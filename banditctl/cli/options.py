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
    bool,
    typer.Option(
        envvar="BANDITCTL_INSECURE", help="Listen to other machines and answer to every name, though nobody has a key."
    ),
]
INSECURE = False

Notify = Annotated[
    list[str] | None,
    typer.Option(
        envvar="BANDITCTL_NOTIFY",
        metavar="URL",
        help="Whom to tell of what needs people: a webhook, or Slack's; may be repeated. Variable: spaces between.",
        show_default=False,
    ),
]

NotifySecret = Annotated[
    str | None,
    typer.Option(
        envvar="BANDITCTL_NOTIFY_SECRET",
        metavar="whsec_...",
        help="What webhooks are signed with; while it is changed, two with a space between.",
        show_default=False,
    ),
]
