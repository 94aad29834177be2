"""`banditctl emulator`: the emulator on a socket, with the wall clock and lots of its own."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from banditctl.core.units import read_duration
from banditctl.emulator import Scenario, emulator, read_answers, read_scenario
from banditctl.errors import UsageError
from banditctl.serving import address, listen, serving, stop_signal


async def emulate(
    host: str,
    port: int,
    creating: str | None,
    updating: str | None,
    scenario: Path | None,
    answers: Path | None,
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGTERM; durations that are given count more than the scenario's own.

    Raises UsageError for durations, files or addresses that cannot be used, PolicyFileError for scenarios.
    """
    planned = read_scenario(scenario) if scenario else Scenario()
    try:
        planned = replace(
            planned,
            creating=read_duration(creating) if creating else planned.creating,
            updating=read_duration(updating) if updating else planned.updating,
        )
        web = emulator(
            planned,
            source=lambda: datetime.now(UTC),
            lots=random.Random(planned.seed),  # noqa: S311 - it routes requests, it keeps no secrets
            answers=read_answers(answers) if answers else None,
        )
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    listener = listen(host, port)
    async with serving(web, listener):
        ready(address(listener))
        await stop_signal()
