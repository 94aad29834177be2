"""The emulator's time: that of a source, further on by what it was advanced."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta


class Clock:
    """Tells aware UTC time. A source that stands still makes a clock that only `advance` moves."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self._source = source
        self._ahead = timedelta()
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        return self._held or self._source() + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by

    @contextmanager
    def hold(self, at: datetime) -> Iterator[None]:
        """Let what is done inside the block be done at that instant, however long ago it was due."""
        held, self._held = self._held, at
        try:
            yield
        finally:
            self._held = held
