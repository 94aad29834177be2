"""What pages tell to type works."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from support.pages import OPERATIONS, PAGES, ROOT, commands, parsed, rows

from banditctl.cli import app


def test_there_are_commands_to_look_at():
    assert len(commands()) > 5


@pytest.mark.parametrize("line", [line for line in commands() if Path(line.split()[0]).name == "banditctl"])
def test_a_banditctl_command_line_is_one_that_it_takes(line):
    _, *words = shlex.split(line.split(" > ")[0], comments=True)
    parsed(words)


def test_make_is_asked_for_targets_that_it_has():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {word for line in commands() if line.startswith("make ") for word in shlex.split(line, comments=True)[1:]}
    asked |= {name for text in PAGES.values() for name in re.findall(r"`make (\w+)", text)}
    assert {word for word in asked if "=" not in word} <= targets


def test_verbs_that_are_named_exist_and_all_are_listed():
    verbs = set(typer.main.get_command(app).commands)
    assert {verb for verb, _ in rows(OPERATIONS, "## Verbs")} == verbs
    named = {verb for text in PAGES.values() for verb in re.findall(r"`banditctl (\w+)", text)}
    assert named <= verbs


def test_the_timing_example_runs():
    (line,) = [line for line in commands() if "timeit" in line]
    words = shlex.split(line)
    done = subprocess.run([sys.executable, *words[1:3], "-n1", "-r1", *words[3:]], timeout=60, check=False)
    assert done.returncode == 0
