"""What a client sends when nothing goes wrong, and how little the application notices."""

import gzip
import json
import logging
import threading
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for

from banditctl.client import AsyncBanditClient, BanditClient, Stats
from banditctl.client.outbox import MOST_EVENTS


@pytest.fixture
def client(intake):
    with BanditClient(intake.url) as client:
        yield client


def seconds_ago(event):
    return (datetime.now(UTC) - datetime.fromisoformat(event["time"])).total_seconds()


def test_an_exposure_and_its_reward_are_events_dated_when_they_were_reported(intake, client):
    client.expose("churn", "candidate", "req-1")
    client.reward("churn", 1, "req-1")
    assert client.flush()
    exposed, earned = intake.events.values()
    assert 0 <= seconds_ago(exposed) < 5
    assert 0 <= seconds_ago(earned) < 5
    del exposed["time"], earned["time"]
    assert exposed == {"type": "exposure", "id": "req-1", "experiment": "churn", "variant": "candidate"}
    assert len(earned.pop("id")) == 32
    assert earned == {"type": "reward", "experiment": "churn", "inference_id": "req-1", "value": 1}


def test_every_field_can_be_said(intake, client):
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    client.expose("churn", "candidate", "req-1", targeted=True, time=at)
    client.reward("orders", 12.5, variant="b", metric="revenue", id="order-17", time=at)
    client.flush()
    time = at.isoformat()
    assert list(intake.events.values()) == [
        {
            "type": "exposure",
            "id": "req-1",
            "experiment": "churn",
            "variant": "candidate",
            "targeted": True,
            "time": time,
        },
        {
            "type": "reward",
            "id": "order-17",
            "experiment": "orders",
            "variant": "b",
            "metric": "revenue",
            "value": 12.5,
            "time": time,
        },
    ]


def test_rewards_without_an_id_are_each_of_their_own_and_those_with_one_count_once(intake, client):
    for _ in range(3):
        client.reward("churn", 1, "req-1")
        client.reward("churn", 1, "req-1", id="req-1-bought")
    client.flush()
    assert len(intake.events) == 4
    assert client.stats == Stats(sent=6, duplicates=2)


@pytest.mark.parametrize("value", [True, np.int64(1), np.float32(1), Decimal(1)])
def test_whatever_is_a_number_can_be_a_value(intake, client, value):
    client.reward("churn", value, "req-1")
    client.flush()
    assert [event["value"] for event in intake.events.values()] == [1]


NAIVE = datetime(2026, 11, 20, 10, tzinfo=UTC).replace(tzinfo=None)
MISTAKES = [
    ("no value", lambda client: client.reward("churn", None, "req-1"), TypeError),
    ("a value that is no number", lambda client: client.reward("churn", "much", "req-1"), ValueError),
    ("a value that is not finite", lambda client: client.reward("churn", float("nan"), "req-1"), ValueError),
    ("a value beyond all floats", lambda client: client.reward("churn", 10**400, "req-1"), ValueError),
    ("neither request nor variant", lambda client: client.reward("churn", 1), TypeError),
    ("both request and variant", lambda client: client.reward("churn", 1, "req-1", variant="b"), TypeError),
    ("an id that is no text", lambda client: client.expose("churn", "b", object()), TypeError),
    ("a time that is text", lambda client: client.expose("churn", "b", "r", time="2026-11-20T10:00:00Z"), TypeError),
    ("a time without an offset", lambda client: client.expose("churn", "b", "r", time=NAIVE), ValueError),
]


@pytest.mark.parametrize(("mistake", "error"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_what_is_no_event_is_the_callers_mistake_and_leaves_no_trace(client, mistake, error):
    with pytest.raises(error):
        mistake(client)
    assert client.stats == Stats()


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://host", "http://", "http://host:port"])
def test_an_address_that_is_none_is_refused_at_once(url):
    with pytest.raises(ValueError, match=r"listens|Port"):
        BanditClient(url)


@pytest.mark.parametrize("key", ["secret\n", "se cret", "sécret"])
def test_a_key_that_is_none_is_refused_at_once_and_not_repeated(intake, key):
    with pytest.raises(ValueError, match="line's end") as refused:
        BanditClient(intake.url, key)
    assert key not in str(refused.value)


def test_the_key_travels_as_a_bearers(intake):
    with BanditClient(f"{intake.url}/", "banditctl-key") as client:
        client.reward("churn", 1, "req-1")
    assert intake.headers[0]["Authorization"] == "Bearer banditctl-key"


def test_a_flood_goes_in_full_batches_that_are_compressed(intake):
    with BanditClient(intake.url, linger=60) as client:
        for number in range(2 * MOST_EVENTS):
            client.reward("churn", 1, f"req-{number}")
        wait_for(lambda: client.stats.sent == 2 * MOST_EVENTS)
    assert [len(json.loads(gzip.decompress(body))) for body in intake.bodies] == [MOST_EVENTS] * 2
    assert len(intake.bodies[0]) < MOST_EVENTS * 100


def test_a_few_events_go_together_once_they_have_lingered(intake):
    with BanditClient(intake.url, linger=0.05) as client:
        for number in range(5):
            client.reward("churn", 1, f"req-{number}")
        wait_for(lambda: client.stats.sent == 5)
    assert [len(json.loads(body)) for body in intake.bodies] == [5]


def test_threads_share_a_client(intake, client):
    def report(name):
        for number in range(500):
            client.reward("churn", 1, "req", id=f"{name}-{number}")

    threads = [threading.Thread(target=report, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush()
    assert len(intake.events) == client.stats.sent == 2000


def test_stats_are_a_value(client):
    with pytest.raises(FrozenInstanceError):
        client.stats.sent = 1


def test_an_idle_client_has_no_thread_and_a_closed_one_has_none_any_more(intake):
    before = threading.active_count()
    client = BanditClient(intake.url)
    assert threading.active_count() == before
    client.reward("churn", 1, "req-1")
    assert threading.active_count() > before
    assert client.close()
    wait_for(lambda: "banditctl" not in {thread.name for thread in threading.enumerate()})


def test_what_comes_after_the_end_is_dropped_and_said(intake, caplog):
    client = BanditClient(intake.url)
    assert client.close()
    with caplog.at_level(logging.WARNING):
        client.reward("churn", 1, "req-1")
    assert client.stats == Stats(dropped=1)
    assert caplog.messages == ["an event came after the client was closed, and was dropped"]
    assert client.close()


async def test_asyncio_has_the_same_verbs_and_waits_without_holding_up_the_loop(intake):
    async with AsyncBanditClient(intake.url, linger=60) as client:
        client.expose("churn", "candidate", "req-1")
        client.reward("churn", 1, "req-1")
        assert await client.flush()
        assert client.stats == Stats(sent=2)
        client.reward("churn", 0, "req-1")
    assert len(intake.events) == 3


def test_the_real_daemon_counts_what_it_is_told(daemon: Daemon):
    variants = daemon.view()["variants"]
    with BanditClient(daemon.url) as client:
        for number in range(2000):
            client.expose("flights", variants[number % 4], f"f{number}")
            client.reward("flights", number % 8 == 0, f"f{number}")
        client.reward("flights", 2, "f1")
        client.expose("flights", variants[0], "t1", targeted=True)
        now = datetime.now(UTC)
        client.expose("flights", variants[0], "l1", time=now - timedelta(hours=2))
    assert client.stats == Stats(sent=4002, rejected=1)

    def counted():
        # What was sent last may be learned a second later.
        view = daemon.view()
        exposed = [view["counts"][variant]["exposed"] for variant in variants]
        return exposed == [500] * 4 and (view["tally"]["late"], view["tally"]["targeted"]) == (1, 1)

    wait_for(counted)
    assert daemon.view()["counts"][variants[0]]["rewarded"] == {"count": 500, "total": 250, "squares": 250}
