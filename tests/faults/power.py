"""Power cuts for one server: the end of its append-only file that was not synced is gone."""

import asyncio
import os
import random
from pathlib import Path
from time import monotonic

_LOOK_SECONDS = 0.02


class PowerCuts:
    """Remembers how the file grew; what was written in the last `unsynced` seconds may not survive a cut."""

    def __init__(self, folder: Path, lots: random.Random, unsynced: float) -> None:
        self.cut_bytes = 0
        self._folder = folder
        self._lots = lots
        self._unsynced = unsynced
        self._sizes: list[tuple[float, Path, int]] = []

    async def watch(self) -> None:
        """Look at the file until cancelled."""
        while True:
            file = self._file()
            self._sizes.append((monotonic(), file, file.stat().st_size))
            await asyncio.sleep(_LOOK_SECONDS)

    def cut(self) -> None:
        """The server was killed just now: leave of its file what it was at a moment in those seconds."""
        synced, file = monotonic() - self._lots.uniform(0, self._unsynced), self._file()
        size = file.stat().st_size
        left = min((size for at, seen, size in self._sizes if at >= synced and seen == file), default=size)
        os.truncate(file, left)
        self.cut_bytes += size - left

    def _file(self) -> Path:
        return max(self._folder.rglob("*.incr.aof"), key=lambda path: path.stat().st_mtime)
