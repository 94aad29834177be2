"""Work that may hang for ever, in a thread that holds up neither the loop nor the end of the process."""

from asyncio import wrap_future
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

_Came = TypeVar("_Came")


async def aside(work: Callable[[], _Came]) -> _Came:
    """What `work` comes to, or raises. asyncio's own threads are waited for at the end; this one is left behind."""
    came = Future[_Came]()
    # Whoever gives up waiting does not take it back.
    came.set_running_or_notify_cancel()

    def run() -> None:
        try:
            came.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            came.set_exception(error)

    Thread(target=run, daemon=True).start()
    return await wrap_future(came)
