"""Finished runs in a file, one a line, so that a simulation that was ended goes on."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from banditctl.errors import UsageError
from banditctl.simulator.scenario import Scenario
from banditctl.simulator.watching import Run

_run = msgspec.json.Decoder(Run)


class Kept:
    """Runs of one scenario, behind a line that says which; more of them may be asked for another time.

    Raises UsageError where the file cannot be used, or holds what these runs are not to be mixed with.
    """

    def __init__(self, path: Path, scenario: Scenario) -> None:
        self._path = path
        self._about = msgspec.to_builtins(scenario.about())
        head = msgspec.json.encode(self._about) + b"\n"
        try:
            written = path.read_bytes() if path.exists() else b""
            # Whoever was killed may have left a line that was cut short.
            whole = written[: written.rfind(b"\n") + 1]
            if not whole and not head.startswith(written):
                raise self._strange(1)
            self.runs = self._read(whole.splitlines()) if whole else {}
            with path.open("ab") as file:
                file.truncate(len(whole))
                file.write(b"" if whole else head)
        except OSError as error:
            raise UsageError(f"{path} cannot keep runs: {error.strerror}") from error

    def add(self, run: Run) -> None:
        """Keep a run that has finished."""
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(run) + b"\n")
        except OSError as error:
            raise UsageError(f"{self._path} cannot keep runs: {error.strerror}") from error

    def _read(self, lines: Sequence[bytes]) -> dict[int, Run]:
        self._check(lines[0])
        runs = {}
        for number, line in enumerate(lines[1:], 2):
            try:
                run = _run.decode(line)
            except msgspec.DecodeError as error:
                raise self._strange(number) from error
            runs[run.number] = run
        return runs

    def _check(self, head: bytes) -> None:
        try:
            found = msgspec.json.decode(head, type=dict[str, object])
        except msgspec.DecodeError as error:
            raise self._strange(1) from error
        other = [name.partition("_")[0] for name, value in self._about.items() if found.get(name) != value]
        if other:
            raise UsageError(f"{self._path} keeps runs with another {' and '.join(other)}; name another file")

    def _strange(self, line: int) -> UsageError:
        return UsageError(f"{self._path}:{line}: this is no run of a simulation; name another file")
