"""Where pages point exists, and what they list is complete."""

import re

import pytest
from support.pages import PAGES, PROJECT, ROOT, blocks, rows


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\((?!\w+://|mailto:)([^)\s]+)\)", PAGES[page]):
        file, _, anchor = target.partition("#")
        place = (ROOT / page).parent / file if file else ROOT / page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text()), target


@pytest.mark.parametrize("page", [page for page in PAGES if page != "README.md"])
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|\w+\.(?:py|yaml|toml))`", PAGES[page])
    theirs = ("/", "AWS/", "application/", "endpoint/", "a/", "banditctl.yaml")
    ours = [name for name in named if not name.startswith(theirs) and not name.endswith(".jsonl")]
    beside = [(ROOT / page).parent, ROOT, ROOT / "banditctl", ROOT / "deploy"]
    assert [name for name in ours if not any((folder / name).exists() for folder in beside)] == []


def test_every_room_is_on_the_map():
    (rooms,) = [block for _, block in blocks("text") if block.startswith("banditctl/\n")]
    mapped = set(re.findall(r"^  ([\w.]+)/? ", rooms, re.MULTILINE))
    found = {path.name for path in (ROOT / "banditctl").iterdir()} - {"__pycache__", "py.typed"}
    assert {name for name in found if not name.startswith("__")} == mapped


def test_every_part_of_the_core_is_on_the_map():
    mapped = set(re.findall(r"^core/([\w.]+)", PAGES["docs/architecture.md"], re.MULTILINE))
    found = {path.name for path in (ROOT / "banditctl/core").iterdir() if not path.name.startswith("__")}
    assert found == mapped


def test_every_dependency_has_its_reason_and_nothing_else_has():
    groups = {
        "## To run": PROJECT["dependencies"],
        "## To test": PROJECT["optional-dependencies"]["test"],
        "## To measure": PROJECT["optional-dependencies"]["bench"],
        "## To compare": PROJECT["optional-dependencies"]["compare"],
        "## To develop": PROJECT["optional-dependencies"]["dev"],
    }
    for heading, wanted in groups.items():
        listed = [name for name, *_ in rows(PAGES["docs/dependencies.md"], heading)]
        assert listed == sorted(re.match(r"[\w-]+", one)[0] for one in wanted), heading


def test_the_changelog_leads_to_the_version_of_the_package():
    assert f"To be {PROJECT['version']}" in PAGES["CHANGELOG.md"] or f"[{PROJECT['version']}]" in PAGES["CHANGELOG.md"]


def test_the_glossary_defines_each_word_once():
    words = re.findall(r"^- \*\*(.+?)\*\*: \S", PAGES["docs/glossary.md"], re.MULTILINE)
    assert len(words) > 40
    assert len(words) == len(set(words)) == PAGES["docs/glossary.md"].count("\n- ")


def test_what_pages_leave_open_can_be_found_from_the_limits():
    leaving = re.compile(r"^(#+ .*(?:cannot know|a guess|was not|Never verified).*)$", re.MULTILINE)
    open_ones = [(page, heading) for page, text in PAGES.items() for heading in leaving.findall(text)]
    assert len(open_ones) > 4
    for page, heading in open_ones:
        (anchor,) = anchors(heading)
        assert f"{page.removeprefix('docs/')}#{anchor})" in PAGES["docs/limits.md"], (page, heading)
