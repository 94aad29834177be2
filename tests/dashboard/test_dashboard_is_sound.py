"""Every page, whatever it says: valid, asking nobody else, and with a way about it by ear."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from support.parsed import by_id, parsed, text

from banditctl.dashboard.pages import POLICY

PATHS = ["/", "/experiments/fares", "/experiments/fares/pause", "/experiments/fares/pin", "/experiments/fares/promote"]


@pytest.fixture(params=["nothing decided", "decided"])
def filled(request, web):
    if request.param == "decided":
        web.decide()


@pytest.mark.parametrize("path", [*PATHS, "/sign-in?next=/", "/experiments/none", "/experiments/fares/paint"])
def test_every_page_is_valid_and_asks_nobody_else(filled, web, visitor, path):
    if path.startswith("/sign-in"):
        web.key("reader", "read")
    answer = visitor.get(path)
    document = parsed(answer)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    links = [
        value
        for element in document.iter()
        for name, value in element.items()
        if name in {"href", "src", "action", "data", "formaction", "srcset", "xlink:href"}
    ]
    assert links
    assert [link for link in links if not re.fullmatch(r"/(?!/)[\w./-]*|#[\w-]+", link)] == []
    inline = [
        name for element in document.iter() for name, _ in element.items() if name == "style" or name.startswith("on")
    ]
    assert inline == []
    assert [script for script in document.iter("script") if text(script)] == []
    assert [*document.iter("style")] == []


@pytest.mark.parametrize("path", PATHS)
def test_every_page_can_be_found_ones_way_about_by_ear(filled, visitor, path):
    document = parsed(visitor.get(path))
    assert document.get("lang") == "en"
    assert [len([*document.iter(tag)]) for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    assert by_id(document, "content").tag == "main"
    named = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(named) == len(set(named))
    referred = {
        name
        for element in document.iter()
        for attribute in ("aria-labelledby", "aria-describedby", "for")
        for name in (element.get(attribute) or "").split()
    }
    assert referred <= set(named)
    headings = [int(element.tag[1]) for element in document.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    labelled = [name for name in document.iter("section") if not name.get("aria-labelledby")]
    assert labelled == []
    fields = [one for tag in ("input", "textarea") for one in document.iter(tag) if one.get("type") != "hidden"]
    inside = {field for label in document.iter("label") for field in label.iter()}
    assert [one for one in fields if one not in inside and f'for="{one.get("id")}"' not in _source(document)] == []


def _source(document):
    return ET.tostring(document, encoding="unicode")
