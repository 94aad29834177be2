"""The real daemon and the real emulator as child processes, as a user would start them."""

import json
import random
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from support.emulated import Stage, built
from support.redis_servers import RedisServer, free_port, redis_server, valkey_binary
from support.verbs import Serving, banditctl, serving

from banditctl.demo.children import isolated
from banditctl.demo.stage import client, create_endpoint
from banditctl.emulator import Scenario, emulator

POLICY = """\
version: 1
name: flights
target: {kind: sagemaker, endpoint: flights-demo}
variants: [logit-schedule, gbm-weather, gbm-weather-cal, gbm-rush]
reward: {kind: bernoulli, window: 1h}
policy: {kind: thompson}
schedule: {every: 500ms, at_least: 200ms, burn_in: 500}
"""


class Daemon:
    """`banditctl run`, on one port through all its stops and starts."""

    def __init__(self, folder: Path, emulator: str, *options: str) -> None:
        self.policy = folder / "flights.yaml"
        self.policy.write_text(POLICY)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "daemon.log"
        self._verb = ["run", str(self.policy), "--port", str(self.port), *options]
        self._emulator = emulator
        self._running = ExitStack()
        self._child: Serving | None = None

    def start(self) -> None:
        self._child = self._running.enter_context(serving(self._verb, self.log, AWS_ENDPOINT_URL=self._emulator))

    @property
    def pid(self) -> int:
        assert self._child
        return self._child.process.pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; answers the exit code."""
        assert self._child
        self._child.process.send_signal(number)
        code = self._child.process.wait(20)
        self.close()
        return code

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Start it, expecting that it ends by itself."""
        return banditctl(*self._verb, env=isolated() | {"AWS_ENDPOINT_URL": self._emulator})

    def close(self) -> None:
        self._running.close()

    def post(self, body: object, content_type: str = "application/json"):
        """The status and the document answered to a body, which is sent as it is if it is bytes."""
        return post(self.url, body, content_type)

    def get(self, path: str) -> str:
        return get(self.url + path)

    def view(self):
        """What it says of the experiment; None while it cannot."""
        try:
            return view(self.url, "flights")
        except (HTTPError, URLError, OSError):
            return None


def post(url: str, body: object, content_type: str = "application/json"):
    """What the daemon at `url` answers to events: the status and the document."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/v1/events", data, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def view(url: str, experiment: str):
    """What the daemon at `url` says of an experiment."""
    return json.loads(get(f"{url}/v1/experiments/{experiment}"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Valkey of this test's own, to be killed if need be."""
    (tmp_path / "redis").mkdir()
    with redis_server(valkey_binary(), tmp_path / "redis") as server:
        yield server


def emulate(stage: Stage) -> str:
    """Puts on an emulator in real time, with an endpoint of four variants; answers its address."""
    scenario = Scenario(creating=timedelta(milliseconds=50), updating=timedelta(milliseconds=200))
    lots = random.Random(20260301)
    stage.app = emulator(scenario, source=lambda: datetime.now(UTC), lots=lots, answers=None)
    with closing(client("sagemaker", stage.url)) as sagemaker:
        create_endpoint(sagemaker)
    return stage.url


@pytest.fixture
def emulator_address(stage: Stage) -> str:
    """An emulator of this test's own."""
    return emulate(stage)


@contextmanager
def started(folder: Path, emulator: str, server: RedisServer) -> Iterator[Daemon]:
    """A daemon that steers the emulated endpoint and keeps its evidence in `server`."""
    with closing(Daemon(folder, emulator, "--store", server.url)) as daemon:
        daemon.start()
        yield daemon


@pytest.fixture
def daemon(tmp_path: Path, server: RedisServer, emulator_address: str) -> Iterator[Daemon]:
    """A daemon of this test's own, to be stopped if need be."""
    with started(tmp_path, emulator_address, server) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def asked_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The Valkey of `asked_daemon`."""
    with redis_server(valkey_binary(), tmp_path_factory.mktemp("asked_redis")) as server:
        yield server


@pytest.fixture(scope="module")
def asked_daemon(tmp_path_factory: pytest.TempPathFactory, asked_server: RedisServer) -> Iterator[Daemon]:
    """A daemon that the tests of a module share, because all they do is to ask it."""
    with built() as stage, started(tmp_path_factory.mktemp("asked"), emulate(stage), asked_server) as daemon:
        yield daemon
