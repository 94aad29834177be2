"""The page on replaying shows commands that work as it says."""

import json
import re
import shlex
from dataclasses import fields

import pytest
from support.pages import PAGES, ROOT, blocks, rows
from support.policy_files import write
from typer.testing import CliRunner

from banditctl import counts
from banditctl.cli import app
from banditctl.config import load
from banditctl.counts.form import WrittenCell, WrittenCounts, WrittenStratum
from banditctl.errors import UsageError

PAGE = PAGES["docs/replaying.md"]
(COUNTS,) = [block for page, block in blocks("json") if page == "docs/replaying.md" and '"strata"' in block]
(CHURN,) = [block for page, block in blocks("yaml") if page == "README.md" and "churn-prod" in block]


@pytest.fixture
def churn(tmp_path, monkeypatch):
    """The policy file of the README and the counts of the page, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies").mkdir()
    (tmp_path / "counts.json").write_text(COUNTS)
    return write(tmp_path / "policies", CHURN, "churn.yaml")


def section(heading):
    level = heading.partition(" ")[0]
    return PAGE.partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]


def fenced(language, heading):
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", section(heading), re.MULTILINE | re.DOTALL)
    return block


def typed(heading):
    return [shlex.split(line)[1:] for line in fenced("sh", heading).splitlines()]


def test_one_decision_is_made_from_the_counts_of_the_page(churn):
    table, document = (CliRunner().invoke(app, words) for words in typed("## One decision from counts"))
    assert (table.exit_code, document.exit_code) == (0, 0)
    assert json.loads(document.stdout)["experiment"] == "churn"


def test_every_field_of_counts_is_listed():
    known = [field.name for form in (WrittenCounts, WrittenStratum, WrittenCell) for field in fields(form)]
    assert sorted(name for name, *_ in rows(PAGE, "## One decision from counts")) == sorted(known)


def test_the_refusal_of_counts_is_in_the_words_of_the_code(churn):
    (line,) = re.findall(r"^counts.json: .*$", PAGE, re.MULTILINE)
    wrong = COUNTS.replace('"count": 60, "total": 60', '"count": 50, "total": 60')
    with pytest.raises(UsageError, match=re.escape(line)):
        counts.read(wrong, "counts.json", load(churn).experiment)


@pytest.mark.parametrize("heading", re.findall(r"^### .*$", PAGE, re.MULTILINE))
def test_a_replay_on_the_page_prints_what_it_says(heading, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ((verb, file, option, data, *rest),) = typed(heading)
    write(tmp_path, fenced("yaml", heading), file)
    done = CliRunner().invoke(app, [verb, file, option, str(ROOT / data), *rest])
    assert done.exit_code == 0
    printed = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for line in fenced("text", heading).splitlines():
        assert [one for one in printed if one.startswith(" ".join(line.split()))], line
