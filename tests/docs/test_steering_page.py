"""The page on steering by hand lists what there is to order, and answers it as the document of the API does."""

import re

from support.pages import PAGES, rows

from banditctl.api.order_forms import FORMS, OrderForm
from banditctl.core.standing import LASTING
from banditctl.openapi.operations import operations

PAGE = PAGES["docs/steering.md"]


def test_every_verb_is_listed_with_what_ends_it():
    listed = {verb: until for verb, _, until in rows(PAGE, "## What each does")}
    assert set(listed) == set(FORMS)
    assert {verb for verb, until in listed.items() if until} == LASTING


def test_every_body_is_listed():
    own = set(OrderForm.__struct_fields__)
    for path, body in rows(PAGE, "## Over HTTP"):
        fields = set(FORMS[path.rpartition("/")[2]].__struct_fields__) - own
        assert set(filter(None, [body.split("`")[0]])) == fields


def test_every_answer_on_the_page_is_one_of_the_document():
    (pause,) = [one for one in operations() if one.name == "pause"]
    listed = [int(status) for status in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert listed == [200, 202, 409, 422, 503]
    assert set(listed) <= set(pause.answers)
