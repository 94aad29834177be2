"""`banditctl check` and `banditctl schema`, as a user runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from banditctl.cli import app
from banditctl.config import schema

SOUND = """\
target: {kind: sagemaker, endpoint: flights-prod}
variants: [a, b]
reward: {kind: bernoulli}
policy: {kind: thompson}
"""


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sound.yaml").write_text(SOUND)
    Path("faulty.yaml").write_text(f"{SOUND.replace('flights-prod', 'other')}limits:\n  flor: 1%\nmod: act\n")


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_a_sound_file_is_one_line():
    done = run("check", "sound.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "sound.yaml: sound: thompson on sagemaker flights-prod: a, b\n"


def test_mistakes_go_to_stderr_one_a_line_and_sound_files_are_told_all_the_same():
    done = run("check", ".")
    assert done.exit_code == 2
    assert done.stdout == "sound.yaml: sound: thompson on sagemaker flights-prod: a, b\n"
    assert done.stderr.splitlines() == [
        "faulty.yaml:6:3: limits.flor: unknown option; did you mean floor?",
        "faulty.yaml:7:1: mod: unknown option; did you mean mode?",
    ]


def test_a_path_that_is_not_there_has_an_exit_code_of_its_own():
    done = run("check", "sound.yaml", "nowhere.yaml")
    assert done.exit_code == 3
    assert done.stderr == "nowhere.yaml: cannot be read: No such file or directory\n"


def test_json_is_one_document_of_files_and_errors():
    done = run("check", "-o", "json", ".", "nowhere.yaml")
    assert (done.exit_code, done.stderr) == (3, "")
    assert json.loads(done.stdout) == {
        "files": [
            {
                "file": "sound.yaml",
                "name": "sound",
                "variants": ["a", "b"],
                "policy": "thompson",
                "target": "sagemaker",
                "endpoint": "flights-prod",
            }
        ],
        "errors": [
            {
                "file": "faulty.yaml",
                "line": 6,
                "column": 3,
                "field": "limits.flor",
                "detail": "unknown option; did you mean floor?",
            },
            {
                "file": "faulty.yaml",
                "line": 7,
                "column": 1,
                "field": "mod",
                "detail": "unknown option; did you mean mode?",
            },
            {
                "file": "nowhere.yaml",
                "line": None,
                "column": None,
                "field": "",
                "detail": "cannot be read: No such file or directory",
            },
        ],
    }


def test_check_needs_something_to_check():
    assert run("check").exit_code == 2


def test_schema_prints_the_schema():
    done = run("schema")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == schema()
