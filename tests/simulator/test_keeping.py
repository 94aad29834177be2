"""Finished runs are kept, and a simulation that was ended goes on with them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from simulator.scenarios import POLICY, world
from support.redis_servers import wait_for
from typer.testing import CliRunner

from banditctl.cli import app
from banditctl.errors import UsageError
from banditctl.simulator.keeping import Kept
from banditctl.simulator.running import play

SCENARIO = world(hours=2, traffic=60)
RUNS = [play(SCENARIO, number) for number in range(3)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.jsonl"


def keep(path, runs=RUNS):
    kept = Kept(path, SCENARIO)
    for run in runs:
        kept.add(run)


def test_runs_come_back_as_they_were(path):
    keep(path)
    assert Kept(path, SCENARIO).runs == dict(enumerate(RUNS))


@pytest.mark.parametrize("cut", [1, 20, 400])
def test_a_line_that_was_cut_short_is_forgotten_and_the_file_goes_on(path, cut):
    keep(path)
    path.write_bytes(path.read_bytes()[:-cut])
    kept = Kept(path, SCENARIO)
    assert kept.runs == dict(enumerate(RUNS[:2]))
    kept.add(RUNS[2])
    assert Kept(path, SCENARIO).runs == dict(enumerate(RUNS))


def test_a_file_that_was_cut_in_its_first_line_begins_afresh(path):
    keep(path, [])
    path.write_bytes(path.read_bytes()[:-7])
    keep(path)
    assert len(Kept(path, SCENARIO).runs) == 3


def test_a_line_that_is_no_run_is_told_by_its_number(path):
    keep(path)
    path.write_text(path.read_text().replace('"number":1', '"number":one'))
    with pytest.raises(UsageError, match=rf"^{path}:3: this is no run of a simulation; name another file"):
        Kept(path, SCENARIO)


@pytest.mark.parametrize("found", ["notes", "notes\nand more\n", "[]\n", "\x00\xff"])
def test_a_file_of_something_else_is_left_as_it_is(path, found):
    path.write_text(found)
    with pytest.raises(UsageError, match=rf"^{path}:1: "):
        Kept(path, SCENARIO)
    assert path.read_text() == found


def test_runs_of_another_scenario_are_not_mixed_in(path):
    keep(path)
    with pytest.raises(UsageError, match="keeps runs with another world and traffic and seed; name another file"):
        Kept(path, world("day", hours=2, traffic=61, seed=2))


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot keep runs: Is a directory"):
        Kept(tmp_path, SCENARIO)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found as Linux tells them")
def test_killed_it_leaves_no_process_and_the_same_command_goes_on(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    Path("fares.yaml").write_text(POLICY)
    words = ["simulate", "fares.yaml", "--horizon", "30h", "--runs", "7", "-o", "json"]
    command = [sys.executable, "-m", "banditctl", *words, "--jobs", "2", "--keep", path.name]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as killed:
        wait_for(lambda: path.exists() and len(path.read_bytes()) > 2500)
        children = Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text().split()
        killed.send_signal(signal.SIGKILL)
    assert len(children) >= 2
    wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    kept = path.read_bytes()

    whole, again = (CliRunner().invoke(app, [*words, "--jobs", "1", *more]) for more in ([], ["--keep", path.name]))
    assert again.stdout == whole.stdout
    assert path.read_bytes().startswith(kept[: kept.rfind(b"\n")])
