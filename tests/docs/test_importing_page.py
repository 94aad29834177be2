"""The page on importing shows an example that runs as it says."""

import re
import shlex

import pytest
from support.pages import PAGES, ROOT
from typer.testing import CliRunner

from banditctl.cli import app

PAGE = PAGES["docs/importing.md"]
EXAMPLE = PAGE.partition("## An example")[2].partition("\n## ")[0]


@pytest.fixture
def example(tmp_path, monkeypatch, valkey):
    """The files of the example, in the working directory; how its commands are run."""
    for path, lines in re.findall(r"^`([\w./-]+\.jsonl)`.*?^```jsonl\n(.*?)^```$", EXAMPLE, re.MULTILINE | re.DOTALL):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(lines)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANDITCTL_STORE", valkey.url)

    def run(command):
        words = shlex.split(command.replace("policies/", f"{ROOT}/policies/"))
        return CliRunner().invoke(app, words[1:])

    return run


def test_the_example_prints_what_the_page_says_and_everything_is_earlier_the_second_time(example):
    (commands,) = re.findall(r"^```sh\n(.*?)^```$", EXAMPLE, re.MULTILINE | re.DOTALL)
    (printed,) = re.findall(r"^```text\n(.*?)^```$", EXAMPLE, re.MULTILINE | re.DOTALL)
    assert len(commands.splitlines()) == 2
    for command in commands.splitlines():
        done = example(command)
        assert (done.exit_code, done.stdout, done.stderr) == (0, printed, "")
    for command in commands.splitlines():
        assert re.search(r"^earlier +2$", example(command).stdout, re.MULTILINE)


def test_the_refusal_on_the_page_is_in_the_words_of_the_code(example, tmp_path):
    (refusal,) = re.findall(r"^```text\n(captured/.*?)\n```$", PAGE, re.MULTILINE)
    file, number, _ = refusal.split(":", 2)
    with (tmp_path / file).open("a") as grown:
        grown.write('{"eventMetadata": {"eventId": "1"}}\n')
    assert int(number) == 3
    done = example("banditctl import capture captured policies/flights.yaml")
    assert (done.exit_code, done.stderr) == (1, f"{refusal}\n")
