"""What goes wrong before there is an event to look at, and when the store does not answer."""

import gzip
import json
from dataclasses import replace
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from banditctl.core.event import Identity
from banditctl.intake.app import PATH, Intake
from banditctl.intake.pressure import Bounds

REWARD = {"id": "e1", "experiment": "clicks", "inference_id": "r1", "value": 1}
BY_VARIANT = {"id": "e2", "experiment": "revenue", "variant": "old", "value": 12.5}
BODY = json.dumps(REWARD).encode()
JSON, LINES = "application/json", "application/x-ndjson"
GZIP = {"content_encoding": "gzip"}
TYPES = "application/json, application/x-ndjson, application/cloudevents+json, application/cloudevents-batch+json"
TOO_LARGE = "a body may have 16384 bytes, inflated or not; send fewer events at a time"
TOO_MANY = "a request may carry 10 events, not 11; send fewer at a time"
NOT_GZIP = "the body is not gzip, or was damaged or cut short on the way"
DAMAGED = gzip.compress(BODY, mtime=0)[:-8] + bytes(8)


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status", "detail"),
    [
        (b"", JSON, {}, 422, "the body is empty"),
        (b" \n ", LINES, {}, 422, "the body is empty"),
        (gzip.compress(b"", mtime=0), JSON, GZIP, 422, "the body is empty"),
        (b'[{"id": "e1",]', JSON, {}, 422, "the body is not JSON at line 1 column 14"),
        (BODY + b"\n" + BODY, JSON, {}, 422, "the body is not JSON at line 2 column 1: Extra data"),
        (b"\xef\xbb\xbf" + BODY, JSON, {}, 422, "the body is not JSON at line 1 column 1"),
        (BODY.decode().encode("utf-16"), JSON, {}, 422, "the body is not UTF-8 at byte 0"),
        (b"[" * 8000, JSON, {}, 422, "the body is nested too deeply to be events"),
        (b'{"x":' * 3000, JSON, {}, 422, "the body is nested too deeply to be events"),
        (gzip.compress(BODY, mtime=0)[:-9], JSON, GZIP, 422, NOT_GZIP),
        (DAMAGED, JSON, GZIP, 422, NOT_GZIP),
        (BODY, JSON, GZIP, 422, NOT_GZIP),
        (b" " * 16_385, JSON, {}, 413, TOO_LARGE),
        (gzip.compress(b" " * 10_000_000, mtime=0), JSON, GZIP, 413, TOO_LARGE),
        (json.dumps([REWARD] * 11).encode(), JSON, {}, 413, TOO_MANY),
        (json.dumps([REWARD] * 10 + [None]).encode(), JSON, {}, 413, TOO_MANY),
        ((BODY + b"\n") * 11, LINES, {}, 413, TOO_MANY),
        ((BODY + b"\n") * 10 + b"?", LINES, {}, 413, TOO_MANY),
        (BODY, "text/plain", {}, 415, f"the content type must be one of {TYPES}"),
        (BODY, "", {}, 415, f"the content type must be one of {TYPES}"),
        (BODY, JSON, {"content_encoding": "br"}, 415, "the content encoding must be gzip or none"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(intake, body, content_type, headers, status, detail):
    answer = intake.post(body, content_type, **headers)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"].startswith(detail)
    assert not intake.store.kept


def test_415_says_what_would_be_taken(intake):
    assert intake.post(BODY, "text/plain").headers["accept"] == TYPES
    assert intake.post(BODY, content_encoding="br").headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_told_which_one_is_allowed(intake, method):
    answer = intake.client.request(method, "/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("framing", "sent"),
    [
        ({"content-length": "131073"}, b""),
        ({"transfer-encoding": "chunked"}, b"20001\r\n" + b" " * 0x20001 + b"\r\n"),
    ],
)
def test_a_body_far_too_large_is_answered_before_it_ends(intake, framing, sent):
    connection = HTTPConnection(urlsplit(intake.url).netloc)
    connection.putrequest("POST", "/v1/events")
    for name, value in {"content-type": JSON, **framing}.items():
        connection.putheader(name, value)
    connection.endheaders(sent)
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["detail"]) == (413, TOO_LARGE)
    connection.close()


def test_a_body_too_large_is_heard_out_so_that_its_sender_hears_the_answer(intake):
    answer = intake.post(b" " * 100_000)
    assert (answer.status_code, answer.json()["detail"]) == (413, TOO_LARGE)


def test_a_chunked_body_is_taken_as_it_comes(intake):
    chunks = (BODY[start : start + 7] for start in range(0, len(BODY), 7))
    answer = intake.client.post("/v1/events", content=chunks, headers={"content-type": JSON})
    assert answer.json()["accepted"] == 1


def test_503_while_the_store_is_away_and_the_same_request_again_is_safe(intake):
    body = json.dumps([REWARD, BY_VARIANT, {}]).encode()
    intake.store.down.add("revenue")
    answer = intake.post(body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == (
        "the store did not acknowledge the events; send the same request again, "
        "no event is counted twice under the same id"
    )
    assert +intake.counted == {("clicks", "accepted"): 1, ("", "refused"): 1, ("revenue", "unacknowledged"): 1}
    intake.store.down.clear()
    again = intake.post(body).json()
    assert (again["accepted"], again["duplicates"], len(again["rejected"])) == (1, 1, 1)
    assert [event.id for event in intake.store.kept] == [Identity("reward", "reward").of(name) for name in ("e1", "e2")]


async def test_a_client_that_leaves_in_the_middle_stores_nothing(intake, experiments, now):
    said = iter([{"type": "http.request", "body": BODY, "more_body": True}, {"type": "http.disconnect"}])
    answered = []

    async def receive():
        return next(said)

    async def send(message):
        answered.append(message)

    app = Intake(None, experiments, intake.store, lambda: now, lambda *_: None, float, Bounds())
    headers = [(b"content-type", b"application/json")]
    await app({"type": "http", "method": "POST", "path": PATH, "headers": headers}, receive, send)
    assert answered[0]["status"] == 400
    assert not intake.store.kept


def test_experiments_are_looked_at_anew_for_every_request(intake, experiments, monkeypatch):
    newcomer = json.dumps({**REWARD, "experiment": "newcomer"}).encode()
    assert intake.post(newcomer).status_code == 422
    assert +intake.counted == {("", "refused"): 1}
    monkeypatch.setitem(experiments, "newcomer", replace(experiments["clicks"], name="newcomer"))
    assert intake.post(newcomer).status_code == 202


def test_an_unknown_experiment_is_told_only_a_few_of_many_known(intake, experiments, monkeypatch):
    for name in "cdefg":
        monkeypatch.setitem(experiments, name, experiments["clicks"])
    (rejected,) = intake.post(json.dumps({**REWARD, "experiment": "x"}).encode()).json()["rejected"]
    assert rejected["detail"] == "unknown experiment; known are clicks, revenue, counted, c, d and 3 more"
