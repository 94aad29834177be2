"""`banditctl doctor`: one line for each thing the daemon needs, and what to do where one is not well."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from banditctl.cli.awaiting import run
from banditctl.cli.exits import Exit
from banditctl.cli.options import HOST, INSECURE, PORT, STORE, Host, Insecure, Output, Port, Store
from banditctl.errors import UsageError


def doctor(
    policies: Annotated[
        list[Path] | None, typer.Argument(help="Policy files or folders of them; ./policies if left out.")
    ] = None,
    store: Store = STORE,
    host: Host = HOST,
    port: Port = PORT,
    insecure: Insecure = INSECURE,
    output: Output = "table",
    probe: Annotated[
        str | None,
        typer.Option(help="An endpoint or a policy file: experiment on it instead, and put its weights back."),
    ] = None,
    all_zero: Annotated[
        bool, typer.Option("--all-zero", help="With --probe: also try weights that are all zero.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --probe: do not ask first.")] = False,
) -> None:
    """Look at all that `run` needs and say what is not well; nothing is changed. Give it what you give `run`."""
    from banditctl.cli.logs import configure_logs
    from banditctl.doctor import Circumstances

    if probe is not None:
        from banditctl.cli.probing import probed

        probed(probe, all_zero, yes, output)
        return
    if all_zero or yes:
        raise UsageError("--all-zero and --yes are for --probe")
    configure_logs()
    circumstances = Circumstances(policies or [Path("policies")], store, host, port, insecure)
    found = run(_told(circumstances, output))
    if output == "json":
        print(json.dumps({"checks": [_document(one) for one in found]}, indent=2))
    raise typer.Exit(_exit(found))


async def _told(circumstances: Any, output: str) -> list[Any]:
    """Every line, each shown as it comes where lines are what is asked for."""
    from banditctl.doctor import examined

    found = []
    async for one in examined(circumstances):
        found.append(one)
        if output == "table":
            _show(one)
    return found


def _show(one: Any) -> None:
    from rich.console import Console
    from rich.text import Text

    told = f"{one.about}: {one.check}: {one.detail}"
    line = Text(f"{one.outcome:<8}", style=_STYLES[one.outcome]).append(told, style="none")
    Console().print(line.append(f"; {one.remedy}" if one.remedy else "", style="bold"), soft_wrap=True)


_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


def _document(one: Any) -> dict[str, str]:
    return {name: getattr(one, name) for name in ("about", "check", "outcome", "detail", "remedy")}


def _exit(found: list[Any]) -> Exit:
    failures = [one for one in found if one.outcome == "failed"]
    if any(one.usage for one in failures):
        return Exit.USAGE
    return Exit.FAILED if failures else Exit.DONE
