"""Many runs side by side, each in a process of its own."""

import os
import signal
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread

from banditctl.errors import BanditctlError
from banditctl.simulator.running import play
from banditctl.simulator.scenario import Scenario
from banditctl.simulator.watching import Run


def play_all(scenario: Scenario, numbers: Collection[int], jobs: int) -> Iterator[Run]:
    """The runs of these numbers as each finishes, in `jobs` processes; a single one is this process.

    Raises BanditctlError where a process was ended by somebody else.
    """
    if jobs == 1 or len(numbers) < 2:
        yield from (play(scenario, number) for number in numbers)
        return
    # A fork would copy the locks of whatever threads there are.
    with ProcessPoolExecutor(min(jobs, len(numbers)), get_context("spawn"), _begin) as pool:
        try:
            for finished in as_completed([pool.submit(play, scenario, number) for number in numbers]):
                yield finished.result()
        except BrokenProcessPool as error:
            raise BanditctlError("a process that played a run was ended from outside, or had no memory") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In each process: Ctrl-C is for the one that started it, and so is being killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    wait([parent.sentinel] if parent else [])
    os._exit(1)
