"""Who is told, and in which form."""

import json

import pytest
from support.noticed import AT, examples
from support.receiving import SECRET

from banditctl.core.notices import Finding, Notice
from banditctl.errors import UsageError
from banditctl.notify.receivers import Slack, Webhook, digest, receivers, shown

HOOK = "https://ops.example.com/told?token=abc"
SLACK = "https://hooks.slack.com/services/T0/B0/abc"
NOTICE = Notice.of("flights", examples()["mismatch"], AT)


@pytest.mark.parametrize(
    ("url", "kind", "posted_to"),
    [
        (HOOK, Webhook, HOOK),
        ("http://127.0.0.1:9000/x", Webhook, "http://127.0.0.1:9000/x"),
        (SLACK, Slack, SLACK),
        ("slack+https://chat.example.com/hooks/abc", Slack, "https://chat.example.com/hooks/abc"),
    ],
)
def test_the_url_says_which_form(url, kind, posted_to):
    (one,) = receivers([url], SECRET)
    assert isinstance(one, kind)
    assert one.letter(NOTICE, AT).url == posted_to


def test_slack_needs_no_secret_and_a_url_that_is_named_twice_is_told_once():
    assert receivers([SLACK, SLACK], None) == [Slack(SLACK)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://ops.example.com/abc", "ftp://ops.example.com cannot be notified; write https://HOST/PATH"),
        ("slack+ftp://ops.example.com/abc", "slack+ftp://ops.example.com cannot be notified"),
        ("https:///abc", "https:// cannot be notified"),
        ("https://ops.example.com:port/abc", "https://ops.example.com:port cannot be notified"),
        ("ops.example.com/abc", "what is no URL cannot be notified"),
        (HOOK, "what https://ops.example.com is sent must be signed: set BANDITCTL_NOTIFY_SECRET"),
    ],
)
def test_what_cannot_be_notified_is_refused_without_telling_its_secrets(url, said):
    with pytest.raises(UsageError) as refused:
        receivers([url], None)
    assert str(refused.value).startswith(said)
    assert "abc" not in str(refused.value)


def test_nothing_that_is_shown_or_kept_tells_how_to_post():
    (one,) = receivers(["https://user:abc@ops.example.com/abc?abc"], SECRET)
    assert shown(one.url) == "https://ops.example.com"
    for told in (repr(one), str(one), digest(one), shown(one.url)):
        assert "abc" not in told


def test_a_webhook_gets_what_the_standard_says():
    letter = receivers([HOOK], SECRET)[0].letter(NOTICE, AT)
    assert letter.headers["webhook-id"] == NOTICE.id
    assert letter.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    body = json.loads(letter.body)
    assert (body["type"], body["timestamp"]) == ("mismatch", "2026-11-20T10:00:00Z")
    assert body["data"] == {"experiment": "flights", "sentence": NOTICE.sentence, **NOTICE.facts}


def test_slack_gets_a_text_and_blocks_that_call_nobody():
    odd = Notice.of("flights", Finding("endpoint", "<!channel> & more", {"reason": "a > b" + "&" * 5000}), AT)
    body = json.loads(Slack(SLACK).letter(odd, AT).body)
    assert body["text"] == "flights: &lt;!channel&gt; &amp; more"
    section, context = body["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": "*flights*: &lt;!channel&gt; &amp; more"}
    (reason,) = context["elements"]
    assert reason["text"].startswith("a &gt; b&amp;")
    assert len(reason["text"]) <= 3000
