"""The dashboard of the real daemon: there beside the API, closed by the same keys, and not where only intake runs."""

import json
from datetime import UTC, datetime

import pytest
from httpx2 import Client
from playwright.sync_api import expect
from support.chromium import PATIENCE, signed_in
from support.redis_servers import wait_for
from support.verbs import banditctl, serving


@pytest.fixture
def visitor(daemon):
    with Client(base_url=daemon.url, trust_env=False) as client:
        yield client


def made(server, visitor, client, scope):
    """A key, once the daemon asks for keys."""
    verb = ["keys", "new", client, "--scope", scope, "--store", server.url]
    key = banditctl(*verb).stdout.strip()
    wait_for(lambda: visitor.get("/").status_code == 303)
    return key


def test_the_daemon_shows_its_experiment_and_asks_for_a_key_once_there_is_one(daemon, visitor, server):
    wait_for(daemon.view)
    wait_for(lambda: "Hold: " in visitor.get("/experiments/flights").text)
    served = {"type": "exposure", "id": "f1", "experiment": "flights", "variant": "gbm-rush"}
    daemon.post(served | {"time": datetime.now(UTC).isoformat()})
    wait_for(lambda: "1 events have come, 0 wait to be learned." in visitor.get("/experiments/flights").text)
    assert 'href="/experiments/flights"' in visitor.get("/").text

    key = made(server, visitor, "anna", "read")
    assert visitor.get("/v1/experiments").status_code == 401
    visitor.post("/sign-in", data={"key": key})
    assert "Signed in as anna" in visitor.get("/experiments/flights").text
    # A session is for pages alone.
    assert visitor.get("/v1/experiments").status_code == 401


# Two browsers, an emulator, a daemon and its store, all at once on a machine that may be busy.
@pytest.mark.timeout(180)
def test_a_pause_by_the_page_is_seen_live_by_another_and_found_in_the_history_with_its_reason(
    daemon, server, visitor, visiting, ways, kept
):
    wait_for(daemon.view)
    key = made(server, visitor, "sre", "admin")
    page, watching = (signed_in(visiting(daemon.url, "/experiments/flights"), key) for _ in range(2))
    expect(watching.locator("#ordered")).to_be_empty()
    ordered(page, "Pause", "the shop is being moved")
    said = "paused by sre: the shop is being moved"
    expect(watching.locator("#news")).to_contain_text(said, timeout=PATIENCE)
    expect(watching.locator("#ordered")).to_contain_text("paused by sre")
    expect(watching.locator("#decisions")).to_contain_text(said)
    watching.screenshot(path=kept / "desktop-paused.png", full_page=True)
    _, straight = ways
    told = banditctl("history", "flights", "--limit", "500", *straight, "-o", "json")
    taken = [one for one in json.loads(told.stdout)["decisions"] if one["order"]]
    assert [(one["order"]["verb"], one["order"]["who"], one["order"]["why"]) for one in taken] == [
        ("pause", "sre", "the shop is being moved")
    ]
    assert said in taken[0]["reason"]


@pytest.mark.timeout(180)
def test_a_promotion_by_the_page_moves_the_traffic(daemon, visiting):
    wait_for(daemon.view)
    page = visiting(daemon.url, "/experiments/flights")
    ordered(page, "Promote", "it has won", variant="gbm-rush")
    expect(page.locator("#ordered")).to_contain_text("gbm-rush is promoted by local")
    row = page.get_by_role("row", name="gbm-rush")
    expect(row.get_by_role("cell").nth(0)).to_have_text("97.0%", timeout=PATIENCE)


def ordered(page, verb, why, variant=None):
    """Give an order by the form of a verb."""
    page.get_by_role("link", name=verb, exact=True).click()
    if variant:
        page.get_by_label(variant, exact=True).check()
    page.get_by_label("Why?").fill(why)
    page.get_by_role("button", name=verb).click()
    page.wait_for_url("**/experiments/flights")


def test_a_process_that_only_takes_events_has_no_dashboard(tmp_path, daemon, server):
    verb = ["run", str(daemon.policy), "--store", server.url, "--port", "0", "--only", "intake"]
    with serving(verb, tmp_path / "intake.log") as intake, Client(base_url=intake.address, trust_env=False) as client:
        assert client.get("/").status_code == 404
