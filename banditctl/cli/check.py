"""`banditctl check` and `banditctl schema`: what policy files say, and what they may say."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from banditctl.cli.exits import Exit
from banditctl.errors import Problem


def check(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.", show_default=False)],
    output: Annotated[
        Literal["table", "json"], typer.Option("--output", "-o", help="One line a file, or one document.")
    ] = "table",
) -> None:
    """Read policy files and say everything that is wrong with them; nothing is started and nothing is sent."""
    from banditctl.config import examine

    sound, problems = examine(paths)
    files = [
        {
            "file": str(one.path),
            "name": one.experiment.name,
            "variants": one.experiment.variants,
            "policy": one.experiment.policy.kind,
            "target": one.target.kind,
            "endpoint": one.target.endpoint,
        }
        for one in sound
    ]
    if output == "json":
        print(json.dumps({"files": files, "errors": [asdict(problem) for problem in problems]}, indent=2))
    else:
        _tell(files, problems)
    if problems:
        raise typer.Exit(Exit.USAGE if all(path.exists() for path in paths) else Exit.NOT_FOUND)


def schema(
    api: Annotated[bool, typer.Option("--api", help="Print the OpenAPI document of the HTTP API instead.")] = False,
) -> None:
    """Print the JSON Schema of policy files, by which editors complete and explain them."""
    if api:
        from banditctl.openapi import document as printed
    else:
        from banditctl.config import schema as printed

    print(json.dumps(printed(), indent=2))


def _tell(files: Sequence[dict[str, Any]], problems: Sequence[Problem]) -> None:
    for one in files:
        print("{file}: {name}: {policy} on {target} {endpoint}:".format(**one), ", ".join(one["variants"]))
    for problem in problems:
        print(problem, file=sys.stderr)
