"""The benchmark itself, with next to no load: that it measures everything it names and leaves nothing behind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.servers import cpu_seconds
from support.redis_servers import wait_for

pytest.importorskip("fastapi", reason="the baseline needs it; `make bench` and `make test` install it")

pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(not Path("/proc/stat").exists(), reason="the benchmark counts and pins as Linux does"),
]
ROOT = Path(__file__).parent.parent


def test_the_benchmark_measures_everything_it_names(tmp_path):
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "TMPDIR": str(tmp_path / "temporary")}
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--json", str(tmp_path / "figures.json")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())["figures"]
    beliefs = {figure["load"] for figure in figures if figure["what"] == "ms/belief"}
    assert {load.split(",")[0] for load in beliefs} == {"Beta", "Gamma", "Student-t"}
    assert {figure["load"] for figure in figures} - beliefs == {
        "page, 10 variants, 100 decisions",
        "single, 64 connections",
        "single, 1 connection",
        "batches of 1000",
        "attributed batches",
        "memory, traffic",
        "memory, credits",
        "learning, traffic",
        "learning, credits",
        "banditctl --help",
        "banditctl explain",
    }
    assert all(figure["median"] > 0 for figure in figures if figure["what"] == "events/s")
    beside = {figure["beside"] for figure in figures if figure["other"]}
    ways = {"baseline; the long way", "baseline; the server alone"}
    assert beside == {"baseline", *ways, "single POSTs", "python -c pass"} | (
        {"redis-benchmark"} if shutil.which("redis-benchmark") else set()
    )
    assert list((tmp_path / "temporary").iterdir()) == []


def test_told_to_stop_the_benchmark_ends_what_it_started(tmp_path):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "TMPDIR": str(tmp_path)}
    # Long enough to be still at work when it is told, however busy the machine is.
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--only", "single", "--only", "batches", "--only", "one"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as benchmark:
        begun = Path(f"/proc/{benchmark.pid}/task/{benchmark.pid}/children")
        # The last one that is started, and has been at work for a moment.
        wait_for(lambda: [pid for pid in begun.read_text().split() if _serves_alone(pid)])
        children = begun.read_text().split()
        assert len(children) >= 5
        benchmark.terminate()
        assert benchmark.wait(30) == 1
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    assert list(tmp_path.iterdir()) == []


def _serves_alone(pid):
    try:
        return b"alone.py" in Path(f"/proc/{pid}/cmdline").read_bytes() and cpu_seconds(pid) > 0.05
    except OSError:  # one that only makes a key, and is done
        return False


def test_the_contest_of_policies_fills_its_page_and_writes_none_if_it_is_tiny():
    for library in ("mabwiser", "river"):
        pytest.importorskip(library, reason="it is played against; `make regret` installs it")
    page = ROOT / "docs/regret.md"
    before = page.read_text()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-m", "benchmarks.regret", "--tiny"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode in (0, 1), done.stderr
    headings = [line for line in before.splitlines() if line.startswith("#")]
    assert [line for line in done.stdout.splitlines() if line.startswith("#")] == headings
    assert page.read_text() == before
    assert {goal for goal in ("G5", "G6", "G7", "G8") if f"\n| {goal} |" in done.stdout} == {"G5", "G6", "G7", "G8"}
