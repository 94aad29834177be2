"""A flood of exposures: each of its connections sends as fast as it is answered, and waits for nothing."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from support.posting import Line, Posted, request

from banditctl.demo.flights import VARIANTS

# Stands in every id for the number of its batch, with as many digits.
_BATCH = b"00000000"

# All that is held may be written together, and is answered together.
_PATIENCE_SECONDS = 60


class Flood:
    """Connections that send `events` at once, the same ones until they are acknowledged."""

    def __init__(self, name: str, port: int, connections: int, events: int) -> None:
        self.acknowledged = 0
        self.answers: Counter[int] = Counter()
        self.refusals: set[str] = set()
        self.seconds = 0.0
        self._port = port
        self._connections = connections
        self._events = events
        self._batches = 0
        self._ending = False
        ids = [f"{name}-{_BATCH.decode()}-{number}" for number in range(events)]
        variants = [VARIANTS[number % len(VARIANTS)] for number in range(events)]
        common = {"type": "exposure", "experiment": "flights"}
        self._first = request(
            json.dumps([common | {"id": i, "variant": v} for i, v in zip(ids, variants, strict=True)]).encode()
        )

    @property
    def offered(self) -> float:
        """Events a second that were sent while it poured, acknowledged or not."""
        return self.answers.total() * self._events / self.seconds

    @asynccontextmanager
    async def pouring(self) -> AsyncIterator[None]:
        """It pours inside the block; after it all that was ever sent is acknowledged."""
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._connections):
                group.create_task(self._pour())
            yield
            self._ending, self.seconds = True, monotonic() - began

    async def _pour(self) -> None:
        line = Line(self._port, _PATIENCE_SECONDS)
        while not self._ending:
            self._batches += 1
            sent = self._first.replace(b"-%b-" % _BATCH, b"-%08d-" % self._batches)
            while not self._acknowledged(posted := await line.post(sent)):
                # Who no longer floods does as it is told.
                if self._ending:
                    await asyncio.sleep(float(posted.headers["retry-after"]))
        line.close()

    def _acknowledged(self, posted: Posted) -> bool:
        if not self._ending:
            self.answers[posted.status] += 1
        if posted.status != 202:
            assert posted.status == 503
            assert int(posted.headers["retry-after"]) >= 1
            self.refusals.add(posted.document["detail"])
            return False
        assert posted.document["accepted"] + posted.document["duplicates"] == self._events
        self.acknowledged += self._events
        return True


def peak_mebibytes(pid: int) -> float:
    """The most memory that a process has ever had at once, as the kernel counts it."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
