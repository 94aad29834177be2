"""The page on explanations shows what is really told."""

from core.builders import HOUR, NOON, counted, experiment, live
from support.pages import PAGES, blocks, rows

from banditctl.cli.explaining import COLUMNS
from banditctl.core.decision import decide
from banditctl.core.snapshot import Snapshot
from banditctl.explanation import explain

PAGE = PAGES["docs/explaining.md"]


def test_the_example_is_what_is_told_of_such_a_decision():
    of = experiment(variants=("current", "candidate"))
    evidence = counted(current=(2000, 100), candidate=(2000, 133))
    found = explain(of, decide(of, Snapshot(NOON + HOUR, evidence, live(current=0.5, candidate=0.5))))
    (example,) = [block for page, block in blocks("text") if page == "docs/explaining.md" and block.startswith("It ")]
    assert " ".join(example.split()) == " ".join(found.sentences)


def test_every_column_is_told_of():
    told = [name.strip("`") for cell, _ in rows(PAGE, "## The numbers") for name in cell.split(", ")]
    assert told == list(COLUMNS[1:])
