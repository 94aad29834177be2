"""What pages say, read by a strict parser."""

import re
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from core.builders import experiment
from msgspec.structs import replace
from support.dashboards import TEN, Web, decided, evidence_of
from support.parsed import by_id, parsed, rows, text

from banditctl.core.allocation import Allocation, Live
from banditctl.core.change import Change
from banditctl.core.mismatch import Mismatch
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.credentials import Scope
from banditctl.dashboard.pages import POLICY
from banditctl.errors import StoreUnavailable

LESS = experiment(name="less", reward=Gaussian(goal="minimize", default=None))


@pytest.fixture
def shown(web, visitor):
    """The page of the experiment after some decisions, parsed."""
    web.decide()
    return parsed(visitor.get("/experiments/fares"))


def test_every_figure_has_words_and_every_table_a_caption(shown):
    figures = [*shown.iter("figure")]
    assert len(figures) == 2
    assert all(text(figure.find("figcaption")) for figure in figures)
    pictures = [one for one in shown.iter("svg") if one.get("aria-hidden") != "true"]
    assert len(pictures) == 1 + 10
    for picture in pictures:
        assert picture.get("role") == "img"
        assert picture.get("aria-label") or text(picture.find("title"))
    (table,) = shown.iter("table")
    assert text(table.find("caption"))
    assert {cell.get("scope") for cell in table.iter("th")} == {"col", "row"}


def test_news_are_read_out_and_nothing_else_is(shown):
    polite = [
        element.get("id") for element in shown.iter() if element.get("aria-live") or element.get("role") == "status"
    ]
    assert polite == ["news", "trouble"]


def test_the_table_says_what_the_latest_decision_believed(web, visitor):
    last = web.decide()
    head, variants = rows(parsed(visitor.get("/experiments/fares")))
    assert head == [
        "Variant",
        "Share",
        "Asked for",
        "Trials",
        "Mean reward",
        "95% interval",
        "P(best)",
        "Expected loss",
    ]
    assert list(variants) == list(TEN.variants)
    for name, one in last.belief.items():
        assert variants[name][1:4] == [f"{last.proposal[name]:.1%}", f"{one.trials:,.0f}", f"{one.mean:.4g}"]
        assert variants[name][4] == f"{one.interval[0]:.4g} to {one.interval[1]:.4g}"
        assert variants[name][5] == f"{one.best:.1%}"
        assert variants[name][0] == "10.0%"


def test_the_last_twenty_decisions_are_told_in_their_own_words_newest_first(web, visitor):
    last = web.decide(count=1)
    for number in range(25):
        web.record(replace(last, reason=f"Reason {number}."))
    listed = [text(item) for item in by_id(parsed(visitor.get("/experiments/fares")), "decisions")]
    assert [item.rpartition("UTC ")[2] for item in listed] == [f"Reason {number}." for number in range(24, 4, -1)]


def test_what_was_done_is_marked_on_the_picture_with_their_reasons(web, visitor):
    last = web.decide()
    for number in range(3):
        at = last.seen.at + number * (web.now() - last.seen.at) / 4
        web.record(replace(last, verdict="move", reason=f"Move {number}.", seen=replace(last.seen, at=at)))
    document = parsed(visitor.get("/experiments/fares"))
    marks = [text(mark.find("title")) for mark in document.iter("g") if mark.get("class") == "mark"]
    assert [mark.rpartition("UTC: ")[2] for mark in marks[-3:]] == ["Move 0.", "Move 1.", "Move 2."]
    told = [text(item).rpartition("UTC ")[2] for item in by_id(document, "deeds").iter("li")]
    assert told[:3] == ["Move 2.", "Move 1.", "Move 0."]
    assert len(told) == len(marks)


def test_what_is_recorded_cannot_write_on_the_page(web, visitor):
    last = web.decide(count=1)
    web.record(replace(last, reason="<script>alert(1)</script> & <img src=x onerror=alert(1)>"))
    document = parsed(visitor.get("/experiments/fares"))
    assert text(by_id(document, "news")).startswith("<script>alert(1)</script> & <img src=x onerror=alert(1)>")
    assert [one.get("src") for one in document.iter("script")] == ["/assets/live.js"]
    assert [*document.iter("img")] == []


def test_an_experiment_without_decisions_says_so_on_both_pages(visitor):
    assert "Nothing has been decided yet." in visitor.get("/").text
    page = parsed(visitor.get("/experiments/fares"))
    assert text(by_id(page, "news")) == "Nothing has been decided yet."
    assert [*page.iter("figure")] == []


def test_alarms_are_on_both_pages_in_words(web, visitor):
    last = web.decide()
    wrong = replace(
        last.findings,
        mismatch=Mismatch(1e6, "v03", -0.25, alarm=True),
        change=Change("v09", 24.0, 5.0, alert=True),
    )
    web.record(replace(last, findings=wrong))
    for path, name in (("/", "of-fares"), ("/experiments/fares", "checked")):
        told = text(by_id(parsed(visitor.get(path)), name))
        assert "v03 gets 25.0% less than its share" in told
        assert "Lately v09 earns more beside the leader than before" in told
        assert told.count("Alarm") == 2


def test_the_overview_says_that_nothing_looks_wrong_where_nothing_does(web, visitor):
    web.decide()
    (entry,) = parsed(visitor.get("/")).iter("article")
    assert "OK Nothing looks wrong." in text(entry)
    assert "Gain over an equal split" in text(entry)


BAD = "policies/fares.yaml:3:9: limits: <b>must</b> be a mapping"
REFUSED = f"Alarm Policy file refused; what runs goes on as it did: {BAD}"
EVERY_PAGE = ["/", "/experiments/fares", "/experiments/fares/pause"]


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_policy_files_that_are_refused_are_on_every_page_with_their_place(web, visitor, path):
    web.decide()
    assert text(by_id(parsed(visitor.get(path)), "files")) == ""
    web.refused = [BAD]
    page = parsed(visitor.get(path))
    assert text(by_id(page, "files")) == REFUSED
    assert "OK Nothing looks wrong." not in text(page)


def test_an_order_that_waits_is_told_beside_what_is_refused(web, visitor):
    web.decide()
    web.refused, web.controlled, web.orders._patience = [BAD], False, timedelta(0)
    answer = visitor.post("/experiments/fares/pause", data={"reason": "sale"})
    assert answer.status_code == 202
    assert text(by_id(parsed(answer), "files")) == REFUSED


def test_of_many_reasons_ten_are_shown_and_all_are_counted(web, visitor):
    web.refused = [f"policies/{number:02}.yaml:1:1: must be a mapping" for number in range(12)]
    told = [text(one) for one in by_id(parsed(visitor.get("/")), "files").iter("p")]
    assert len(told) == 11
    assert told[9].endswith("policies/09.yaml:1:1: must be a mapping")
    assert told[10] == "So are others; the log has all 12 reasons."


def test_who_may_not_look_is_told_of_no_file(web, visitor):
    web.refused = [BAD]
    web.key("anna", Scope.READ)
    for path in EVERY_PAGE:
        assert "fares.yaml" not in visitor.get(path, follow_redirects=True).text


def test_an_endpoint_that_tells_no_shares_yet_has_a_page(web, visitor):
    web.decide(live=Live("Creating", "busy", None))
    assert "Creating" in text(by_id(parsed(visitor.get("/experiments/fares")), "news"))


@pytest.fixture
def less(valkey):
    started = Web(valkey.url, [LESS, TEN])
    started.start()
    yield started
    started.stop()


def test_less_is_said_to_be_better_where_it_is(less):
    less.decide("less")
    with less.client() as client:
        (table,) = parsed(client.get("/experiments/less")).iter("table")
        assert "less reward is better" in text(table.find("caption"))
        assert [text(one) for one in parsed(client.get("/")).iter("h2")] == ["less", "fares"]


def test_a_decision_of_a_policy_file_with_other_variants_still_has_a_page(web, visitor):
    last = web.decide()
    other = experiment(("v00", "new"), name="fares")
    web.record(decided(other, evidence_of(other.variants, web.now()), web.now()))
    _, variants = rows(parsed(visitor.get("/experiments/fares")))
    assert list(variants) == ["v00", "new"]
    assert last.belief.keys() != variants.keys()


def test_the_pages_of_others_are_left_to_them(visitor):
    for path in ("/v1/experiments", "/livez", "/metrics", "/favicon.ico"):
        assert visitor.get(path).text == "the API"


def test_what_asks_of_no_path_is_left_to_others_as_well(web):
    with (
        socket.create_connection(("127.0.0.1", urlsplit(web.url).port), timeout=20) as line,
        line.makefile("rb") as answer,
    ):
        line.sendall(b"OPTIONS * HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        assert b"the API" in answer.read()


@pytest.mark.parametrize("asset", ["style.css", "live.js", "icon.svg"])
def test_assets_are_ours_and_sealed_too(visitor, asset):
    answer = visitor.get(f"/assets/{asset}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", answer.text)
    again = visitor.get(f"/assets/{asset}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_store_that_does_not_answer_is_said_and_the_page_comes_back(web, visitor, monkeypatch):
    web.decide()

    async def away(*_):
        raise StoreUnavailable("Redis: no answer within 3 s")

    monkeypatch.setattr(web.store, "glance", away)
    answer = visitor.get("/experiments/fares")
    assert answer.status_code == 503
    assert "Redis: no answer within 3 s. Meanwhile traffic stays as it is." in answer.text
    monkeypatch.undo()
    assert visitor.get("/experiments/fares").status_code == 200


def test_equal_shares_are_drawn_as_equal(shown):
    levels = [
        path.get("d")
        for path in shown.find(".//figure[@id='shares']").iter("path")
        if "area" in (path.get("class") or "")
    ]
    assert levels == [f"M0 300V{level}H1000V300Z" for level in range(0, 300, 30)]
    assert Allocation.equal(TEN.variants)["v00"] == 0.1
