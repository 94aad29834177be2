"""Requests with events, handed over to be gathered."""

import asyncio
import json
from functools import partial

from core.builders import exposure

from banditctl.intake.app import _settle
from banditctl.intake.receipts import Receipt


def events(names):
    return [exposure(name) for name in names]


async def kept(gathering, some):
    """How many of some events the store had already, once it has them; raises what kept it from that."""
    told = asyncio.get_running_loop().create_future()
    gathering.keep(some, Receipt(1, b"[]", partial(_settle, told)))
    counts = json.loads(await told)
    assert counts["accepted"] + counts["duplicates"] == len(some)
    return counts["duplicates"]


async def waiting(gathering, *requests):
    """A task for each request; all of them have handed over their events."""
    tasks = [asyncio.create_task(kept(gathering, events(names))) for names in requests]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks
