"""An import that is killed at any moment and repeated leaves what an undisturbed one leaves."""

import os
import random
import signal
import subprocess
import sys

import msgspec
import pytest
import redis
from support.captured import POLICY, capture_files
from support.redis_servers import wait_for

from banditctl.demo.children import isolated

_FILES, _LINES = 12, 2000


class Importer:
    """`banditctl import` as a child process, and what it has left in the server."""

    def __init__(self, folder, server):
        self._verb = [sys.executable, "-m", "banditctl", "import", "capture", "captured", "flights.yaml"]
        self._verb += ["--store", server.url]
        self._folder = folder
        self._client = redis.Redis(port=server.port)

    def start(self):
        environment = isolated() | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return subprocess.Popen(
            self._verb, cwd=self._folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def lines(self):
        """How many lines the ledger says are done."""
        return sum(map(int, self._client.hvals("banditctl:{flights}:imports")))

    def left(self):
        """Every event in its order, and the ledger."""
        entries = self._client.xrange("banditctl:{flights}:events")
        rows = [row for _, fields in entries for row in msgspec.msgpack.decode(fields[b"rows"])]
        return rows, self._client.hgetall("banditctl:{flights}:imports")

    def close(self):
        self._client.close()


@pytest.fixture
def importer(tmp_path, valkey):
    valkey.empty()
    (tmp_path / "flights.yaml").write_text(POLICY)
    capture_files(tmp_path / "captured", _FILES, _LINES)
    importer = Importer(tmp_path, valkey)
    yield importer
    importer.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_ended_half_way_and_repeated_equals_an_undisturbed_one(importer, valkey, number):
    lots = random.Random(20261120)
    lines = 2 * _FILES * _LINES
    ends = []
    for share in (0, 0.25):
        reached = round(lines * (share + 0.1 * lots.random()))
        with importer.start() as running:
            wait_for(lambda: importer.lines() > reached)  # noqa: B023 - called in this very round
            running.send_signal(number)
            _, told = running.communicate(timeout=20)
            assert running.returncode == (-number if number == signal.SIGKILL else 1)
            assert number == signal.SIGKILL or "stopped; run the same command again to go on" in told
        ends.append(importer.lines())
    assert ends == sorted(ends)
    assert ends[-1] < lines
    for _ in range(2):
        with importer.start() as running:
            running.communicate(timeout=30)
            assert running.returncode == 0
    disturbed = importer.left()
    assert len(disturbed[0]) == lines
    valkey.empty()
    with importer.start() as running:
        running.communicate(timeout=30)
    assert importer.left() == disturbed
