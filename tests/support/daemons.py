"""The real daemon and the real emulator as child processes, as a user would start them."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from support.redis_servers import RedisServer, free_port, redis_server, valkey_binary

from banditctl.demo.children import NO_AWS, Child, child
from banditctl.demo.stage import client, create_endpoint

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
        self._child: Child | None = None

    def start(self) -> None:
        self._child = self._running.enter_context(child(self._verb, self.log, AWS_ENDPOINT_URL=self._emulator))

    @property
    def pid(self) -> int:
        assert self._child
        return self._child.process.pid

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; answers the exit code."""
        assert self._child
        self._child.process.send_signal(number)
        code = self._child.process.wait(20)
        self.close()
        return code

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Start it, expecting that it ends by itself."""
        verb = [sys.executable, "-m", "banditctl", *self._verb]
        environment = {**os.environ, **NO_AWS, "AWS_ENDPOINT_URL": self._emulator}
        return subprocess.run(verb, env=environment, capture_output=True, text=True, timeout=30, check=False)

    def close(self) -> None:
        self._running.close()

    def post(self, body: object, content_type: str = "application/json"):
        """The status and the document answered to a body, which is sent as it is if it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1/events", data, {"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def get(self, path: str) -> str:
        return get(self.url + path)

    def view(self):
        """What it says of the experiment; None while it cannot."""
        try:
            return view(self.url, "flights")
        except (HTTPError, URLError, OSError):
            return None


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


@pytest.fixture
def emulator_address(tmp_path: Path) -> Iterator[str]:
    """An emulator as a child process, with an endpoint of four variants."""
    emulating = ["emulator", "--port", "0", "--creating", "50ms", "--updating", "200ms"]
    with child(emulating, tmp_path / "emulator.log") as emulator:
        sagemaker = client("sagemaker", emulator.address)
        create_endpoint(sagemaker)
        sagemaker.close()
        yield emulator.address


@pytest.fixture
def daemon(tmp_path: Path, server: RedisServer, emulator_address: str) -> Iterator[Daemon]:
    """A daemon that steers the emulated endpoint and keeps its evidence in `server`."""
    daemon = Daemon(tmp_path, emulator_address, "--store", server.url)
    daemon.start()
    yield daemon
    daemon.close()
