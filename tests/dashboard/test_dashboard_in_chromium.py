"""The dashboard as people see it: in Debian's Chromium, without a head, on a desktop, on a phone and in the dark."""

from functools import partial

import pytest
from msgspec.structs import replace
from playwright.sync_api import expect
from support.chromium import DARK, DESKTOP, PATIENCE, PHONE, signed_in

PAGE = "/experiments/fares"


@pytest.fixture
def opened(visiting, web):
    """A way to open pages of the dashboard."""
    return partial(visiting, web.url)


def lively(web):
    """Decisions that moved traffic to and fro, and what was believed then."""
    last = web.decide(count=12)
    lines = web.run(web.store.lines("fares", 20))
    for number, line in enumerate(reversed(lines)):
        shares = {name: 1.0 + place * (number % 5) for place, name in enumerate(last.belief)}
        live = {name: part / sum(shares.values()) for name, part in shares.items()}
        allocation = replace(last.seen.live.allocation, shares=live)
        seen = replace(last.seen, at=line.at, live=replace(last.seen.live, allocation=allocation))
        web.record(replace(last, verdict="move" if number % 3 else "hold", seen=seen))
    return last


@pytest.mark.parametrize(("name", "options"), [("desktop", DESKTOP), ("phone", PHONE), ("dark", DARK)])
def test_every_page_fits_and_can_be_looked_at(web, opened, kept, name, options):
    lively(web)
    page = opened("/", **options)
    expect(page.get_by_role("heading", level=1)).to_have_text("Experiments")
    page.screenshot(path=kept / f"{name}-overview.png", full_page=True)
    page.get_by_role("link", name="fares").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("fares")
    expect(page.get_by_role("img", name="Shares of the traffic by variant")).to_be_visible()
    assert page.get_by_role("img", name="mean reward").count() == 10
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= options["viewport"]["width"]
    page.screenshot(path=kept / f"{name}-experiment.png", full_page=True)
    page.get_by_role("link", name="Pin", exact=True).click()
    expect(page.get_by_label("Why?")).to_be_visible()
    page.screenshot(path=kept / f"{name}-pin.png", full_page=True)


def test_words_have_enough_contrast_by_day_and_by_night(web, opened):
    web.decide()
    for options in (DESKTOP, DARK):
        page = opened(PAGE, **options)
        colours = page.evaluate(
            """() => ["main p", "caption", "time", "a", ".state.fine", ".state.unknown", ".button", "th"].map(found => {
                const element = document.querySelector("main " + found) || document.querySelector(found);
                const own = getComputedStyle(element).backgroundColor;
                const paper = getComputedStyle(document.body).backgroundColor;
                return [found, getComputedStyle(element).color, own.endsWith(", 0)") ? paper : own];
            })"""
        )
        for found, ink, paper in colours:
            assert contrast(ink, paper) >= 4.5, (found, ink, paper)


def contrast(*colours):
    """The ratio of two colours' luminances, as WCAG defines it."""
    lights = sorted(luminance(colour) for colour in colours)
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour):
    parts = [int(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_new_decision_appears_by_itself_and_keeps_what_was_unfolded(web, opened):
    last = lively(web)
    page = opened(PAGE)
    page.evaluate("window.unchanged = true")
    page.get_by_text("What is marked, in words").click()
    web.record(replace(last, verdict="move", reason="Move v03 from 10.0% to 30.0%; it has just become clear."))
    expect(page.locator("#news")).to_contain_text("it has just become clear", timeout=PATIENCE)
    expect(page.locator("#decisions li").first).to_contain_text("it has just become clear")
    expect(page.locator("#deeds li").first).to_be_visible()
    assert page.evaluate("window.unchanged") is True


def test_the_first_decision_appears_by_itself_too(web, opened):
    page = opened(PAGE)
    expect(page.locator("#news")).to_have_text("Nothing has been decided yet.")
    web.decide()
    expect(page.get_by_role("heading", name="Shares over time")).to_be_visible(timeout=PATIENCE)


def test_a_pause_is_asked_once_more_and_seen_live_by_others(web, opened):
    web.decide()
    key = web.key("sre", "admin")
    watching = signed_in(opened(PAGE), key)
    page = signed_in(opened(PAGE), key)
    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pause fares?")
    page.get_by_role("button", name="Pause").click()
    # The browser itself asks for a reason.
    assert page.get_by_label("Why?").evaluate("field => field.validity.valueMissing")
    assert web.given() is None
    page.get_by_label("Why?").fill("the shop is being moved")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_url(f"**{PAGE}")
    expect(page.locator("#news")).to_contain_text("the shop is being moved")
    expect(watching.locator("#news")).to_contain_text("paused by sre: the shop is being moved", timeout=PATIENCE)


def test_a_variant_is_promoted_and_shares_are_pinned_by_hand(web, opened):
    web.decide()
    page = opened(PAGE)
    page.get_by_role("link", name="Promote").click()
    page.get_by_label("v03").check()
    page.get_by_label("Why?").fill("it has won")
    page.get_by_role("button", name="Promote").click()
    page.wait_for_url(f"**{PAGE}")
    page.get_by_role("link", name="Pin", exact=True).click()
    for number in range(10):
        page.get_by_label(f"v{number:02}").fill("0" if number > 1 else "50")
    page.get_by_label("Why?").fill("the two that are left")
    page.get_by_role("button", name="Pin").click()
    page.wait_for_url(f"**{PAGE}")
    promoted, pinned = web.taken()
    assert promoted.variant == "v03"
    assert {name: share for name, share in pinned.shares.items() if share} == {"v00": 0.5, "v01": 0.5}


def test_a_key_that_is_revoked_while_looking_ends_in_the_form_that_says_so(web, opened, kept):
    web.decide()
    key, other = web.key("anna", "read"), web.key("bert", "read")
    page = signed_in(opened(PAGE), key)
    expect(page.get_by_text("Signed in as anna")).to_be_visible()
    web.revoke(key)
    expect(page.get_by_role("alert")).to_have_text("The key that you signed in with was revoked.", timeout=PATIENCE)
    page.screenshot(path=kept / "desktop-revoked.png", full_page=True)
    page.get_by_label("Key").fill(other)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{PAGE}")
    expect(page.get_by_text("Signed in as bert")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_session_is_found_by_whoever_follows_a_link_from_elsewhere(web, opened):
    web.decide()
    page = signed_in(opened(PAGE), web.key("anna", "read"))
    # Another site: localhost is none of 127.0.0.1.
    elsewhere = web.url.replace("127.0.0.1", "localhost")
    page.route(
        f"{elsewhere}/chat",
        lambda route: route.fulfill(content_type="text/html", body=f'<a href="{web.url}{PAGE}">go</a>'),
    )
    page.goto(f"{elsewhere}/chat")
    page.get_by_role("link", name="go").click()
    expect(page.get_by_text("Signed in as anna")).to_be_visible()


def test_without_scripts_everything_can_be_read_and_is_asked_for_again(web, opened):
    web.decide()
    page = opened(PAGE, **DESKTOP, java_script_enabled=False)
    expect(page.get_by_role("table")).to_be_visible()
    assert '<meta http-equiv="refresh" content="30">' in page.content()


def test_by_keys_alone_one_gets_to_the_content(web, opened):
    web.decide()
    page = opened(PAGE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
