"""The page on the doctor lists what it looks at and what it asks."""

import re

from support.pages import PAGES, ROOT, rows

from banditctl.doctor.looking import PATIENCE_SECONDS
from banditctl.targets.sagemaker.permissions import NOBODY
from banditctl.targets.sagemaker.probe import questions

PAGE = PAGES["docs/doctor.md"]
SOURCES = [
    path.read_text()
    for path in (
        *sorted((ROOT / "banditctl/doctor").glob("*.py")),
        *sorted((ROOT / "banditctl/targets/sagemaker").glob("*.py")),
        ROOT / "banditctl/stores/redis/checkup.py",
    )
]


def test_every_look_is_listed():
    judged = re.compile(r'\b(?:ok|warning|failed|skipped|clock|Diagnosis)\(\s*"([^"]+)"')
    actions = re.compile(r'"((?:sagemaker|cloudwatch|application-autoscaling):[A-Z]\w+)"')
    named = {name for text in SOURCES for pattern in (judged, actions) for name in pattern.findall(text)}
    # How a look that breaks off is told, whichever it is.
    assert named - {"look"} == {look for _, look, _ in rows(PAGE, "## What it looks at")}


def test_every_question_is_listed_with_what_is_done_for_it():
    asked = [[question.asks, question.does] for question in questions(all_zero=True)]
    assert asked == rows(PAGE, "## Questions to AWS")


def test_what_is_said_in_passing_is_so():
    assert f"{PATIENCE_SECONDS:.0f} s for its next" in PAGE
    assert f"`{NOBODY}`" in PAGE
