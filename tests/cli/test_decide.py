"""`banditctl decide`, as a user runs it."""

import json
from pathlib import Path

import pytest
from support.policy_files import LEAST, write
from typer.testing import CliRunner

from banditctl.cli import app, main

COUNTS = """\
{"strata": [{"since": "2026-11-20T10:00:00Z", "until": "2026-11-20T11:00:00Z", "shares": {"a": 0.5, "b": 0.5},
             "settled": true,
             "variants": {"a": {"exposed": 1000, "rewarded": {"count": 50, "total": 50, "squares": 50}},
                          "b": {"exposed": 1000, "rewarded": {"count": 60, "total": 60, "squares": 60}}}}],
 "live": {"a": 0.5, "b": 0.5}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, LEAST)
    Path("counts.json").write_text(COUNTS)


def run(*arguments, **options):
    return CliRunner().invoke(app, ["decide", "flights.yaml", "--evidence", *arguments], **options)


def test_json_has_what_was_promised_and_whole_weights():
    done = run("counts.json", "-o", "json")
    answer = json.loads(done.stdout)
    promised = "experiment at verdict reason belief value_remaining proposal allocation weights"
    assert (done.exit_code, done.stderr) == (0, "")
    assert set(promised.split()) <= set(answer)
    assert (answer["verdict"], answer["at"]) == ("move", "2026-11-20T17:00:00Z")
    assert answer["weights"] == {"a": 3000, "b": 7000}
    assert sorted(answer["belief"]["a"]) == ["best", "expected_loss", "interval", "mean", "trials"]


def test_the_same_counts_give_the_same_answer_to_the_last_bit():
    assert run("counts.json", "-o", "json").stdout == run("-", "-o", "json", input=COUNTS).stdout


def test_a_byte_order_mark_is_no_part_of_the_counts():
    assert run("-", "-o", "json", input="\ufeff" + COUNTS).stdout == run("-", "-o", "json", input=COUNTS).stdout


def test_the_table_says_what_would_be_done_and_why():
    done = run("counts.json")
    assert done.exit_code == 0
    assert "Move b from 50.0% to 70.0%; b is best with probability" in done.stdout
    assert [line.split()[-1] for line in done.stdout.splitlines() if line.lstrip()[:2] in ("a ", "b ")] == [
        "3,000",
        "7,000",
    ]


def test_a_value_remaining_that_is_undefined_is_called_so():
    done = run("-", input=COUNTS.replace("1000", "2").replace("50", "1").replace("60", "1"))
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "Value remaining: undefined")


def test_counts_may_be_told_at_an_instant_of_ones_own():
    at = "2026-11-21T10:00:00Z"
    assert json.loads(run("counts.json", "-o", "json", "--at", at).stdout)["at"] == at


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.json"], 3, "nowhere.json: there is no such file"),
        (["."], 2, ".: cannot be read: Is a directory"),
        (["flights.yaml"], 2, "flights.yaml:1:1: not JSON: Expecting value"),
        (["latin.json"], 2, "latin.json: not UTF-8 at byte 1"),
        (["counts.json", "--at", "9999-12-31T23:59:59-1000"], 2, "--at 9999-12-31T23:59:59-10:00: lies outside of"),
        (["counts.json", "--at", "2026-11-20T10:30:00Z"], 2, "counts.json: /strata/0/until: is later than"),
    ],
)
def test_what_cannot_be_decided_from_is_said_in_a_sentence(monkeypatch, capsys, arguments, code, sentence):
    Path("latin.json").write_bytes(b'"\xe9"')
    monkeypatch.setattr("sys.argv", ["banditctl", "decide", "flights.yaml", "--evidence", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (code, "")
    assert told.err.startswith(sentence)
