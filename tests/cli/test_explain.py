"""`banditctl explain`, `history` and `get -w`: asked of a real daemon, and of its store when it is gone."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from urllib.error import HTTPError

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for


def banditctl(*words: str, **options):
    verb = [sys.executable, "-m", "banditctl", *words]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(verb, env=environment, capture_output=True, text=True, timeout=30, check=False, **options)


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


@pytest.fixture
def ways(daemon: Daemon, server):
    """The two ways of asking: the daemon, and its store by the policy file."""
    return ["--url", daemon.url], ["--store", server.url, "--policies", str(daemon.policy)]


def latest(daemon: Daemon) -> str:
    return json.loads(daemon.get("/v1/experiments/flights/decisions?limit=1"))["decisions"][0]["id"]


def test_an_explanation_is_the_same_from_the_daemon_and_from_its_store(daemon: Daemon, ways):
    decided(daemon)
    number = latest(daemon)
    told = [banditctl("explain", "flights", "--decision", number, "--verify", *way) for way in ways]
    assert [one.returncode for one in told] == [0, 0], told
    assert told[0].stdout == told[1].stdout
    text = told[0].stdout
    assert text.startswith("Nothing was moved: the shares are as they should be. It is too early to tell who is best:")
    assert "For 200 requests a reward may still come" in text
    assert f"decision {number}" in text
    (rush,) = [line.split() for line in text.splitlines() if line.strip().startswith("gbm-rush ")]
    assert rush[1:3] == ["0", "100"]
    assert text.splitlines()[-1] == f"verified: decision {number} comes out again from what it saw, bit for bit"


def test_the_counts_of_an_explanation_are_read_by_decide_which_believes_the_same(daemon: Daemon, ways):
    decided(daemon)
    number = latest(daemon)
    for way in ways:
        told = banditctl("explain", "flights", "--decision", number, "--verify", "-o", "json", *way)
        assert told.stderr.startswith("verified: ")
        again = banditctl("decide", str(daemon.policy), "--evidence", "-", "-o", "json", input=told.stdout)
        assert again.returncode == 0, again.stderr
        (recorded,) = [
            one
            for one in json.loads(daemon.get("/v1/experiments/flights/decisions?limit=50"))["decisions"]
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


def test_history_lists_decisions_newest_first_page_by_page(daemon: Daemon, ways):
    wait_for(lambda: len(json.loads(daemon.get("/v1/experiments/flights/decisions"))["decisions"]) >= 3)
    before = latest(daemon)
    pages = [banditctl("history", "flights", "--limit", "2", "--before", before, *way) for way in ways]
    assert pages[0].stdout == pages[1].stdout
    title, head, *rows = [line for line in pages[0].stdout.splitlines() if line.strip(" ─╶╴")]
    assert title.strip() == "flights"
    assert head.split()[:3] == ["when", "id", "verdict"]
    assert [row.split()[2] for row in rows if "Z " in row] == ["hold", "hold"]
    found = json.loads(banditctl("history", "flights", "--before", before, "-o", "json", *ways[0]).stdout)["decisions"]
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    assert found[0]["id"] < before
    assert found[0]["reason"].startswith("Hold: ")


UNANSWERED = [
    (["explain", "trains"], 3, "unknown experiment trains; known are flights"),
    (["explain", "flights", "--decision", "1-1"], 3, "flights has no decision 1-1; its history has the ids"),
    (["history", "flights", "--before", "noon"], 1, "before is the id of a decision, as the history has it, not noon"),
    (["history", "flights", "--limit", "0"], 2, "greater than or equal to 1"),
]


def test_what_is_not_there_is_said_with_an_exit_code(daemon: Daemon, ways):
    wait_for(daemon.view)
    for words, code, sentence in UNANSWERED:
        for way in ways:
            asked = banditctl(*words, *way)
            assert (asked.returncode, asked.stdout) == (code, ""), asked
            assert sentence in asked.stderr
    for view in ("explanation", "verification", "evidence"):
        with pytest.raises(HTTPError) as refused:
            daemon.get(f"/v1/experiments/flights/{view}?decision=noon")
        with refused.value as answer:
            assert answer.code == 404


def test_a_store_that_cannot_be_asked_is_said_with_an_exit_code(tmp_path, daemon: Daemon):
    wait_for(daemon.view)
    policies = ["--policies", str(daemon.policy)]
    asked = [
        banditctl("get", *policies, "--store", url, cwd=tmp_path)
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


class Watching:
    """`banditctl get -w`, and what it has printed so far."""

    def __init__(self, folder, *words: str, terminal: bool = False) -> None:
        self._printed, self._seen = folder / "printed", b""
        self._terminal, shown = pty.openpty() if terminal else (None, os.open(self._printed, os.O_CREAT | os.O_WRONLY))
        if terminal:
            os.set_blocking(self._terminal, False)
        verb = [sys.executable, "-m", "banditctl", "get", "-w", *words]
        self.process = subprocess.Popen(verb, stdout=shown, stderr=subprocess.PIPE)
        os.close(shown)

    @property
    def printed(self) -> str:
        if self._terminal is None:
            return self._printed.read_text()
        with suppress(OSError):  # nothing more for now, or it has ended
            while part := os.read(self._terminal, 65536):
                self._seen += part
        return self._seen.decode()

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        if self._terminal is not None:
            os.close(self._terminal)


@pytest.fixture
def watch(tmp_path):
    with ExitStack() as running:

        def begin(*words: str, terminal: bool = False) -> Watching:
            watching = Watching(tmp_path, *words, terminal=terminal)
            running.callback(watching.close)
            return watching

        yield begin


def test_watching_on_a_pipe_prints_a_line_for_each_change_until_told_to_stop(daemon: Daemon, ways, watch):
    wait_for(lambda: (view := daemon.view()) and view["decision"])
    watching = watch("flights", *ways[0])
    wait_for(lambda: watching.printed.count("\n") >= 2)
    assert watching.end() == 0
    first, second, *_ = watching.printed.splitlines()
    assert first != second
    assert "flights: gbm-rush 25.0% gbm-weather 25.0%" in first or "logit-schedule 25.0%" in first
    assert "Hold: the shares are as they should be" in first


def test_watching_outlives_the_daemon_and_goes_on_when_it_is_back(daemon: Daemon, ways, watch):
    wait_for(lambda: (view := daemon.view()) and view["decision"])
    watching = watch(*ways[0], "-o", "json")
    wait_for(lambda: watching.printed)
    daemon.stop()
    assert b"does not tell" in watching.process.stderr.readline()
    before = watching.printed
    daemon.start()
    wait_for(lambda: watching.printed != before)
    assert watching.end() == 0
    assert {json.loads(line)["experiment"] for line in watching.printed.splitlines()} == {"flights"}


def test_watching_on_a_terminal_draws_the_table_again_and_again(daemon: Daemon, ways, watch):
    wait_for(lambda: (view := daemon.view()) and view["decision"])
    watching = watch("flights", *ways[1], terminal=True)
    wait_for(lambda: watching.printed.count("flights") >= 2)
    assert watching.end() == 0
    assert "Traceback" not in watching.printed


def test_watching_what_is_not_there_ends_at_once(daemon: Daemon, ways):
    wait_for(daemon.view)
    asked = banditctl("get", "trains", "-w", *ways[0])
    assert (asked.returncode, asked.stdout) == (3, "")
