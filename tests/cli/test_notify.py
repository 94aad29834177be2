"""`banditctl notify`, as a user tries who is told."""

import json
import os

import pytest
from support.receiving import SECRET
from support.verbs import banditctl


@pytest.fixture
def notify(tmp_path):
    def run(*arguments, **variables):
        return banditctl("notify", *arguments, cwd=tmp_path, env={**os.environ, "NO_PROXY": "127.0.0.1", **variables})

    return run


def place(receiver):
    return receiver.url.partition("/told")[0]


def test_who_is_told_is_listed_without_the_secrets_in_it(notify, receiver):
    slack = "https://hooks.slack.com/services/T0/B0/abc"
    listed = notify(BANDITCTL_NOTIFY=f"{receiver.url} {slack}", BANDITCTL_NOTIFY_SECRET=SECRET)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout == f"{place(receiver)} webhook\nhttps://hooks.slack.com slack\n"
    assert receiver.got == []


def test_a_test_notice_reaches_each_and_what_they_answer_is_said(notify, receiver):
    receiver.answers.append((403, {}, b"no_active_hooks"))
    slack = f"slack+{receiver.url}"
    refused = notify("--notify", slack, "--test")
    assert (refused.returncode, refused.stdout) == (1, f"{place(receiver)} slack failed 403 no_active_hooks\n")
    taken = notify("--notify", receiver.url, "--notify-secret", SECRET, "--test", "-o", "json")
    assert taken.returncode == 0
    row = {"receiver": place(receiver), "form": "webhook", "outcome": "sent", "answer": "204"}
    assert json.loads(taken.stdout) == {"receivers": [row]}
    plain, signed = receiver.got
    assert json.loads(plain.body)["text"] == "test: This is a test: nothing has happened."
    assert signed.verified()["type"] == "test"


def test_where_nobody_is_told_it_says_how_to_change_that(notify):
    ended = notify()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "nobody is told of anything: name a URL with --notify or BANDITCTL_NOTIFY\n"


def test_a_settings_file_names_them_too(notify, tmp_path, receiver):
    (tmp_path / "banditctl.yaml").write_text(f"notify:\n  notify:\n  - slack+{receiver.url}\n")
    assert notify().stdout == f"{place(receiver)} slack\n"
