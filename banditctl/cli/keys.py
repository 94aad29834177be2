"""`banditctl keys`: make, revoke and list the keys by which applications and people are known."""

import json
import sys
from typing import Annotated

import typer

from banditctl.cli.awaiting import run
from banditctl.cli.options import STORE, Output, Store
from banditctl.errors import UsageError

keys = typer.Typer(no_args_is_help=True, help="Make, revoke and list the keys that the daemon asks for.")


@keys.command()
def new(
    client: Annotated[str, typer.Argument(help="Whose key it is: an application, a person.", show_default=False)],
    scope: Annotated[
        list[str],
        typer.Option(help="ingest posts events, read reads, admin does everything; may be repeated."),
    ],
    store: Store = STORE,
) -> None:
    """Make a key and print it, this once; a client may have two."""
    from banditctl.cli import keyring
    from banditctl.credentials import Scope, digest, short

    if unknown := [one for one in scope if one not in list(Scope)]:
        raise UsageError(f"--scope {unknown[0]!r} is not one of {', '.join(repr(str(one)) for one in Scope)}")
    key = run(keyring.grant(store, client, [Scope(one) for one in scope]))
    print(key)
    print(f"key {short(digest(key))} of {client}: it is not shown again, nor kept", file=sys.stderr)


@keys.command()
def revoke(
    client: Annotated[str, typer.Argument(help="Whose key.", show_default=False)],
    key: Annotated[
        str, typer.Option(metavar="ID", help="Its id, as `keys list` shows it; every key of the client if left out.")
    ] = "",
    store: Store = STORE,
) -> None:
    """Revoke keys and print their ids; daemons refuse them within seconds."""
    from banditctl.cli import keyring
    from banditctl.credentials import short

    for name in run(keyring.revoke(store, client, key)):
        print(short(name))


@keys.command("list")
def listed(store: Store = STORE, output: Output = "table") -> None:
    """List every key: its client, id, scopes and when it was made."""
    from banditctl.cli import keyring
    from banditctl.credentials import short

    rows = [
        {"client": one.client, "id": short(name), "scopes": list(one.scopes), "created": one.created.isoformat()}
        for name, one in run(keyring.listing(store))
    ]
    if output == "json":
        print(json.dumps({"keys": rows}, indent=2))
    else:
        for row in rows:
            print(row["client"], row["id"], ",".join(row["scopes"]), row["created"])
