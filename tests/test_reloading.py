"""Policy files that change while the real daemon runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.daemons import POLICY, get, view
from support.redis_servers import wait_for

from banditctl.demo.children import child


class Folder:
    """A folder of policy files and the daemon that runs it."""

    def __init__(self, path: Path, log: Path, url: str):
        self.path = path
        self.url = url
        self._log = log

    @property
    def log(self):
        return self._log.read_text()

    def names(self):
        return json.loads(get(f"{self.url}/v1/experiments"))["experiments"]

    def decision(self):
        return view(self.url, "flights")["decision"]

    def metric(self, line):
        return line in get(f"{self.url}/metrics").splitlines()


@contextmanager
def running(folder: Path, log: Path, emulator: str, store: str, *options: str) -> Iterator[Folder]:
    verb = ["run", str(folder), "--port", "0", "--store", store, *options]
    with child(verb, log, AWS_ENDPOINT_URL=emulator) as daemon:
        yield Folder(folder, log, daemon.address)


@pytest.fixture
def policies(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/flights.yaml").write_text(POLICY)
    return tmp_path / "policies"


@pytest.fixture
def daemon(policies, tmp_path, emulator_address, server) -> Iterator[Folder]:
    with running(policies, tmp_path / "daemon.log", emulator_address, server.url) as daemon:
        wait_for(lambda: daemon.metric('banditctl_policy_files_refused{experiment=""} 0.0') and daemon.decision())
        yield daemon


def replace(file: Path, text: str):
    """As editors write: beside it, and then over it."""
    beside = file.with_name("unsaved")
    beside.write_text(text)
    beside.rename(file)


def test_a_changed_file_is_taken_up_and_the_next_decision_tells_what_changed(daemon):
    before = daemon.decision()["digest"]
    replace(daemon.path / "flights.yaml", POLICY.replace("burn_in: 500", "burn_in: 700") + "limits: {step: 10%}\n")
    wait_for(lambda: daemon.decision()["digest"] != before)
    changed = next(
        one
        for one in reversed(json.loads(get(f"{daemon.url}/v1/experiments/flights/decisions?limit=500"))["decisions"])
        if one["digest"] != before
    )
    assert "; the policy file has another limits.step, schedule.burn_in; warming up" in changed["reason"]
    assert "0 of 700 trials" in changed["reason"]
    assert changed["change"] == {"before": before, "options": ["limits.step", "schedule.burn_in"]}
