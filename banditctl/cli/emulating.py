"""`banditctl emulator`: the emulator on a socket, with the wall clock and lots of its own."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from banditctl.core.units import read_duration
from banditctl.emulator import emulator, read_answers
from banditctl.errors import UsageError
from banditctl.serving import address, listen, serving, stop_signal


async def emulate(
    host: str, port: int, creating: str, updating: str, answers: Path | None, ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM. Raises UsageError for durations, files or addresses that cannot be used."""
    try:
        web = emulator(
            clock=lambda: datetime.now(UTC),
            lots=random.Random(),  # noqa: S311 - it routes requests, it keeps no secrets
            creating=read_duration(creating),
            updating=read_duration(updating),
            answers=read_answers(answers) if answers else None,
        )
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    listener = listen(host, port)
    async with serving(web, listener):
        ready(address(listener))
        await stop_signal()
