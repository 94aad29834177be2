"""`banditctl explain`, `history` and `get -w`: asked of a real daemon, and of its store when it is gone."""

import json
from urllib.error import HTTPError

import pytest
from support.daemons import Daemon
from support.policy_files import LEAST, write
from support.redis_servers import wait_for
from support.verbs import banditctl


def decided(daemon: Daemon) -> None:
    """Thousands of requests of two of the variants, and a decision on them."""
    wait_for(daemon.view)
    exposures = [
        {"type": "exposure", "id": f"{variant}{n}", "experiment": "flights", "variant": variant}
        for variant in ("gbm-rush", "gbm-weather")
        for n in range(100)
    ]
    rewards = [{"id": one["id"], "experiment": "flights", "inference_id": one["id"], "value": 1} for one in exposures]
    daemon.post([*exposures, *rewards[:150]])
    wait_for(lambda: (view := daemon.view()) and sum(cell["exposed"] for cell in view["counts"].values()) == 200)
    seen = daemon.view()["turn"]["at"]
    wait_for(lambda: (view := daemon.view()) and view["turn"]["at"] > seen)


def latest(daemon: Daemon) -> str:
    return json.loads(daemon.get("/v1/experiments/flights/decisions?limit=1"))["decisions"][0]["id"]


def test_an_explanation_is_the_same_from_the_daemon_and_from_its_store(asked_daemon: Daemon, asked_ways):
    decided(asked_daemon)
    number = latest(asked_daemon)
    told = [banditctl("explain", "flights", "--decision", number, "--verify", *way) for way in asked_ways]
    assert [one.returncode for one in told] == [0, 0], told
    assert told[0].stdout == told[1].stdout
    text = told[0].stdout
    assert text.startswith("Nothing was moved: the shares are as they should be. It is too early to tell who is best:")
    assert "For 200 requests a reward may still come" in text
    assert f"decision {number}" in text
    (rush,) = [line.split() for line in text.splitlines() if line.strip().startswith("gbm-rush ")]
    assert rush[1:3] == ["0", "100"]
    assert text.splitlines()[-1] == f"verified: decision {number} comes out again from what it saw, bit for bit"


def test_the_counts_of_an_explanation_are_read_by_decide_which_believes_the_same(asked_daemon: Daemon, asked_ways):
    decided(asked_daemon)
    number = latest(asked_daemon)
    for way in asked_ways:
        told = banditctl("explain", "flights", "--decision", number, "--verify", "-o", "json", *way)
        assert told.stderr.startswith("verified: ")
        again = banditctl("decide", str(asked_daemon.policy), "--evidence", "-", "-o", "json", input=told.stdout)
        assert again.returncode == 0, again.stderr
        (recorded,) = [
            one
            for one in json.loads(asked_daemon.get("/v1/experiments/flights/decisions?limit=50"))["decisions"]
            if one["id"] == number
        ]
        answer = json.loads(again.stdout)
        for field in ("at", "belief", "value_remaining", "proposal", "allocation", "weights", "verdict", "reason"):
            assert answer[field] == recorded[field], field


def test_under_another_policy_file_nothing_is_verified_and_the_exit_code_is_1(daemon: Daemon, ways):
    wait_for(lambda: (view := daemon.view()) and view["decision"])
    daemon.stop()
    daemon.policy.write_text(daemon.policy.read_text() + "limits: {step: 5%}\n")
    told = banditctl("explain", "flights", "--verify", *ways[1])
    assert told.returncode == 1
    assert "The policy file has changed since" in told.stdout
    assert "give the former one with --store and --policies" in told.stdout.splitlines()[-1]


def test_history_lists_decisions_newest_first_page_by_page(asked_daemon: Daemon, asked_ways):
    wait_for(lambda: len(json.loads(asked_daemon.get("/v1/experiments/flights/decisions"))["decisions"]) >= 3)
    before = latest(asked_daemon)
    pages = [banditctl("history", "flights", "--limit", "2", "--before", before, *way) for way in asked_ways]
    assert pages[0].stdout == pages[1].stdout
    title, head, *rows = [line for line in pages[0].stdout.splitlines() if line.strip(" ─╶╴")]
    assert title.strip() == "flights"
    assert head.split()[:3] == ["when", "id", "verdict"]
    assert [row.split()[2] for row in rows if "Z " in row] == ["hold", "hold"]
    found = json.loads(banditctl("history", "flights", "--before", before, "-o", "json", *asked_ways[0]).stdout)[
        "decisions"
    ]
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    assert found[0]["id"] < before
    assert found[0]["reason"].startswith("Hold: ")


UNANSWERED = [
    (["explain", "trains"], 3, "unknown experiment trains; known are flights"),
    (["explain", "flights", "--decision", "1-1"], 3, "flights has no decision 1-1; its history has the ids"),
    (["history", "flights", "--before", "noon"], 2, "before is the id of a decision, as the history has it, not noon"),
    (["history", "flights", "--limit", "0"], 2, "greater than or equal to 1"),
]


def test_what_is_not_there_is_said_with_an_exit_code(asked_daemon: Daemon, asked_ways):
    wait_for(asked_daemon.view)
    for (words, code, sentence), way in zip(UNANSWERED, [*asked_ways, *asked_ways], strict=True):
        asked = banditctl(*words, *way)
        assert (asked.returncode, asked.stdout) == (code, ""), asked
        assert sentence in asked.stderr
    for view in ("explanation", "verification", "evidence"):
        with pytest.raises(HTTPError) as refused:
            asked_daemon.get(f"/v1/experiments/flights/{view}?decision=noon")
        with refused.value as answer:
            assert answer.code == 404


def test_a_store_that_cannot_be_asked_is_said_with_an_exit_code(tmp_path):
    write(tmp_path, LEAST)
    asked = [
        banditctl("get", "--policies", "flights.yaml", "--store", url, cwd=tmp_path)
        for url in ("memory://", "embedded:nowhere", "redis://127.0.0.1:1/0")
    ]
    assert [one.returncode for one in asked] == [2, 3, 1]
    assert "name the store that the daemon uses" in asked[0].stderr
    assert asked[1].stderr.endswith("nowhere is no store yet; a daemon makes it\n")
    assert not (tmp_path / "nowhere").exists()
    assert not any("Traceback" in one.stderr for one in asked)


def test_an_embedded_store_is_asked_beside_its_daemon_and_without(tmp_path, emulator_address):
    daemon = Daemon(tmp_path, emulator_address, "--store", f"embedded:{tmp_path / 'kept'}")
    daemon.start()
    try:
        wait_for(lambda: (view := daemon.view()) and view["decision"])
        straight = ["--store", f"embedded:{tmp_path / 'kept'}", "--policies", str(daemon.policy)]
        beside = banditctl("explain", "flights", *straight)
        daemon.stop()
        without = banditctl("explain", "flights", "--verify", *straight)
    finally:
        daemon.close()
    assert [beside.returncode, without.returncode] == [0, 0], [beside.stderr, without.stderr]
    assert beside.stdout.startswith("Nothing was moved: ")
    assert "verified: decision " in without.stdout
