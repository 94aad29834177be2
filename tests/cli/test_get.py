"""`banditctl get` shows what a real daemon knows."""

import json

from support.daemons import Daemon
from support.redis_servers import wait_for
from support.verbs import banditctl

from banditctl.cli.getting import certainty, metered


def report(daemon: Daemon):
    """Two requests of one variant, the reward of one of them twice, and one that no exposure ever had."""
    exposures = [{"type": "exposure", "id": name, "variant": "gbm-rush"} for name in ("one", "two")]
    rewards = [{"id": name, "inference_id": name, "value": 1} for name in ("one", "ghost")]
    events = [{"experiment": "flights", **event} for event in (*exposures, *rewards)]
    daemon.post(events)
    daemon.post(events[2])
    wait_for(lambda: (view := daemon.view()) and view["tally"]["orphaned"] == 1)


def test_a_table_says_what_was_served_and_earned_what_is_pending_and_what_is_not_counted(asked_daemon: Daemon):
    wait_for(asked_daemon.view)
    report(asked_daemon)
    shown = banditctl("get", "flights", "--url", asked_daemon.url)
    assert shown.returncode == 0, shown.stderr
    title, head, *rows = [line for line in shown.stdout.splitlines() if line.strip(" ─╶╴")]
    assert title.strip() == "flights"
    assert head.split() == ["variant", "share", "exposed", "rewarded", "total", "matured", "pending", "mean", "P(best)"]
    (rush,) = [row.split() for row in rows if "gbm-rush" in row and "%" in row and "Move" not in row][:1]
    assert rush[2:7] == ["2", "1", "1", "0", "2"]
    assert "events: 4 accepted, 1 duplicates, 0 waiting for 0 s" in shown.stdout
    assert "not counted: 0 late, 1 orphaned, 0 repeated, 0 targeted, 0 unknown" in shown.stdout


def test_how_sure_the_lead_is_stands_below():
    split = {"variant": "b", "deviation": -0.012, "e_value": 0.25}
    rival = {"effect": 0.01, "interval": [-0.002, 0.022], "e_value": 3.456}
    gain = {"mean": 0.004, "interval": [-0.001, 0.009], "equal": 0.0512}
    assert certainty({"leader": "b", "rivals": {"a": rival}, "gain": gain, "mismatch": split}) == [
        "lead: b earns +0.01 (-0.002 to +0.022) beside a, e-value 3.46",
        "gain: +0.004 a trial (-0.001 to +0.009) over an equal split, which is believed to earn 0.0512",
        "requests: b is -1.2% off its share, e-value 0.25",
    ]
    assert certainty({"leader": "b", "rivals": {}, "gain": None, "mismatch": None}) == []


def test_how_far_requests_were_metered_stands_below():
    known = {"until": "2026-03-01T12:07:00Z", "missing": {"a": 1200, "b": 3}}
    told = "metered until 2026-03-01T12:07:00Z; minutes without a datapoint: "
    assert metered({"metered": known}) == [f"{told}a 1,200, b 3"]
    assert metered({"metered": known | {"missing": {}}}) == [f"{told}none"]
    assert metered({"metered": None}) == []


def test_without_a_name_all_experiments_are_shown_and_json_is_the_daemons_own(asked_daemon: Daemon):
    wait_for(asked_daemon.view)
    (view,) = json.loads(banditctl("get", "-o", "json", "--url", asked_daemon.url).stdout)["experiments"]
    assert view["experiment"] == "flights"
    assert set(view["pending"]) == set(view["variants"])


def test_an_experiment_that_is_not_there_is_exit_code_3(asked_daemon: Daemon):
    asked = banditctl("get", "trains", "--url", asked_daemon.url)
    assert asked.returncode == 3
    assert "unknown experiment trains; known are flights" in asked.stderr


def test_a_daemon_that_does_not_answer_is_exit_code_1(daemon: Daemon):
    daemon.stop()
    asked = banditctl("get", "--url", daemon.url)
    assert asked.returncode == 1
    assert asked.stderr.startswith(f"{daemon.url} does not tell: ")
