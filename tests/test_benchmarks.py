"""The benchmark itself, with next to no load: that it measures everything it names and leaves nothing behind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_benchmark_measures_everything_it_names(tmp_path):
    pytest.importorskip("fastapi", reason="the baseline needs it; `make bench` and `make test` install it")
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "TMPDIR": str(tmp_path / "temporary")}
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--json", str(tmp_path / "figures.json")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert {figure["load"] for figure in figures} == {
        "single, 64 connections",
        "single, 1 connection",
        "batches of 1000",
        "attributed batches",
        "memory, traffic",
        "memory, credits",
        "learning, traffic",
        "learning, credits",
    }
    assert all(figure["median"] > 0 for figure in figures if figure["what"] == "events/s")
    beside = {figure["beside"] for figure in figures if figure["other"]}
    assert beside == {"baseline", "single POSTs"} | ({"redis-benchmark"} if shutil.which("redis-benchmark") else set())
    assert list((tmp_path / "temporary").iterdir()) == []
