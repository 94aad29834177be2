"""How much of the contract moto meets, and whether the page on the emulator says so."""

import re
from pathlib import Path

import pytest
from sagemaker.doubles import expectation
from sagemaker.moto_cannot import MOTO_CANNOT
from support.pages import PAGES

ROOM = Path(__file__).parent


@pytest.fixture
def expectations(request):
    """The names of all expectations that are put to the doubles."""
    session = request.session
    if session.config.option.keyword or not set(ROOM.glob("test_*.py")) <= {item.path for item in session.items}:
        pytest.skip("only a part of the room was asked for")
    return {expectation(item.name) for item in session.items if item.path.parent == ROOM and "[" in item.name}


def test_what_moto_cannot_do_is_expected_of_it(expectations):
    assert MOTO_CANNOT.keys() - expectations == set()


def test_the_page_tells_how_many_expectations_there_are_and_how_many_moto_does_not_meet(expectations):
    (told,) = re.findall(r"(\d+) expectations.*?moto does not meet (\d+)", PAGES["docs/emulator.md"], re.DOTALL)
    assert [int(number) for number in told] == [len(expectations), len(MOTO_CANNOT)]
