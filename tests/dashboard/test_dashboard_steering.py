"""Steering by forms: asked once more, with a reason, and refused in words with nothing lost of what was written."""

import pytest
from core.builders import experiment
from starlette.exceptions import HTTPException
from support.dashboards import TEN

from banditctl.dashboard.orders import VERBS, Order, order
from banditctl.errors import StoreUnavailable, UsageError

TWO = experiment(name="two")
PAGE = "/experiments/fares"


def fields(**others):
    return {"reason": " sale ", **{name.replace("_", "-"): value for name, value in others.items()}}


ORDERS = [
    ("pause", fields(), Order("sale")),
    ("resume", fields(variant="A"), Order("sale")),
    ("rollback", fields(), Order("sale")),
    ("unpin", fields(), Order("sale")),
    ("promote", fields(variant="B"), Order("sale", "B")),
    ("pin", fields(share_A="25", share_B="75.0"), Order("sale", None, {"A": 0.25, "B": 0.75})),
    ("pin", fields(share_A="0", share_B="100"), Order("sale", None, {"A": 0.0, "B": 1.0})),
]


@pytest.mark.parametrize(("verb", "written", "made"), ORDERS)
def test_a_form_becomes_an_order(verb, written, made):
    assert order(verb, TWO, written) == made


REFUSED = [
    ("pause", {}, "Write why"),
    ("pause", {"reason": "  "}, "Write why"),
    ("pause", {"reason": "x" * 501}, "at most 500 characters"),
    ("promote", fields(), "Choose one of A, B."),
    ("promote", fields(variant="C"), "Choose one of A, B."),
    ("pin", fields(share_A="25"), "Write the share of B in percent"),
    ("pin", fields(share_A="25", share_B="seventy"), "Write the share of B in percent"),
    ("pin", fields(share_A="-25", share_B="125"), "Write the share of A in percent"),
    ("pin", fields(share_A="nan", share_B="50"), "Write the share of A in percent"),
    ("pin", fields(share_A="inf", share_B="50"), "Write the share of A in percent"),
    ("pin", fields(share_A="25", share_B="25"), "sum to 100%, not to 50%"),
]


@pytest.mark.parametrize(("verb", "written", "why"), REFUSED)
def test_a_form_that_makes_no_order_is_told_what_to_write(verb, written, why):
    with pytest.raises(UsageError, match=why):
        order(verb, TWO, written)


def test_shares_with_decimals_sum_to_one():
    made = order("pin", TEN, fields(**{f"share_{name}": "10" for name in TEN.variants}) | {"share-v00": "10.0000003"})
    assert sum(made.shares.values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_says_what_it_does_and_does_nothing_before_it_is_confirmed(web, visitor, verb):
    web.decide()
    assert f'href="{PAGE}/{verb}"' in visitor.get(PAGE).text
    asked = visitor.get(f"{PAGE}/{verb}")
    assert asked.status_code == 200
    assert VERBS[verb].effect in asked.text
    assert 'name="reason"' in asked.text
    assert web.orders == []


def test_shares_to_pin_begin_with_those_that_are_live(web, visitor):
    web.decide()
    assert visitor.get(f"{PAGE}/pin").text.count('value="10.0"') == 10


REFUSALS = [
    UsageError("v03 may not have more than its cap."),
    HTTPException(409, "It is paused already."),
    StoreUnavailable("Redis: no answer within 3 s"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
def test_what_is_refused_is_said_and_what_was_written_stays(web, visitor, refusal):
    web.decide()
    web.refusal = refusal
    written = {"reason": "<b>sale</b>", "variant": "v03"}
    answer = visitor.post(f"{PAGE}/promote", data=written)
    assert answer.status_code == 422
    assert "Nothing was done." in answer.text
    assert (refusal.detail if isinstance(refusal, HTTPException) else str(refusal)) in answer.text
    assert "&lt;b&gt;sale&lt;/b&gt;</textarea>" in answer.text
    assert 'value="v03" required checked' in answer.text


def test_what_was_done_is_the_news_of_the_page(web, visitor):
    web.decide()
    answer = visitor.post(f"{PAGE}/pause", data={"reason": "sale"}, follow_redirects=True)
    assert answer.url.path == PAGE
    assert "pause by None: sale." in answer.text


@pytest.mark.parametrize("path", [f"{PAGE}/paint", "/experiments/none/pause", f"{PAGE}/pause/more"])
def test_there_is_no_other_way_to_steer(visitor, path):
    assert visitor.get(path).status_code == 404
    assert visitor.post(path, data={"reason": "x"}).status_code in {404, 405}
