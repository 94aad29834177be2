"""`banditctl pause` and its like: given to a real daemon, and through its store."""

import json
import os
import pty
import socket
import threading
from getpass import getuser

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for
from support.verbs import banditctl


def test_an_order_prints_the_decision_that_took_it_and_stands_in_the_history(daemon: Daemon, ways):
    for way in ways:
        paused = banditctl("pause", "flights", "--reason", "a deploy", *way)
        assert (paused.returncode, paused.stderr) == (0, "")
        assert paused.stdout.startswith(f"Hold: paused by local ({getuser()}): a deploy; ")
        shown = banditctl("get", "flights", *way).stdout
        assert f"order: pause, by local ({getuser()}) since 20" in shown
        resumed = json.loads(banditctl("resume", "flights", "--reason", "done", "-o", "json", *way).stdout)
        assert resumed["order"]["why"] == "done"
        assert f"paused by local ({getuser()}): a deploy" in banditctl("history", "flights", *way).stdout
    told = banditctl("explain", "flights", "--decision", resumed["id"], "--verify", *ways[0])
    assert told.returncode == 0
    assert f"It was resumed by local ({getuser()}): done." in told.stdout


def test_shares_are_pinned_as_people_write_them(daemon: Daemon, ways):
    shares = ["--share", "gbm-rush=70%", "--share", "gbm-weather=0.3", "--share", "gbm-weather-cal=0"]
    pinned = banditctl("pin", "flights", "--reason", "a test", *shares, "--share", "logit-schedule=0%", *ways[0])
    assert pinned.stdout.startswith("Move gbm-rush from 25.0% to 70.0%: pinned by local"), pinned
    wait_for(lambda: daemon.view()["live"]["shares"]["gbm-rush"] == 0.7)
    shown = banditctl("get", "flights", *ways[1]).stdout
    assert "order: pin gbm-rush 70.0% gbm-weather 30.0% gbm-weather-cal 0.0% logit-schedule 0.0%, by local" in shown
    assert banditctl("unpin", "flights", "--reason", "over", *ways[0]).returncode == 0


REFUSED = [
    (["pin", "--share", "gbm-rush:3"], 2, "--share gbm-rush:3: write VARIANT=SHARE, the share as 70% or 0.7"),
    (["pin", "--share", "gbm-rush=nan"], 2, "--share gbm-rush=nan: write VARIANT=SHARE, the share as 70% or 0.7"),
    (["pin", "--share", "gbm-rush=1", "--share", "gbm-rush=0"], 2, "--share: each variant is named once"),
    (["pin", "--share", "gbm-rush=1"], 2, "each variant needs its share; missing are logit-schedule, "),
    (["promote", "--variant", "gbm-tea"], 2, "there is no variant gbm-tea; known are logit-schedule, gbm-weather"),
    (["pause"], 1, "rolled back by local"),
]


def test_what_cannot_be_ordered_is_said_with_an_exit_code(daemon: Daemon, ways):
    assert banditctl("rollback", "flights", "--reason", "it is slow", *ways[0]).returncode == 0
    for number, ((verb, *options), code, sentence) in enumerate(REFUSED):
        refused = banditctl(verb, "flights", "--reason", "why not", *options, *ways[number % 2])
        assert (refused.returncode, refused.stdout) == (code, ""), refused
        assert sentence in refused.stderr
    unknown = banditctl("pause", "trains", "--reason", "why not", *ways[1])
    assert (unknown.returncode, unknown.stdout) == (3, "")


def test_what_nobody_takes_is_kept_and_exit_code_4(daemon: Daemon, ways):
    daemon.stop()
    waits = banditctl("pause", "flights", "--reason", "a deploy", *ways[1])
    assert (waits.returncode, waits.stdout) == (4, "")
    assert waits.stderr.startswith("it is kept, and taken at the next look of the daemon that controls flights; ")
    daemon.start()
    wait_for(lambda: (view := daemon.view()) and view["orders"])
    assert daemon.view()["orders"][0]["why"] == "a deploy"


def test_where_no_daemon_is_an_order_was_not_told(daemon: Daemon, ways):
    daemon.stop()
    untold = banditctl("rollback", "flights", "--reason", "it is slow", *ways[0])
    assert (untold.returncode, untold.stdout) == (1, "")
    assert untold.stderr.startswith(f"{daemon.url} was not told: ")
    assert untold.stderr.endswith("; is the daemon running? --store keeps the order for it\n")


def test_where_the_answer_was_lost_the_order_may_have_been_taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def hang_up():
            caller, _ = server.accept()
            caller.close()

        hangs_up = threading.Thread(target=hang_up)
        hangs_up.start()
        doubtful = banditctl("rollback", "flights", "--reason", "it is slow", "--url", url)
        hangs_up.join()
    assert (doubtful.returncode, doubtful.stdout) == (1, "")
    assert doubtful.stderr.startswith(f"{url} was told, and did not answer: ")
    assert doubtful.stderr.endswith("; whether it took the order `get` tells\n")


@pytest.mark.parametrize(("typed", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_on_a_terminal_a_rollback_is_asked_about(daemon: Daemon, ways, typed, code):
    mine, theirs = pty.openpty()
    os.write(mine, typed)
    done = banditctl("rollback", "flights", "--reason", "it is slow", *ways[0], stdin=theirs)
    os.close(mine)
    os.close(theirs)
    assert done.returncode == code
    assert "Give control all the traffic of flights at once?" in done.stderr
    assert [one["verb"] for one in daemon.view()["orders"]] == ["rollback"] * (not code)
