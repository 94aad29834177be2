"""`banditctl get -w`: on a pipe line by line, on a terminal drawn over, until Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for
from support.verbs import banditctl


class Watching:
    """`banditctl get -w`, and what it has printed so far."""

    def __init__(self, folder, *words: str, terminal: bool = False) -> None:
        self._printed, self._seen = folder / "printed", b""
        self._terminal, shown = pty.openpty() if terminal else (None, os.open(self._printed, os.O_CREAT | os.O_WRONLY))
        if terminal:
            os.set_blocking(self._terminal, False)
        verb = [sys.executable, "-m", "banditctl", "get", "-w", *words]
        self.process = subprocess.Popen(verb, stdout=shown, stderr=subprocess.PIPE)
        os.close(shown)

    @property
    def printed(self) -> str:
        if self._terminal is None:
            return self._printed.read_text()
        with suppress(OSError):  # nothing more for now, or it has ended
            while part := os.read(self._terminal, 65536):
                self._seen += part
        return self._seen.decode()

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        if self._terminal is not None:
            os.close(self._terminal)


@pytest.fixture
def watch(tmp_path):
    with ExitStack() as running:

        def begin(*words: str, terminal: bool = False) -> Watching:
            watching = Watching(tmp_path, *words, terminal=terminal)
            running.callback(watching.close)
            return watching

        yield begin


def test_watching_on_a_pipe_prints_a_line_for_each_change_until_told_to_stop(asked_daemon: Daemon, asked_ways, watch):
    wait_for(lambda: (view := asked_daemon.view()) and view["decision"])
    watching = watch("flights", *asked_ways[0])
    wait_for(lambda: watching.printed.count("\n") >= 2)
    assert watching.end() == 0
    first, second, *_ = watching.printed.splitlines()
    assert first != second
    assert "flights: gbm-rush 25.0% gbm-weather 25.0%" in first or "logit-schedule 25.0%" in first
    assert "Hold: the shares are as they should be" in first


def test_watching_outlives_the_daemon_and_goes_on_when_it_is_back(daemon: Daemon, ways, watch):
    wait_for(lambda: (view := daemon.view()) and view["decision"])
    watching = watch(*ways[0], "-o", "json")
    wait_for(lambda: watching.printed)
    daemon.stop()
    assert b"does not tell" in watching.process.stderr.readline()
    before = watching.printed
    daemon.start()
    wait_for(lambda: watching.printed != before)
    assert watching.end() == 0
    assert {json.loads(line)["experiment"] for line in watching.printed.splitlines()} == {"flights"}


def test_watching_on_a_terminal_draws_the_table_again_and_again(asked_daemon: Daemon, asked_ways, watch):
    wait_for(lambda: (view := asked_daemon.view()) and view["decision"])
    watching = watch("flights", *asked_ways[1], terminal=True)
    wait_for(lambda: watching.printed.count("flights") >= 2)
    assert watching.end() == 0
    assert "Traceback" not in watching.printed


def test_watching_what_is_not_there_ends_at_once(asked_daemon: Daemon, asked_ways):
    wait_for(asked_daemon.view)
    asked = banditctl("get", "trains", "-w", *asked_ways[0])
    assert (asked.returncode, asked.stdout) == (3, "")
