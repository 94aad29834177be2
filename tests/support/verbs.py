"""banditctl's verbs as processes of their own, forked from one that has imported everything already.

What they import takes each of them a second, and tests start hundreds. They are real processes otherwise: with their
own standard streams, signals and exit codes. What starting itself is like, `test_readme` and `test_start` see.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryFile

from banditctl.cli import main
from banditctl.demo.children import isolated

_PATIENCE_SECONDS = 30
_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["support.verbs", "banditctl.app", "banditctl.emulator", "banditctl.stores.redis.opening"]
)


def _run(words: Sequence[str], environment: Mapping[str, str], folder: str, streams: Sequence[Connection]) -> None:
    """The verb, in the process that was forked for it."""
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin = os.fdopen(0, closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["banditctl", *words]
    main()


class Verb:
    """A verb that runs; it has what of `subprocess.Popen` the tests use."""

    def __init__(self, process: BaseProcess, words: Sequence[str]) -> None:
        self._process = process
        self._words = words
        self._code: int | None = None

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        if self._code is None:
            self._code = self._process.exitcode
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, seconds: float = _PATIENCE_SECONDS) -> int:
        if self.poll() is None:
            self._process.join(seconds)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(["banditctl", *self._words], seconds)
        return code

    def end(self) -> None:
        """End it whatever it does."""
        self.send_signal(signal.SIGTERM)
        try:
            self.wait(15)
        except subprocess.TimeoutExpired:
            self.send_signal(signal.SIGKILL)
            self.wait()


@dataclass(frozen=True)
class Serving:
    """A verb that answers at `address`."""

    process: Verb
    address: str


def begin(
    words: Sequence[str], stdin: int, stdout: int, stderr: int, environment: Mapping[str, str], folder: Path | None
) -> Verb:
    """Start a verb; its standard streams are these, which stay the caller's to close."""
    streams = [Connection(os.dup(number)) for number in (stdin, stdout, stderr)]
    place = str(folder or Path.cwd())
    process = _FORKS.Process(target=_run, args=(words, dict(environment), place, streams))
    process.start()
    for stream in streams:
        stream.close()
    return Verb(process, words)


def banditctl(
    *words: str,
    input: str = "",  # noqa: A002 - as subprocess.run calls it
    stdin: int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    environment = {**(os.environ if env is None else env), "NO_COLOR": "1"}
    with TemporaryFile("w+") as typed, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        typed.write(input)
        typed.seek(0)
        streams = typed.fileno() if stdin is None else stdin, out.fileno(), err.fileno()
        verb = begin(words, *streams, environment, cwd)
        try:
            code = verb.wait()
        finally:
            verb.end()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(["banditctl", *words], code, out.read(), err.read())


@contextmanager
def serving(words: Sequence[str], log: Path, **environment: str) -> Iterator[Serving]:
    """Run a verb that serves until the block ends; what it logs is added to `log`."""
    heard, said = os.pipe()
    with Path(os.devnull).open() as nothing, log.open("ab") as written, os.fdopen(heard) as telling:
        verb = begin(words, nothing.fileno(), said, written.fileno(), isolated() | environment, None)
        os.close(said)
        try:
            address = telling.readline().strip()
            assert address, f"banditctl {words[0]} did not start; see {log}: {log.read_text()}"
            yield Serving(verb, address)
        finally:
            verb.end()
