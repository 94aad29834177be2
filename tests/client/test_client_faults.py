"""Intake fails in every way it can; the application does not notice, and every event counts once."""

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread

import pytest
from support.redis_servers import free_port, wait_for
from support.scripted_intake import HANG, LOST, RESET, Answer

from banditctl.client import AsyncBanditClient, BanditClient, Stats
from banditctl.client.answers import Settled, TooLarge, Undelivered, read


@pytest.fixture
def client(intake):
    with BanditClient(intake.url, linger=0.01, timeout=0.3) as client:
        yield client


@pytest.fixture(autouse=True)
def log(caplog):
    caplog.set_level(logging.INFO, "banditctl.client")
    return caplog


def warned(log):
    return [record.message for record in log.records if record.levelno == logging.WARNING]


PASSING = [
    Answer(503, {"Retry-After": "0"}),
    Answer(503),
    Answer(500),
    Answer(429, {"Retry-After": "nonsense"}),
    Answer(401, document={"detail": "this key is unknown"}),
    Answer(403),
    Answer(404),
    Answer(307, {"Location": "/elsewhere"}),
    Answer(200, document="not intake at all"),
    Answer(202, document=["nor this"]),
    Answer(202, document={"accepted": "in words", "duplicates": None}),
    RESET,
    LOST,
    HANG,
]


@pytest.mark.parametrize("fault", PASSING, ids=[str(fault)[:60] for fault in PASSING])
def test_what_may_pass_is_sent_again_with_the_same_ids_until_it_has_passed(intake, client, fault, log):
    intake.script += [fault, fault]
    for number in range(10):
        client.reward("churn", 1, f"req-{number}")
    assert client.flush()
    assert len(intake.events) == 10
    assert client.stats == Stats(sent=10, duplicates=10 if fault == LOST else 0, retries=2)
    assert len(set(intake.bodies)) == 1
    wait_for(lambda: log.messages[-1:] == ["banditctl takes events again"])
    assert len(warned(log)) == 1


def test_the_log_says_why_events_wait(intake, client, log):
    intake.script += [Answer(401, document={"detail": "this key is unknown"})] * 3
    client.reward("churn", 1, "req-1")
    assert client.flush()
    assert warned(log) == ["banditctl does not take events; they wait and are sent again: HTTP 401 this key is unknown"]


def test_a_refused_event_is_said_once_counted_and_never_sent_again(intake, client, log):
    for number in range(10):
        client.reward("churn", number % 3, f"req-{number}")
    assert client.flush()
    client.reward("churn", 2, "req-x")
    assert client.flush()
    assert client.stats == Stats(sent=7, rejected=4)
    assert len(intake.bodies) == 2
    wait_for(lambda: log.messages)
    (warning,) = warned(log)
    assert warning.startswith("banditctl refused events, 3 so far, which are not sent again; one of them at /value: ")
    assert warning.endswith("a bernoulli reward is 0 or 1, not 2")


def test_a_named_time_is_waited_for_even_by_a_flush(intake, client):
    intake.script += [Answer(429, {"Retry-After": "1"}), Answer(503, {"Retry-After": "1"})]
    client.reward("churn", 1, "req-1")
    assert not client.flush(0.5)
    assert client.flush()
    first, second, third = intake.at
    assert second - first >= 1
    assert third - second >= 1


def test_a_guessed_time_is_not_waited_for_by_a_flush(intake, client):
    intake.script += [Answer(503)] * 4
    client.reward("churn", 1, "req-1")
    wait_for(lambda: client.stats.retries == 4)
    # By itself it would come back after 0.4 to 0.8 s.
    assert client.flush(0.3)


def test_a_batch_too_large_is_halved_until_it_passes(intake):
    intake.most_events = 3
    with BanditClient(intake.url, linger=60) as client:
        for number in range(10):
            client.reward("churn", 1, f"req-{number}")
        assert client.flush()
        assert client.stats == Stats(sent=10)
    assert [event["inference_id"] for event in intake.events.values()] == [f"req-{number}" for number in range(10)]
    assert set(intake.deliveries.values()) == {1}


def test_one_event_too_large_does_not_hold_up_the_others(intake, log):
    intake.script += [Answer(413), Answer(413, document={"instance": "/v1/events", "detail": "send fewer at a time"})]
    with BanditClient(intake.url, linger=60) as client:
        client.reward("churn", 1, "req-1")
        client.reward("churn", 1, "req-2")
        assert client.flush()
        assert client.stats == Stats(sent=1, rejected=1)
    wait_for(lambda: warned(log))
    assert warned(log)[0].endswith("one of them send fewer at a time")


def test_no_call_waits_for_an_intake_that_never_answers_and_no_memory_grows(intake):
    intake.script += [HANG] * 100
    client = BanditClient(intake.url, capacity=100, linger=0, timeout=60)
    client.reward("churn", 1, "first")
    intake.reached.acquire()
    started = time.monotonic()
    for number in range(10_000):
        client.reward("churn", 1, f"req-{number}")
    assert time.monotonic() - started < 5
    assert client.stats == Stats(dropped=9900, waiting=101)
    assert not client.close(0)


def test_a_full_queue_keeps_what_is_newest_and_says_so(intake, log):
    intake.script += [HANG]
    with BanditClient(intake.url, capacity=3, linger=0, timeout=60) as client:
        client.reward("churn", 1, "first")
        intake.reached.acquire()
        for number in range(10):
            client.reward("churn", 1, f"req-{number}")
        intake.released.set()
        assert client.flush()
        assert client.stats.sent + client.stats.dropped == 11
        assert [event["inference_id"] for event in intake.events.values()] == ["first", "req-7", "req-8", "req-9"]
        wait_for(lambda: len(warned(log)) == 2)
        assert "too many events wait for banditctl; the oldest were dropped, 7 so far" in warned(log)


def test_a_close_in_vain_ends_in_time_and_tells_what_is_lost(log):
    client = BanditClient(f"http://127.0.0.1:{free_port()}")
    client.reward("churn", 1, "req-1")
    started = time.monotonic()
    assert not client.close(0.2)
    assert time.monotonic() - started < 2
    assert client.stats.dropped == 1
    assert warned(log)[-1] == "closed with 1 events that banditctl had not acknowledged"


def test_a_flush_does_not_wait_for_what_comes_after_it(intake):
    with BanditClient(intake.url, linger=60, timeout=60) as client:
        client.reward("churn", 1, "before")
        intake.script += [Answer(503)]
        waiting = Thread(target=client.flush, args=(20,))
        waiting.start()
        intake.reached.acquire()
        client.reward("churn", 1, "after")
        waiting.join(10)
        assert not waiting.is_alive()
        assert next(iter(intake.events.values()))["inference_id"] == "before"


def test_without_a_thread_to_be_had_events_wait_for_one(intake, monkeypatch, log):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    with BanditClient(intake.url) as client:
        with monkeypatch.context() as patched:
            patched.setattr(Thread, "start", refuse)
            client.reward("churn", 1, "req-1")
        assert client.stats == Stats(waiting=1)
        client.reward("churn", 1, "req-2")
        assert client.flush()
        assert client.stats == Stats(sent=2)
    assert warned(log) == ["no thread to send events with: can't start new thread"]


def test_not_even_a_mistake_of_its_own_ends_the_thread(intake):
    class Broken:
        def send(self, _):
            raise ZeroDivisionError

        def close(self):
            pass

    with BanditClient(intake.url, linger=0) as client:
        sound, client._courier._transport = client._courier._transport, Broken()
        client.reward("churn", 1, "req-1")
        wait_for(lambda: client.stats.retries)
        client._courier._transport = sound
        assert client.flush()
        assert len(intake.events) == 1


async def test_asyncio_gets_through_faults_as_well(intake):
    intake.script += [RESET, Answer(503), LOST]
    async with AsyncBanditClient(intake.url) as client:
        client.reward("churn", 1, "req-1")
        assert await client.flush()
        assert client.stats == Stats(sent=1, duplicates=1, retries=3)
    unreachable = AsyncBanditClient(f"http://127.0.0.1:{free_port()}")
    unreachable.reward("churn", 1, "req-1")
    assert not await unreachable.flush(0.1)
    assert not await unreachable.close(0.1)


def test_answers_are_read_with_care():
    ago = format_datetime(datetime.now(UTC) - timedelta(minutes=1), usegmt=True)
    ahead = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    assert read(503, "7", b"", 1) == Undelivered("HTTP 503", 7)
    assert read(503, "soon", b"", 1) == Undelivered("HTTP 503", None)
    assert read(503, ago, b"", 1).wait < 0
    assert 50 < read(503, ahead, b"", 1).wait <= 60
    assert read(413, None, b"", 2) == TooLarge()


@pytest.mark.parametrize("status", [413, 422])
@pytest.mark.parametrize("body", [b"<html>", b'{"detail": [{"loc": ["body"]}]}', b'{"detail": "no", "rejected": []}'])
def test_what_somebody_else_refuses_is_not_given_up(status, body):
    assert isinstance(read(status, None, body, 1), Undelivered)


def test_only_what_intake_has_looked_at_is_given_up():
    refused = {"instance": "/v1/events", "detail": "none", "rejected": [{"index": 0, "pointer": "/id", "detail": "no"}]}
    assert read(422, None, json.dumps(refused).encode(), 1) == Settled(rejected=1, why="at /id: no")
    damaged = {"instance": "/v1/events", "detail": "the body is not gzip, or was damaged or cut short on the way"}
    assert read(422, None, json.dumps(damaged).encode(), 1) == Undelivered(f"HTTP 422 {damaged['detail']}")
