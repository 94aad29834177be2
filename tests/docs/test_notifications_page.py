"""The page on notifications shows what is really sent, and its Python tells what is genuine."""

import json
import re
import time
from datetime import UTC, datetime
from typing import get_args

import pytest
from support.noticed import AT, examples
from support.pages import PAGES, blocks, rows
from support.prometheus import exported
from support.receiving import SECRET

from banditctl.core.notices import Kind, Notice
from banditctl.notify.receivers import Slack, Webhook
from banditctl.notify.signing import keys

PAGE = PAGES["docs/notifications.md"]
HOOK = Webhook("https://ops.example.com/banditctl", keys(SECRET))


def shown(language):
    (block,) = [block for page, block in blocks(language) if page == "docs/notifications.md"]
    return block


def notice(kind):
    return Notice.of("flights", examples()[kind], AT)


def test_every_kind_is_listed_and_shown():
    listed = [kind for kind, *_ in rows(PAGE, "## What is told")]
    assert listed == [json.loads(line)["type"] for line in shown("jsonl").splitlines()] == list(get_args(Kind))


@pytest.mark.parametrize("line", shown("jsonl").splitlines(), ids=get_args(Kind))
def test_what_is_shown_is_what_is_sent(line):
    assert line == HOOK.letter(notice(json.loads(line)["type"]), AT).body.decode()


def test_the_message_to_slack_is_what_is_sent():
    assert json.loads(shown("json")) == json.loads(Slack("").letter(notice("winner"), AT).body)


def test_headers_are_those_that_are_sent():
    sent = HOOK.letter(notice("winner"), AT).headers
    assert {name for name, _ in rows(PAGE, "## What a webhook gets")} == set(sent) - {"content-type"}


def test_its_python_believes_what_is_signed_now_and_nothing_else():
    code = {}
    exec(shown("python"), code)
    _, headers, body = HOOK.letter(notice("winner"), datetime.now(UTC))
    genuine = code["is_genuine"]
    assert genuine(SECRET, headers, body)
    assert not genuine(SECRET, headers, body + b" ")
    assert not genuine("whsec_" + "A" * 32, headers, body)
    assert not genuine(SECRET, {**headers, "webhook-id": "notice_2"}, body)
    assert not genuine(
        SECRET, HOOK.letter(notice("winner"), datetime.fromtimestamp(time.time() - 400, UTC)).headers, body
    )


def test_alarms_and_metrics_that_it_names_exist():
    named = set(re.findall(r"`(banditctl_\w+)`", PAGE))
    assert named
    assert named <= set(exported())
