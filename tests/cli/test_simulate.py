"""`banditctl simulate`, as a user runs it."""

import json
from pathlib import Path

import pytest
from simulator.scenarios import POLICY
from typer.testing import CliRunner

from banditctl.cli import app, main


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("fares.yaml").write_text(POLICY)


def run(*arguments):
    return CliRunner().invoke(app, ["simulate", "fares.yaml", "--horizon", "5h", "--jobs", "1", *arguments])


def test_a_table_tells_what_is_missed_beside_what_could_be():
    done = run("--runs", "3", "--world", "day", "--rate", "b=0.06")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip(" ─")]
    assert lines[0] == "fares in the world day: 3 runs of 5h, 1,000 requests an hour, seed 1"
    assert [line.split("  ")[0] for line in lines[2:5]] == ["regret", "Thompson sampling by request", "an equal split"]
    assert "share at the end: " in lines[-1]
    assert lines[-1].endswith("b, which earns 0.06")


def test_json_is_one_document_that_is_always_the_same():
    done = run("--runs", "2", "--traffic", "50/m", "-o", "json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["runs"], found["traffic_per_hour"], found["horizon_seconds"]) == (2, 3000, 5 * 3600)
    assert found["equal"]["mean"] == pytest.approx(15_000 * 0.0025)
    assert set(found["regret"]) == {"mean", "error", "p95"}
    assert run("--runs", "2", "--traffic", "50/m", "-o", "json").stdout == done.stdout


def test_of_a_single_run_no_error_is_told():
    assert json.loads(run("--runs", "1", "-o", "json").stdout)["regret"]["error"] is None


def test_a_picture_is_drawn_where_it_is_wanted():
    assert run("--runs", "1", "--svg", "shares.svg").exit_code == 0
    assert Path("shares.svg").read_text().startswith("<svg ")


def test_kept_runs_are_not_played_again():
    assert run("--runs", "2", "--keep", "runs.jsonl").exit_code == 0
    kept = Path("runs.jsonl").read_text()
    assert run("--runs", "2", "--keep", "runs.jsonl").exit_code == 0
    assert Path("runs.jsonl").read_text() == kept
    assert run("--runs", "3", "--keep", "runs.jsonl").exit_code == 0
    assert Path("runs.jsonl").read_text().startswith(kept)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--world", "night"], "unknown world night; "),
        (["--traffic", "many"], "--traffic many: write a number of requests and a unit"),
        (["--horizon", "2 weeks"], "--horizon 2 weeks: a duration is "),
        (["--settle", "soon"], "--settle soon: a duration is "),
        (["--rate", "c=1"], "--rate c=1: unknown variant c; known are a, b"),
        (["--svg", "nowhere/shares.svg"], "--svg nowhere/shares.svg: nowhere is no folder"),
        (["--keep", "fares.yaml"], "fares.yaml:1: this is no run of a simulation; name another file"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_sentence(monkeypatch, capsys, arguments, sentence):
    monkeypatch.setattr("sys.argv", ["banditctl", "simulate", "fares.yaml", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(sentence)
