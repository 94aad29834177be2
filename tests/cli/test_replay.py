"""`banditctl replay`, as a user runs it."""

import json
from pathlib import Path

import pytest
from support.policy_files import LEAST, write
from typer.testing import CliRunner

from banditctl.cli import app, main

FULL = ["time,ok_a,ok_b"] + [f"2026-11-20 {hour:02}:{minute:02}:00,0,1" for hour in range(24) for minute in range(60)]
LOGGED = ["time,who,won"] + [
    f"2026-11-20 {hour:02}:{minute:02}:00,{'ab'[minute % 2]},{minute % 3 % 2}"
    for hour in range(24)
    for minute in range(60)
]
MAPPED = ["--time", "time", "--reward", "ok_{variant}"]
SERVED = ["--time", "time", "--variant", "who", "--propensity", "0.5", "--reward", "won"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hourly = "schedule: {every: 1h, at_least: 1h, burn_in: 100}\n"
    write(tmp_path, LEAST.replace("bernoulli}", "bernoulli, default: null}") + hourly)
    Path("full.csv").write_text("\n".join(FULL))
    Path("logged.csv").write_text("\n".join(LOGGED))


def run(data, *arguments):
    return CliRunner().invoke(app, ["replay", "flights.yaml", "--data", data, *arguments])


def test_with_full_information_the_table_says_what_was_earned_beside_what_could_have_been():
    done = run("full.csv", *MAPPED)
    assert (done.exit_code, done.stderr) == (0, "")
    for line in ("equal split", "this policy file", "always b, known only afterwards", "Shares over time"):
        assert line in done.stdout
    assert "24 turns, " in done.stdout


def test_of_logged_requests_the_table_has_every_estimate_with_its_interval():
    done = run("logged.csv", *SERVED)
    assert (done.exit_code, done.stderr) == (0, "")
    for line in ("as it was", "this policy file", "always a", "always b", "doubly robust", "effective requests"):
        assert line in done.stdout


@pytest.mark.parametrize(("data", "mapped", "kind"), [("full.csv", MAPPED, "full"), ("logged.csv", SERVED, "logged")])
def test_json_is_one_document_with_every_turn(data, mapped, kind):
    found = json.loads(run(data, *mapped, "-o", "json").stdout)
    assert (found["kind"], found["experiment"], found["requests"]) == (kind, "flights", 1440)
    assert len(found["shares"]) == found["turns"] == 24
    assert set(found["variants"]) == {"a", "b"}


def test_a_seed_routes_the_same_way_again():
    first, again, other = (run("full.csv", *MAPPED, "--seed", seed, "-o", "json").stdout for seed in "112")
    assert first == again != other


def test_rows_can_be_chosen():
    found = json.loads(run("full.csv", *MAPPED, "--where", "ok_b=1", "--where", "ok_a=0", "-o", "json").stdout)
    assert found["requests"] == 1440
    assert run("full.csv", *MAPPED, "--where", "ok_b=0").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.csv"], 3, "nowhere.csv: there is no such file"),
        (["full.csv"], 2, "full.csv:1: its columns are time, ok_a, ok_b; say which is which"),
        (["full.csv", *MAPPED, "--where", "men"], 2, "--where men: write COLUMN=VALUE"),
        (["full.csv", *MAPPED, "--where", "campaign=men"], 2, "full.csv:1: there is no column campaign"),
        (["full.csv", *MAPPED, "--where", "ok_b=0"], 2, "full.csv: 0 rows are left"),
        (["full.csv", "--time", "time"], 2, "name at least --time and --reward"),
        (["logged.csv", "--time", "who", *SERVED[2:]], 2, "logged.csv:2: who: must be a time as"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_a_sentence(monkeypatch, capsys, arguments, code, sentence):
    monkeypatch.setattr("sys.argv", ["banditctl", "replay", "flights.yaml", "--data", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (code, "")
    assert told.err.startswith(sentence)
