"""Flag, then variable, then banditctl.yaml; and what is said of a settings file that nobody can mean."""

import os

import pytest
from support.verbs import banditctl


def run(folder, *arguments, **variables):
    return banditctl(*arguments, cwd=folder, env={**os.environ, **variables})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "banditctl.yaml").write_text("health:\n  url: http://127.0.0.1:1/file\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "variables", "asked"),
    [
        ([], {}, "http://127.0.0.1:1/file"),
        ([], {"BANDITCTL_URL": "http://127.0.0.1:1/variable"}, "http://127.0.0.1:1/variable"),
        (["http://127.0.0.1:1/flag"], {"BANDITCTL_URL": "http://127.0.0.1:1/variable"}, "http://127.0.0.1:1/flag"),
    ],
)
def test_a_flag_goes_before_a_variable_and_a_variable_before_the_file(folder, arguments, variables, asked):
    ended = run(folder, "health", *arguments, **variables)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{asked} is not ready: ")


def test_every_line_of_a_settings_file_that_means_nothing_is_named(tmp_path):
    (tmp_path / "banditctl.yaml").write_text("rum: {}\nrun:\n  prot: 80\nhealth: yes\n")
    ended = run(tmp_path, "version")
    assert ended.returncode == 2
    assert [line.split(";")[0] for line in ended.stderr.splitlines()] == [
        "banditctl.yaml:1:1: rum: unknown verb",
        "banditctl.yaml:3:3: run.prot: unknown option",
        "banditctl.yaml:4:9: health: must be a mapping of options",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "nowhere"], 2, "nowhere"),
        (["run", "{policy}", "--store", "http://x"], 2, "unknown store http://x; write embedded:PATH, redis://"),
        (["run", "{policy}", "--store", "memory://", "--host", "0.0.0.0"], 2, "nobody has a key yet"),
        (["run", "{policy}", "--store", "memory://", "--host", "nowhere.invalid", "--insecure"], 2, "cannot listen on"),
        (["run", "--port", "99999"], 2, "--port"),
        (["emulator", "--updating", "soon"], 2, "a duration is a number and a unit"),
        (["emulator", "--answers", "nowhere.csv"], 2, "nowhere.csv"),
        (["emulator", "--scenario", "nowhere.yaml"], 2, "nowhere.yaml: cannot be read: No such file"),
        (["emulator", "--scenario", "{policy}"], 2, "fares.yaml:1:1: target: unknown option; known are creating"),
        (["health", "http://127.0.0.1:1"], 1, "is not ready"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_with_an_exit_code(tmp_path, arguments, code, said):
    policy = tmp_path / "fares.yaml"
    policy.write_text(
        "target: {kind: sagemaker, endpoint: e, region: us-east-1}\nvariants: [a, b]\n"
        "reward: {kind: bernoulli}\npolicy: {kind: thompson}\n"
    )
    ended = run(tmp_path, *(argument.format(policy=policy) for argument in arguments))
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_said(tmp_path, valkey):
    ended = run(tmp_path, "emulator", "--port", str(valkey.port))
    assert ended.returncode == 2
    assert ended.stderr == f"cannot listen on 127.0.0.1:{valkey.port}: Address already in use\n"


def test_help_does_not_wait_for_the_libraries_of_the_verbs(tmp_path):
    shown = run(tmp_path, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert shown.returncode == 0
    heavy = {"numpy", "scipy", "boto3", "redis", "pydantic_core", "starlette", "yaml"}
    imported = {line.rsplit("|", 1)[-1].strip() for line in shown.stderr.splitlines()}
    assert imported & heavy == set()
