"""The real daemon tells a real receiver what somebody did to its endpoint, whatever happens on the way."""

import re
import signal

import httpx2
import pytest
from support.daemons import Daemon
from support.receiving import SECRET
from support.redis_servers import wait_for

from banditctl.demo.stage import client

SENT = 'banditctl_notices_total{experiment="flights",outcome="sent"}'
TURNS = 'banditctl_turns_total{experiment="",outcome="done",turn="notices"}'


@pytest.fixture
def daemon(tmp_path, server, emulator_address, receiver):
    """A daemon that tells `receiver`."""
    options = ("--store", server.url, "--notify", receiver.url, "--notify-secret", SECRET)
    daemon = Daemon(tmp_path, emulator_address, *options)
    daemon.start()
    yield daemon
    daemon.close()


@pytest.fixture
def foreign(daemon, emulator_address):
    """Somebody else, who sets weights once the daemon has looked."""

    def push(weight):
        wait_for(lambda: daemon.view() and daemon.view()["decision"])
        sagemaker = client("sagemaker", emulator_address)
        names = ("logit-schedule", "gbm-weather", "gbm-weather-cal", "gbm-rush")
        weights = [{"VariantName": name, "DesiredWeight": weight if name == "gbm-rush" else 1} for name in names]
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="flights-demo", DesiredWeightsAndCapacities=weights
        )
        sagemaker.close()

    return push


def metric(daemon, name):
    found = re.search(rf"^{re.escape(name)} (.*)$", daemon.get("/metrics"), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_what_somebody_did_is_told_once_and_signed(daemon: Daemon, receiver, foreign):
    receiver.answers.extend([500])
    foreign(9)
    wait_for(lambda: metric(daemon, SENT) == 1)
    failed, taken = receiver.got
    assert failed.id == taken.id
    told = taken.verified()
    assert told == failed.verified()
    assert (told["type"], told["data"]["experiment"]) == ("foreign", "flights")
    assert told["data"]["sentence"].startswith("Somebody else moved gbm-rush from 25.0% to 75.0%")
    wait_for(lambda: metric(daemon, 'banditctl_notices_waiting{experiment="flights"}') == 0)
    assert daemon.stop() == 0
    log = daemon.log.read_text()
    assert "token=abc" not in log
    assert SECRET not in log
    daemon.start()
    wait_for(lambda: metric(daemon, TURNS) >= 2)
    assert len(receiver.got) == 2


def test_a_rollback_is_told_once_though_the_daemon_is_killed(daemon: Daemon, receiver):
    wait_for(lambda: daemon.view() and daemon.view()["decision"])
    order = f"{daemon.url}/v1/experiments/flights/rollback"
    httpx2.post(order, json={"reason": "latency doubled"}, timeout=20).raise_for_status()
    wait_for(lambda: metric(daemon, SENT) == 1)
    told = receiver.got[0].verified()
    assert (told["type"], told["data"]["sentence"]) == ("rollback", "local ordered a rollback: latency doubled.")
    decided = daemon.view()["decision"]["at"]
    daemon.stop(signal.SIGKILL)
    daemon.start()
    wait_for(lambda: (view := daemon.view()) and view["decision"]["at"] > decided)
    wait_for(lambda: metric(daemon, TURNS) >= 2)
    assert len(receiver.got) == 1


def test_killed_between_the_post_and_its_mark_it_posts_again_under_the_same_id(daemon: Daemon, receiver, foreign):
    receiver.answers.append(lambda: daemon.stop(signal.SIGKILL) and None)
    foreign(9)
    wait_for(lambda: receiver.got)
    # The stop is the receiver's, which then cuts the line; the daemon has a receiver that works from now on.
    wait_for(lambda: not receiver.answers and not daemon.running)
    daemon.start()
    wait_for(lambda: len(receiver.got) == 2)
    first, second = receiver.got
    assert first.id == second.id
    assert first.verified() == second.verified()
    wait_for(lambda: metric(daemon, SENT) == 1)


def test_while_the_receiver_hangs_turns_go_on(daemon: Daemon, receiver, foreign, released):
    receiver.answers.append(released.wait)
    foreign(9)
    wait_for(lambda: receiver.got)
    kinds = ("learn", "steer")
    names = [f'banditctl_turns_total{{experiment="flights",outcome="done",turn="{turn}"}}' for turn in kinds]
    before = [metric(daemon, name) for name in names]
    wait_for(lambda: all(metric(daemon, name) > was + 1 for name, was in zip(names, before, strict=True)))
    assert len(receiver.got) == 1
    assert metric(daemon, 'banditctl_notices_total{experiment="flights",outcome="failed"}') == 0


def test_urls_and_secrets_that_are_none_end_it_at_once(tmp_path, emulator_address, receiver):
    store = ("--store", f"embedded:{tmp_path}/store")
    for options, said in (
        (
            ("--notify", "ftp://ops.example.com/abc"),
            "ftp://ops.example.com cannot be notified; write https://HOST/PATH",
        ),
        (("--notify", receiver.url), "is sent must be signed: set BANDITCTL_NOTIFY_SECRET"),
        (("--notify", receiver.url, "--notify-secret", "password"), "a secret to sign with is whsec_ and 24 to 64"),
    ):
        ended = Daemon(tmp_path, emulator_address, *store, *options).ended()
        assert ended.returncode == 2
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr
