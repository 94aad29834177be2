"""The page on simulating lists what the verb really has."""

import typer
from support.pages import PAGES, rows

from banditctl.cli import app
from banditctl.simulator.worlds import WORLDS

PAGE = PAGES["docs/simulating.md"]


def test_every_option_is_listed_with_its_default():
    options = [
        one for one in typer.main.get_command(app).commands["simulate"].params if one.param_type_name == "option"
    ]
    listed = {name: default for name, default, *_ in rows(PAGE, "## What is asked")}
    assert list(listed) == [one.opts[0] for one in options]
    words = {"none": "None", "a tenth better": "None", "one a processor": "None"}
    assert {name: words.get(default, default) for name, default in listed.items()} == {
        one.opts[0]: str(one.default) for one in options
    }


def test_every_world_is_listed():
    assert [name for name, _ in rows(PAGE, "## Worlds")] == list(WORLDS)
