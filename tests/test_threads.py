"""Work in a thread that may be left behind."""

import subprocess
import sys

import pytest

from banditctl.threads import aside

HANGING = """
import asyncio, threading
from banditctl.threads import aside

async def give_up():
    try:
        await asyncio.wait_for(aside(threading.Event().wait), 0.01)
    except TimeoutError:
        print("given up")

asyncio.run(give_up())
"""


async def test_what_it_comes_to_is_answered_and_what_it_raises_is_raised():
    assert await aside(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 / 0)


def test_a_process_ends_though_its_work_hangs():
    ended = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("given up\n", "")
