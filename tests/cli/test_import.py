"""`banditctl import`, as a user runs it, over a real server."""

import json
from pathlib import Path

import pytest
from support.captured import ENDPOINT, POLICY, capture_files, captured, labelled, write
from support.policy_files import LEAST
from typer.testing import CliRunner

from banditctl.cli import app, main

HERE = f"captured/{ENDPOINT}/a/2026/11/19/09/part.jsonl"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, valkey):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANDITCTL_STORE", valkey.url)
    Path("flights.yaml").write_text(POLICY)


def run(*arguments):
    return CliRunner().invoke(app, ["import", *arguments])


def failed(monkeypatch, capsys, *arguments):
    """The exit code, and what is said on stderr."""
    monkeypatch.setattr("sys.argv", ["banditctl", "import", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


def test_an_import_tells_its_counts_on_stdout_and_nothing_else(tmp_path):
    capture_files(tmp_path / "captured", files=2, lines=5)
    done = run("capture", "captured", "flights.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "files                    4",
        "refused files            0",
        "lines                   20",
        "earlier                  0",
        "accepted                20",
        "duplicates               0",
        "refused                  0",
    ]


def test_json_is_one_document_of_counts_and_the_second_time_everything_was_earlier(tmp_path):
    write(tmp_path / "labels/2026/11/19/09/x.jsonl", labelled("one", '{"won": 1}', "JSON"))
    expected = {"files": 1, "refused_files": 0, "lines": 1, "earlier": 0, "accepted": 1, "duplicates": 0, "refused": 0}
    for counts in (expected, expected | {"earlier": 1, "accepted": 0}):
        done = run("ground-truth", "labels", "flights.yaml", "--value", "/won", "-o", "json")
        assert (done.exit_code, done.stderr, json.loads(done.stdout)) == (0, "", counts)


def test_what_is_refused_is_told_on_stderr_and_the_exit_code_says_so():
    write(Path(HERE), captured("one"), captured(""), captured("two"))
    write(Path(HERE.replace("/a/", "/c/")), captured("three"))
    done = run("capture", "captured", "flights.yaml")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        f"{HERE.replace('/a/', '/c/')}: was captured of the variant c; known are a, b",
        f"{HERE}:2: /eventMetadata/eventId: expected `str` of length >= 1",
    ]
    assert "accepted                 2" in done.stdout


def test_s3_is_read_as_a_folder_is(s3):
    s3.objects = {HERE: f"{captured('one')}\n".encode()}
    done = run("capture", "s3://captures/captured", "flights.yaml", "-o", "json")
    assert (done.exit_code, json.loads(done.stdout)["accepted"]) == (0, 1)


def test_a_source_without_files_has_an_exit_code_of_its_own():
    done = run("capture", "nowhere", "flights.yaml")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == "nowhere: there are no .jsonl or .jsonl.gz files\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("capture", ".", "flights.yaml", "--value", "/x"), 2, "--value is for ground-truth"),
        (("ground-truth", ".", "flights.yaml", "--value", "x"), 2, "x is no JSON pointer; write /label"),
        (("capture", ".", "flights.yaml", "--store", "memory://"), 2, "memory:// belongs to one process"),
        (("capture", ".", "counted.yaml"), 2, "what is imported names requests, which CloudWatch counts here"),
        (("capture", ".", "nowhere.yaml"), 2, "nowhere.yaml: cannot be read: No such file or directory"),
        (("capture", "s3://", "flights.yaml"), 2, "s3:// names no bucket; write s3://BUCKET/PREFIX"),
        (("capture", "captured", "flights.yaml", "--store", "redis://127.0.0.1:1/0"), 1, "Redis: "),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(monkeypatch, capsys, arguments, code, sentence):
    write(Path(HERE), captured("one"))
    Path("counted.yaml").write_text(f"{LEAST}evidence: {{trials: invocations}}\n")
    ended, told = failed(monkeypatch, capsys, *arguments)
    assert ended == code
    assert told.startswith(sentence)
