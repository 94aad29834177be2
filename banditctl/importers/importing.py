"""One import: files in the order of their hours, a thousand events at a time, each line once however often it runs."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from banditctl.core.event import Event
from banditctl.core.experiment import Experiment
from banditctl.errors import StoreConflict
from banditctl.importers.reading import Reader, Reading, Refused
from banditctl.importers.sources import File, lines
from banditctl.stores import MOST_AT_ONCE, Store


@dataclass
class Counts:
    """What became of the files, and of their lines: earlier + accepted + duplicates + refused, blank ones aside."""

    files: int = 0
    refused_files: int = 0
    lines: int = 0
    earlier: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0


class Import:
    """Brings files into the store; `refuse` is told every sentence, `progress` the counts whenever they moved."""

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        clock: Callable[[], datetime],
        refuse: Callable[[str], None],
        progress: Callable[[Counts], None],
    ) -> None:
        self._store = store
        self._experiment = experiment
        self._clock = clock
        self._refuse = refuse
        self._progress = progress
        self.counts = Counts()

    async def run(self, files: Iterable[File], reader: Reader) -> Counts:
        """Import every file that `reader` can read.

        Raises StoreUnavailable, StoreConflict and SourceUnavailable, and may be cancelled: what was imported
        until then stays so, and the next run goes on behind it.
        """
        done = await self._store.imported(self._experiment.name)
        for reading, file in sorted(self._readable(files, reader), key=_in_order):
            with self._refusing(file):
                done[reading.name] = await self._take(reading, file, done.get(reading.name, 0))
                self.counts.files += 1
            self._progress(self.counts)
            _end_if_cancelled()
        return self.counts

    def _readable(self, files: Iterable[File], reader: Reader) -> Iterator[tuple[Reading, File]]:
        for file in files:
            with self._refusing(file):
                yield reader.reading(file.path), file

    async def _take(self, reading: Reading, file: File, done: int) -> int:
        """Import the lines after the first `done`; answers how many are done now."""
        with lines(file) as rows:
            events = self._events(reading, file, rows, done)
            while some := list(islice(events, MOST_AT_ONCE)):
                # Refused lines at the end stay open: one that was half written, or a whole file that was read
                # with the wrong arguments, is read again by the next run.
                after = some[-1][0]
                await self._keep(reading.name, done, after, [event for _, event in some])
                done = after
        return done

    def _events(self, reading: Reading, file: File, rows: Iterator[bytes], done: int) -> Iterator[tuple[int, Event]]:
        number = 0
        for number, line in enumerate(rows, 1):
            if line.isspace():
                continue
            self.counts.lines += 1
            if number <= done:
                self.counts.earlier += 1
                continue
            try:
                yield number, reading.event(line)
            except Refused as refused:
                self.counts.refused += 1
                pointer = f" {refused.pointer}:" if refused.pointer else ""
                self._refuse(f"{file.shown}:{number}:{pointer} {refused}")
        if number < done:
            raise Refused(f"has {number} lines, of which {done} were imported before; a file may only grow")

    async def _keep(self, name: str, before: int, after: int, events: list[Event]) -> None:
        experiment = self._experiment
        at = self._clock()
        repeated = await self._store.append_import(experiment.name, name, before, after, events, at, experiment.memory)
        if repeated is None:
            raise StoreConflict(f"{name} is being imported by somebody else as well; run the same command again")
        self.counts.accepted += len(events) - len(repeated)
        self.counts.duplicates += len(repeated)
        self._progress(self.counts)
        _end_if_cancelled()

    @contextmanager
    def _refusing(self, file: File) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            self.counts.refused_files += 1
            self._refuse(f"{file.shown}: {refused}")


def _end_if_cancelled() -> None:
    # A cancellation that comes while redis-py reads an answer is lost there, and files are read without awaiting.
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def _in_order(readable: tuple[Reading, File]) -> tuple[datetime, str]:
    reading, _ = readable
    return reading.hour, reading.name
