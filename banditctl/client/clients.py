"""What applications hold: the verbs, and how to be sure that all was sent."""

import asyncio
import atexit
import os
from datetime import datetime
from time import monotonic
from typing import Self, SupportsFloat

from . import events
from .courier import Courier
from .outbox import Stats
from .transport import Transport

# How long the end of a process may wait for its last events, all clients together.
EXIT_SECONDS = 5.0


class Reporter:
    """The verbs. They put an event into a queue and come back: they wait for nobody, and no failure to deliver is
    raised from them. Only what is no event at all is: a value that is no number, a time without an offset.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        capacity: int = 100_000,
        linger: float = 0.1,
        timeout: float = 10.0,
    ) -> None:
        """Report to the daemon at `url`; raises ValueError for a URL or a key that cannot be one.

        At most `capacity` events wait. A batch goes out when it is full, or `linger` seconds after its first event;
        after `timeout` seconds of silence it is sent again.
        """

        def courier() -> Courier:
            return Courier(Transport(url, key, timeout), capacity, linger)

        self._new_courier = courier
        self._begin()
        _open.add(self)

    def expose(
        self,
        experiment: str,
        variant: str,
        inference_id: str,
        *,
        targeted: bool = False,
        time: datetime | None = None,
    ) -> None:
        """Report that `variant` served a request, now if no `time` is given.

        `targeted` if the request named its variant: it is kept out of evidence.
        """
        self._courier.put(events.exposure(experiment, variant, inference_id, targeted=targeted, time=time))

    def reward(
        self,
        experiment: str,
        value: SupportsFloat,
        inference_id: str | None = None,
        *,
        variant: str | None = None,
        metric: str | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        time: datetime | None = None,
    ) -> None:
        """Report what the request of `inference_id` earned, now if no `time` is given.

        With `trials: rewards` or `invocations` in the policy file it names its `variant` instead, and the time when it
        was served.
        Each call is a reward of its own unless an `id` says which one it is: under one id it counts once.
        """
        event = events.reward(experiment, value, inference_id, variant=variant, metric=metric, id=id, time=time)
        self._courier.put(event)

    @property
    def stats(self) -> Stats:
        """What became of the events that this process reported."""
        return self._courier.stats

    def _begin(self) -> None:
        self._courier = self._new_courier()

    def _close(self, timeout: float) -> bool:
        _open.discard(self)
        return self._courier.close(timeout)


class BanditClient(Reporter):
    """Reports in the background; safe to share between threads. Make one, and keep it as long as the process."""

    def flush(self, timeout: float = EXIT_SECONDS) -> bool:
        """Wait until all that was reported so far has been answered for; whether it was, within `timeout` seconds."""
        return self._courier.flush(timeout)

    def close(self, timeout: float = EXIT_SECONDS) -> bool:
        """Flush and stop; what is left after `timeout` seconds is dropped. Whether nothing was."""
        return self._close(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncBanditClient(Reporter):
    """The same for asyncio: `expose` and `reward` need no await, `flush` and `close` hold up no other task.

    It sends from the same thread, not from a task: a loop that is busy or has ended would hold events back, and
    http.client's TLS and parsing need no second implementation.
    """

    async def flush(self, timeout: float = EXIT_SECONDS) -> bool:  # noqa: ASYNC109 - as BanditClient has it
        """Wait until all that was reported so far has been answered for; whether it was, within `timeout` seconds."""
        return await asyncio.to_thread(self._courier.flush, timeout)

    async def close(self, timeout: float = EXIT_SECONDS) -> bool:  # noqa: ASYNC109 - as BanditClient has it
        """Flush and stop; what is left after `timeout` seconds is dropped. Whether nothing was."""
        return await asyncio.to_thread(self._close, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


# Those that are not closed: each is flushed at exit, and begins afresh in a forked child.
_open: set[Reporter] = set()


def _at_exit() -> None:
    deadline = monotonic() + EXIT_SECONDS
    for client in list(_open):
        client._close(max(0.0, deadline - monotonic()))  # noqa: SLF001 - its own module


def _after_fork() -> None:
    # The parent's thread, its connection and what waits in its queue stay the parent's.
    for client in _open:
        client._begin()  # noqa: SLF001 - its own module


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
