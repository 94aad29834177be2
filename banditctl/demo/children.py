"""banditctl's own servers as child processes: started on a free port, ended by process id."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from banditctl.errors import BanditctlError

# Whoever starts one may have real credentials and a proxy; these make sure that neither is ever used.
NO_AWS = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Child:
    """A server that answers at `address`."""

    process: subprocess.Popen[str]
    address: str


def isolated() -> dict[str, str]:
    """The environment of this process, without anything that leads to AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | NO_AWS


@contextmanager
def child(verb: Sequence[str], log: Path, **environment: str) -> Iterator[Child]:
    """Run a verb that serves until the block ends; what it logs is added to `log`.

    Raises BanditctlError if it ends before it says where it listens.
    """
    process = _start(verb, log, environment)
    assert process.stdout  # noqa: S101 - asked for below
    with process.stdout as said:
        try:
            address = said.readline().strip()
            if not address:
                raise BanditctlError(f"banditctl {verb[0]} did not start; see {log}")
            yield Child(process, address)
        finally:
            _end(process)


def _start(verb: Sequence[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    with log.open("ab") as written:
        return subprocess.Popen(
            [sys.executable, "-m", "banditctl", *verb],
            stdout=subprocess.PIPE,
            stderr=written,
            env=isolated() | environment,
            text=True,
        )


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
