"""The README is true: its commands run, its policy file loads, its Python reports a reward."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.daemons import view
from support.redis_servers import wait_for

from banditctl.demo.children import NO_AWS, child

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.split("  #")[0].strip() for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


def block(kind, about=""):
    (found,) = (text for name, text in BLOCKS if name == kind and about in text)
    return found


def rewards(shown):
    return sum(counted["rewarded"]["total"] for counted in shown["counts"].values())


def test_the_two_commands_come_first_and_make_knows_them():
    assert COMMANDS[:2] == ["make demo", "make test"]
    for command in COMMANDS[:2]:
        subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize("command", sorted(c for c in COMMANDS if c.startswith(".venv/bin/banditctl")))
def test_each_verb_and_option_exists(command):
    _, verb, *arguments = shlex.split(command)
    shown = subprocess.run(
        [sys.executable, "-m", "banditctl", verb, "--help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "COLUMNS": "200"},
    ).stdout
    assert [option for option in arguments if option.startswith("--") and option not in shown] == []


def test_the_quick_start_learns_from_what_its_python_reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies").mkdir()
    policy = tmp_path / "policies" / "churn.yaml"
    policy.write_text(block("yaml"))
    checked = [sys.executable, "-m", "banditctl", "check", str(policy)]
    assert "churn" in subprocess.run(checked, check=True, capture_output=True, text=True, timeout=30).stdout

    emulating = ["emulator", "--port", "0", "--creating", "1ms", "--updating", "100ms"]
    with child(emulating, tmp_path / "emulator.log") as emulator:
        making = block("sh", "create-endpoint").replace("http://127.0.0.1:4566", emulator.address)
        shell = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        subprocess.run(["/bin/bash", "-ec", making], check=True, env=shell, capture_output=True, timeout=60)
        running = ["run", str(policy), "--port", "0"]
        with child(running, tmp_path / "daemon.log", AWS_ENDPOINT_URL=emulator.address) as daemon:
            for name, value in {**NO_AWS, "AWS_ENDPOINT_URL": emulator.address}.items():
                monkeypatch.setenv(name, value)
            code = {}
            exec(block("python").replace("http://127.0.0.1:8080", daemon.address), code)
            code["earned"]("nobody", 0)
            inference_id, answer = code["predict"](b"1,2,3")
            assert answer == b"1,2,3"
            code["earned"](inference_id, 1)
            code["runtime"].close()
            assert code["client"].close()
            wait_for(lambda: rewards(view(daemon.address, "churn")) == 1)
            assert view(daemon.address, "churn")["tally"]["orphaned"] == 1


def test_the_python_of_the_readme_answers_though_nobody_takes_its_events(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    code = {}
    exec(block("python").replace("http://127.0.0.1:8080", "http://127.0.0.1:1"), code)
    code["earned"]("x", 1)
    code["runtime"].close()
    assert code["client"].stats.waiting == 1
    assert not code["client"].close(0)


def test_every_file_that_it_links_to_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
