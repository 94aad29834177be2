"""The verbs: each parses, calls and prints; what they do lives elsewhere.

Rooms are imported inside the verbs, here and nowhere else, so that `--help` does not wait for numpy and boto3.
"""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from banditctl import __version__
from banditctl.cli.asking import URL, asked
from banditctl.cli.check import check, schema
from banditctl.cli.deciding import decide
from banditctl.cli.doctoring import doctor
from banditctl.cli.exits import Exit
from banditctl.cli.explaining import explain
from banditctl.cli.getting import get
from banditctl.cli.importing import import_
from banditctl.cli.keys import keys
from banditctl.cli.notifying import notify
from banditctl.cli.options import HOST, INSECURE, PORT, STORE, Host, Insecure, Notify, NotifySecret, Port, Store
from banditctl.cli.recalling import history
from banditctl.cli.replaying import replay
from banditctl.cli.simulating import simulate
from banditctl.cli.steering import pause, pin, promote, resume, rollback, unpin
from banditctl.errors import BanditctlError, NotFound, PolicyFileError, TermsChanged, UsageError

app = typer.Typer(
    no_args_is_help=True,
    # Plain help takes a third of the time.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(check)
app.command()(doctor)
app.command()(schema)
app.command()(decide)
app.command()(replay)
app.command()(get)
app.command()(explain)
app.command()(history)
app.command("import")(import_)
app.command()(simulate)
for _verb in (pause, resume, pin, unpin, promote, rollback):
    app.command()(_verb)
app.command()(notify)
app.add_typer(keys, name="keys")


_SETTINGS = Path("banditctl.yaml")


@app.callback()
def settings(context: typer.Context) -> None:
    """Moves the traffic of a SageMaker endpoint towards the variant that earns the most reward."""
    if _SETTINGS.exists():
        from banditctl.cli.settings import defaults

        commands = context.command.commands  # type: ignore[attr-defined]
        found = defaults(_SETTINGS, {verb: _options(command) for verb, command in commands.items()})
        # A verb that is a group of verbs hands its settings on to each of them.
        groups = {verb: dict.fromkeys(commands[verb].commands, found[verb]) for verb in found if _inner(commands[verb])}
        context.default_map = found | groups


def _inner(command: Any) -> list[Any]:
    """The verbs of a group of verbs."""
    return list(getattr(command, "commands", {}).values())


def _options(command: Any) -> list[str]:
    return list(dict.fromkeys(str(option.name) for one in (command, *_inner(command)) for option in one.params))


def main() -> None:
    """Run a verb; what went wrong is said on stderr, in sentences."""
    try:
        app()
    except (PolicyFileError, TermsChanged, UsageError) as error:
        sys.exit(_said(error, Exit.USAGE))
    except NotFound as error:
        sys.exit(_said(error, Exit.NOT_FOUND))
    except BanditctlError as error:
        sys.exit(_said(error, Exit.FAILED))


def _said(error: Exception, code: Exit) -> int:
    print(error, file=sys.stderr)
    return code


@app.command()
def run(
    policies: Annotated[
        list[Path] | None, typer.Argument(help="Policy files or folders of them; ./policies if left out.")
    ] = None,
    store: Store = STORE,
    host: Host = HOST,
    port: Port = PORT,
    insecure: Insecure = INSECURE,
    capacity: Annotated[
        int | None,
        typer.Option(
            envvar="BANDITCTL_CAPACITY", min=1, help="Events a second to take in; left out, as many as can be."
        ),
    ] = None,
    key_requests: Annotated[
        int | None,
        typer.Option(
            envvar="BANDITCTL_KEY_REQUESTS", min=1, help="Requests a second from each key; left out, as many as can be."
        ),
    ] = None,
    key_bytes: Annotated[
        int | None,
        typer.Option(
            envvar="BANDITCTL_KEY_BYTES", min=1, help="Bytes of bodies a second from each key; left out, likewise."
        ),
    ] = None,
    only: Annotated[
        Literal["intake", "control"] | None,
        typer.Option(envvar="BANDITCTL_ONLY", help="Take events and nothing else, or all but take events."),
    ] = None,
    notify: Notify = None,
    notify_secret: NotifySecret = None,
) -> None:
    """Run the daemon: take in events, learn, and move traffic until SIGTERM."""
    import uvloop

    from banditctl import app as daemon
    from banditctl.cli.logs import configure_logs
    from banditctl.quota import Quota

    configure_logs()
    settings = daemon.Settings(
        policies or [Path("policies")],
        store,
        host,
        port,
        insecure,
        capacity,
        intake=only != "control",
        control=only != "intake",
        quota=Quota(key_requests, key_bytes),
        notify=notify or (),
        notify_secret=notify_secret,
    )
    if store == "memory://":
        print("memory:// forgets everything when the daemon ends; embedded:PATH keeps it", file=sys.stderr)
    uvloop.run(daemon.run(settings, _tell))


@app.command()
def emulator(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 4566,
    creating: Annotated[
        str | None, typer.Option(help="How long an endpoint is Creating; 10s, if the scenario says nothing else.")
    ] = None,
    updating: Annotated[
        str | None, typer.Option(help="How long it is Updating after a change of weights; likewise 60s.")
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="YAML of endpoints to begin with, faults, and what others do.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="CSV of recorded answers: request_id, and p_VARIANT for each variant.")
    ] = None,
) -> None:
    """A local SageMaker for boto3 and the aws CLI: endpoints, weights, and requests routed by them."""
    import uvloop

    from banditctl.cli.emulating import emulate

    uvloop.run(emulate(host, port, creating, updating, scenario, answers, _tell))


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the policy file, the logs, the store and the picture.")] = Path(
        "banditctl-demo"
    ),
    serve: Annotated[bool, typer.Option(help="Keep everything running afterwards, until Ctrl-C.")] = False,
) -> None:
    """Watch four real models compete for 24,000 real flights, in about a minute and without AWS."""
    from banditctl.demo import play

    raise typer.Exit(play(out, serve=serve))


@app.command()
def health(url: Annotated[str, typer.Argument(envvar="BANDITCTL_URL", help="Where the daemon listens.")] = URL) -> None:
    """Ask a running daemon whether it is ready; exit code 1 if it is not."""
    print(asked(url, "/readyz", failing="is not ready").decode().strip())


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def _tell(address: str) -> None:
    """The one line of data that a server prints: where it listens."""
    print(address, flush=True)
