"""Requests with events, handed over to be gathered."""

import asyncio

from core.builders import exposure


def events(names):
    return [exposure(name) for name in names]


async def waiting(gathering, *requests):
    """A task for each request; all of them have handed over their events."""
    tasks = [asyncio.create_task(gathering.keep(events(names))) for names in requests]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks
