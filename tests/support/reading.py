"""Somebody who plays a page: saves its files, types its commands, and compares what it shows with what they answer."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile

from support.redis_servers import wait_for
from support.verbs import Serving, banditctl, begin, serving

from banditctl.demo.children import isolated

_PATIENCE_SECONDS = 60
_NUMBER = r"[-+]?\d(?:[\d,.]*\d)?(?:e[-+]\d+)?"
_LOOSE = re.compile(rf"(…|\(anna\)|{_NUMBER})")
# Who starts the tests in the background starts them with SIGINT ignored, and a script inherits that.
_SCRIPT = """\
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_path(sys.argv[1])
"""


def shape(line: str) -> str:
    """The pattern of a line that a page shows: other numbers and another user than anna do, and … is anything."""
    loose = {"…": ".*", "(anna)": r"\(\S+\)"}
    parts = _LOOSE.split(" ".join(line.split()))
    return "".join(loose.get(part, _NUMBER) if place % 2 else re.escape(part) for place, part in enumerate(parts))


class Reader:
    """One reader, in a folder of their own; `after` has what they wait for once a line is typed."""

    def __init__(self, folder: Path, settings: Mapping[str, str], after: Mapping[str, Callable[[], object]]) -> None:
        self.said: dict[str, str] = {}
        self.differs: list[tuple[str, str]] = []
        self.compared = 0
        self._folder, self._after = folder, after
        self._environment = isolated() | settings
        self._serving: dict[str, Serving] = {}
        self._scripts: list[subprocess.Popen[bytes]] = []
        self._ending = ExitStack()
        self._latest = ""
        activate = folder / ".venv/bin/activate"
        activate.parent.mkdir(parents=True)
        activate.write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')

    def meets(self, language: str, block: str) -> None:
        """Do with a block what it is there for."""
        if named := re.match(r"# ([\w./]+)\n", block):
            self._saves(named[1], block)
        elif language == "yaml":
            self._changes_the_last_line(block)
        elif language == "text":
            self._compares(block)
        elif re.search(r"^(?:banditctl|python) ", block, re.MULTILINE):
            for line in block.splitlines():
                self._types(line)
                wait_for(self._after.get(line, lambda: True), _PATIENCE_SECONDS)
        else:
            self._answered(block.strip(), self._shell(block))

    def interrupts(self, verb: str) -> int:
        """Ctrl-C; answers the exit code."""
        process = self._serving[verb].process
        process.send_signal(signal.SIGINT)
        return process.wait()

    def interrupts_script(self) -> int:
        """The same for the script that runs."""
        script = self._scripts.pop()
        script.send_signal(signal.SIGINT)
        return script.wait(20)

    def close(self) -> None:
        for script in self._scripts:
            script.kill()
            script.wait()
        self._ending.close()

    def _saves(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)
        if name.endswith(".sh"):
            told = self._shell(f". ./{name}; env -0")
            self._environment = dict(one.split("=", 1) for one in told.split("\0") if one)

    def _changes_the_last_line(self, text: str) -> None:
        (policy,) = (self._folder / "policies").iterdir()
        *kept, _ = policy.read_text().splitlines(keepends=True)
        policy.write_text("".join([*kept, text]))

    def _compares(self, block: str) -> None:
        told = " ".join(self._latest.split())
        for line in block.splitlines():
            self.compared += 1
            if not re.search(shape(line), told):
                self.differs.append((line, told))

    def _types(self, line: str) -> None:
        match shlex.split(line):
            case ["banditctl", "emulator" | "run", *_] as words:
                self._serves(words[1:])
            case ["banditctl", *words] if words[-1] == "-w":
                self._answered(line, self._watches(words, self._after[line]))
            case ["banditctl", *words]:
                self._answered(line, self._asks(words))
            case ["python", script]:
                typed = [sys.executable, "-c", _SCRIPT, script]
                self._scripts.append(subprocess.Popen(typed, cwd=self._folder, env=self._environment))
            case _:
                self._answered(line, self._shell(line))

    def _serves(self, words: list[str]) -> None:
        told = {name: value for name, value in self._environment.items() if os.environ.get(name) != value}
        served = serving(words, self._folder / f"{words[0]}.log", **told)
        self._serving[words[0]] = self._ending.enter_context(served)

    def _asks(self, words: list[str]) -> str:
        done = banditctl(*words, env=self._environment, cwd=self._folder)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def _watches(self, words: list[str], enough: Callable[[], object]) -> str:
        """What is seen until there was enough and Ctrl-C is pressed."""
        with Path(os.devnull).open() as nothing, TemporaryFile("w+") as out:
            verb = begin(words, nothing.fileno(), out.fileno(), out.fileno(), self._environment, self._folder)
            try:
                wait_for(enough, _PATIENCE_SECONDS)
                verb.send_signal(signal.SIGINT)
                assert verb.wait() == 0
            finally:
                verb.end()
            out.seek(0)
            return out.read()

    def _shell(self, text: str) -> str:
        typed = ["/bin/bash", "-ec", text]
        done = subprocess.run(
            typed, cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (text, done.stderr)
        return done.stdout

    def _answered(self, line: str, told: str) -> None:
        self._latest = self.said[line] = told
