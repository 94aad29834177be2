"""Debian's Chromium without a head, in which no page may complain of anything, and where its pictures are kept."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DARK = DESKTOP | {"color_scheme": "dark"}
PATIENCE = 15_000


def chromium():
    """CI sets CI, so that there it cannot be missing unnoticed."""
    found = shutil.which("chromium")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI must have chromium; `make test` installs it as root on Debian")
    if found is None:
        pytest.skip("chromium is not installed; Debian's package chromium has it")
    return found


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        # Without its sandbox it also runs as root; it sees nothing but pages of ours.
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visiting(browser):
    """A way to open a page of an address, each time as somebody else; in the end no console may have complained."""
    contexts, complaints = [], []

    def open_page(url, path, **options):
        context = browser.new_context(base_url=url, **(options or DESKTOP))
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # What is still on its way when one goes to another page is given up by the browser, and no failure.
        page.on("requestfailed", lambda one: one.failure != "net::ERR_ABORTED" and complaints.append(one.url))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def signed_in(page, key):
    """The page that one is led to by a key."""
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/experiments/*")
    return page


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where pictures are left for people to look at."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
