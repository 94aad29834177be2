"""Steering by forms: asked once more, with a reason, and refused in words with nothing lost of what was written."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from core.builders import experiment
from support.dashboards import TEN

from banditctl.core.standing import Order
from banditctl.dashboard.orders import VERBS, order
from banditctl.errors import OrderInvalid, StoreUnavailable

TWO = experiment(name="two")
PAGE = "/experiments/fares"


def fields(**others):
    return {"reason": " sale ", **{name.replace("_", "-"): value for name, value in others.items()}}


ORDERS = [
    ("pause", fields(), {}),
    ("resume", fields(variant="A"), {}),
    ("rollback", fields(id="x1"), {"id": "x1"}),
    ("unpin", fields(), {}),
    ("promote", fields(variant="B"), {"variant": "B"}),
    ("pin", fields(share_A="25", share_B="75.0"), {"shares": {"A": 0.25, "B": 0.75}}),
    ("pin", fields(share_A="0", share_B="100"), {"shares": {"A": 0.0, "B": 1.0}}),
]


@pytest.mark.parametrize(("verb", "written", "said"), ORDERS)
def test_a_form_becomes_an_order_as_the_api_has_it(verb, written, said):
    made = order(verb, TWO, written)
    assert {name: getattr(made, name) for name in made.__struct_fields__} == {"reason": "sale", "id": None} | said


def test_a_reason_of_several_lines_is_one_line():
    assert order("pause", TWO, {"reason": "sale\r\n until  noon"}).reason == "sale until noon"


@pytest.mark.parametrize("reason", ["מבצע עד הצהריים", "عرض\u200f حتى الظهر", "Größe: 40 → 38"])
def test_a_reason_may_be_in_any_script(reason):
    assert order("pause", TWO, {"reason": reason}).reason == reason


REFUSED = [
    ("pause", {}, "/reason", "Write why, in at most 500 characters"),
    ("pause", {"reason": "  "}, "/reason", "Write why"),
    ("pause", {"reason": "x" * 501}, "/reason", "at most 500 characters"),
    ("pause", {"reason": "not \u202edeyolped"}, "/reason", "without those that turn text round"),
    ("promote", fields(), "/variant", "Choose a variant."),
    ("pin", fields(share_A="25"), "/shares", "Write each share in percent"),
    ("pin", fields(share_A="25", share_B="seventy"), "/shares", "Write each share in percent"),
    ("pin", fields(share_A="-25", share_B="125"), "/shares", "Write each share in percent"),
    ("pin", fields(share_A="nan", share_B="50"), "/shares", "Write each share in percent"),
    ("pin", fields(share_A="inf", share_B="50"), "/shares", "Write each share in percent"),
    ("pause", fields(id="not an id"), "/id", "matching regex"),
]


@pytest.mark.parametrize(("verb", "written", "pointer", "why"), REFUSED)
def test_a_form_that_makes_no_order_is_told_what_to_write(verb, written, pointer, why):
    with pytest.raises(OrderInvalid, match=why) as refused:
        order(verb, TWO, written)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_says_what_it_does_and_does_nothing_before_it_is_confirmed(web, visitor, verb):
    web.decide()
    assert f'href="{PAGE}/{verb}"' in visitor.get(PAGE).text
    asked = visitor.get(f"{PAGE}/{verb}")
    assert asked.status_code == 200
    assert VERBS[verb].effect in asked.text
    assert 'name="reason"' in asked.text
    assert web.given() is None


def test_shares_to_pin_begin_with_those_that_are_live(web, visitor):
    web.decide()
    assert visitor.get(f"{PAGE}/pin").text.count('value="10"') == 10


def test_what_was_done_is_the_news_of_the_page_with_who_and_why(web, visitor):
    web.decide()
    answer = visitor.post(f"{PAGE}/pause", data={"reason": "sale"}, follow_redirects=True)
    assert answer.url.path == PAGE, answer.text
    assert "Hold: paused by local: sale;" in answer.text
    assert "By hand</strong> paused by local" in answer.text
    assert [(one.verb, one.who, one.why) for one in web.taken()] == [("pause", "local", "sale")]


def test_shares_in_percent_are_pinned_as_they_were_written(web, visitor):
    web.decide()
    shares = {f"share-v{number:02}": "0" for number in range(10)} | {"share-v00": "33.3", "share-v01": "66.7"}
    visitor.post(f"{PAGE}/pin", data={"reason": "test", **shares})
    (taken,) = web.taken()
    assert {name: share for name, share in taken.shares.items() if share} == {"v00": 0.333, "v01": 0.667}


def orders_shown(visitor, path=PAGE):
    return re.findall(r'<p class="order">.*', visitor.get(path).text)


def test_every_order_that_holds_is_on_both_pages_the_heeded_one_first(web, visitor):
    web.decide()
    assert orders_shown(visitor) == []
    even = {f"share-v{number:02}": "10" for number in range(10)}
    visitor.post(f"{PAGE}/pin", data={"reason": "a load test", **even})
    visitor.post(f"{PAGE}/promote", data={"reason": "it has won", "variant": "v03"})
    for path in (PAGE, "/"):
        promoted, pinned = orders_shown(visitor, path)
        assert "By hand</strong> v03 is promoted by local" in promoted
        assert ": it has won.</p>" in promoted
        assert "By hand</strong> pinned by local" in pinned
        assert ": a load test. It is heeded again once the order above is ended.</p>" in pinned
    visitor.post(f"{PAGE}/resume", data={"reason": "over"})
    assert len(orders_shown(visitor)) == 1


def test_who_ends_a_rollback_is_told_of_the_pin_below_and_its_shares(web, visitor):
    web.decide()
    said = "An order holds that is heeded then: pinned by local: a load test. The shares go to v00 25.0%, v01 75.0%, "
    shares = {f"share-v{number:02}": "0" for number in range(10)} | {"share-v00": "25", "share-v01": "75"}
    visitor.post(f"{PAGE}/pin", data={"reason": "a load test", **shares})
    visitor.post(f"{PAGE}/rollback", data={"reason": "latency doubled"})
    assert said in visitor.get(f"{PAGE}/resume").text
    assert "heeded then: rolled back to v00 by local: latency doubled. The" in visitor.get(f"{PAGE}/unpin").text
    assert "heeded then" not in visitor.get(f"{PAGE}/rollback").text
    visitor.post(f"{PAGE}/unpin", data={"reason": "tested"})
    assert "heeded then" not in visitor.get(f"{PAGE}/resume").text


def test_an_order_of_which_nothing_is_pushed_says_so_beside_it(web, visitor):
    said = "Nothing is pushed: the policy file says mode: observe."
    web.experiments["fares"] = replace(TEN, mode="observe")
    web.decide()
    assert said not in visitor.get(PAGE).text
    visitor.post(f"{PAGE}/rollback", data={"reason": "latency doubled"})
    for path in (PAGE, "/"):
        assert said in visitor.get(path).text
    web.experiments["fares"] = TEN
    assert said not in visitor.get(PAGE).text


def test_an_order_for_which_there_is_no_room_is_not_done_and_says_so(web, visitor, monkeypatch):
    monkeypatch.setattr("banditctl.stores.redis.ordering.ORDERS_KEPT", 1)
    web.decide()
    web.controlled = False
    web.run(web.store.give("fares", Order("first", "pause", "anna", "sale", web.now())))
    answer = visitor.post(f"{PAGE}/rollback", data={"reason": "latency doubled", "id": "late"})
    assert answer.status_code == 503
    assert "Not done: 1 orders for fares wait already, and no more are kept" in answer.text
    assert 'value="late"' in answer.text
    assert web.given().id == "first"


def test_an_order_that_the_endpoint_denies_is_said_to_be_wherever_the_form_leads(web, visitor):
    web.decide()
    web.denied = True
    answer = visitor.post(f"{PAGE}/rollback", data={"reason": "latency doubled"}, follow_redirects=True)
    said = (
        '<strong class="state alarm">Not carried out yet</strong> Cannot update endpoint fares: access is denied; '
        "it is tried again at every look."
    )
    assert answer.url.path == PAGE
    assert said in answer.text
    assert "it is decided afresh: cannot update endpoint fares: access is denied." in answer.text
    assert said in visitor.get("/").text
    web.denied = False
    visitor.post(f"{PAGE}/rollback", data={"reason": "latency doubled"})
    assert "Not carried out yet" not in visitor.get(PAGE).text


def test_what_another_order_forbids_is_said_in_its_words_and_what_was_written_stays(web, visitor):
    web.decide()
    visitor.post(f"{PAGE}/rollback", data={"reason": "latency doubled"})
    written = {"reason": "<b>sale</b>", "variant": "v03", "id": "once"}
    answer = visitor.post(f"{PAGE}/promote", data=written)
    assert answer.status_code == 422
    assert "Not done: rolled back by local: latency doubled; resume first" in answer.text
    assert "&lt;b&gt;sale&lt;/b&gt;</textarea>" in answer.text
    assert 'value="v03" required checked' in answer.text
    # Sent again it is another order: the first one has its answer.
    assert 'name="id" value="once"' not in answer.text


def test_a_sum_of_shares_that_is_no_whole_is_said(web, visitor):
    web.decide()
    shares = {f"share-v{number:02}": "9" for number in range(10)}
    answer = visitor.post(f"{PAGE}/pin", data={"reason": "test", **shares})
    assert "shares are 0 or more and sum to one, not to 0.9" in answer.text
    assert answer.text.count('value="9"') == 10
    assert web.given() is None


def test_an_order_whose_answer_was_lost_is_sent_again_as_the_same_one(web, visitor, monkeypatch):
    web.decide()
    kept = web.store.give

    async def lost(*order):
        await kept(*order)
        raise StoreUnavailable("Redis: no answer within 3 s")

    with monkeypatch.context() as patch:
        patch.setattr(web.store, "give", lost)
        answer = visitor.post(f"{PAGE}/pause", data={"reason": "sale", "id": "once"})
    assert answer.status_code == 503
    assert "Whether the order was kept is not known" in answer.text
    assert 'name="id" value="once"' in answer.text
    for _ in range(2):
        assert visitor.post(f"{PAGE}/pause", data={"reason": "sale", "id": "once"}).status_code == 303
    assert [one.id for one in web.taken()] == ["once"]


def test_an_order_that_nobody_takes_yet_is_said_to_wait(web, visitor):
    web.decide()
    web.controlled, web.orders._patience = False, timedelta(0)
    answer = visitor.post(f"{PAGE}/pause", data={"reason": "sale"})
    assert answer.status_code == 202
    assert "Pause: it is kept, and taken at the next look of the daemon that controls fares" in answer.text
    assert web.given().why == "sale"


@pytest.mark.parametrize("path", [f"{PAGE}/paint", "/experiments/none/pause", f"{PAGE}/pause/more"])
def test_there_is_no_other_way_to_steer(visitor, path):
    assert visitor.get(path).status_code == 404
    assert visitor.post(path, data={"reason": "x"}).status_code in {404, 405}
