"""What lets events in is the same on both ways: each request is sent by the fast path and by the long one."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest
from core.builders import NOON, experiment

from banditctl.access import Access
from banditctl.credentials import Credential, Scope, digest, issue
from banditctl.fastpath import FastPath
from banditctl.intake.pressure import Bounds
from banditctl.metrics import Metrics
from banditctl.quota import UNLIMITED, Quota
from banditctl.serving import address, listen, serving
from banditctl.stores.redis import open_store
from banditctl.web import Web

# What makes a head unusual, and means nothing to anybody.
WAYS = {"fast": {}, "long": {"te": "trailers"}}

GOOD = {"type": "exposure", "id": "r1", "experiment": "fares", "variant": "A"}
BAD = GOOD | {"variant": "C"}


class Keys:
    """One key of each scope; `read` as a store has it."""

    def __init__(self, *scopes):
        self.written = {}
        self.kept: dict[str, Credential] = {}
        for scope in scopes:
            self.written[scope], credential = issue("shop", [scope], datetime(2026, 11, 20, tzinfo=UTC))
            self.kept[digest(self.written[scope])] = credential

    async def read(self):
        return self.kept


@pytest.fixture
def taken(monkeypatch):
    """What became of each request that the fast path was shown."""
    outcomes, take = [], FastPath.__call__
    monkeypatch.setattr(FastPath, "__call__", lambda *shown: outcomes.append(take(*shown)) or outcomes[-1])
    return outcomes


@asynccontextmanager
async def web(keys, *, insecure=False, quota=UNLIMITED, bounds=None, ready=True):
    store = open_store("memory://")
    access = Access(keys, always=False, quota=quota, seconds=lambda: 0.0)
    if ready:
        await access.refresh()
    whole = Web({"fares": experiment()}, store, Metrics(), access, None, lambda: NOON, list)
    served = whole.app(bounds or Bounds(), control=False, insecure=insecure)
    listener = listen("127.0.0.1", 0)
    async with (
        serving(*[served.app, listener, served.takers]),
        httpx2.AsyncClient(base_url=address(listener)) as client,
    ):

        async def post(way, body, **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()} | WAYS[way]
            if isinstance(body, dict):
                body = json.dumps(body).encode()
            answer = await client.post("/v1/events", content=body, headers={"content-type": "application/json"} | named)
            told = answer.json()
            assert told.pop("request_id", answer.headers["x-request-id"]) == answer.headers["x-request-id"]
            unique = {"date", "x-request-id"}
            # In their order. Ids of requests have lengths of their own.
            unique |= {"content-length"} if "request_id" in answer.text else set()
            return answer.status_code, told, [one for one in answer.headers.items() if one[0] not in unique]

        yield post
    await store.close()


REQUESTS = [
    ({"authorization": "Bearer INGEST"}, GOOD, 202, True),
    ({"authorization": "bearer INGEST", "x_request_id": "mine"}, GOOD, 202, True),
    ({"authorization": "Bearer ADMIN", "host": "evil.example"}, GOOD, 202, True),
    ({"authorization": "Bearer INGEST"}, BAD, 422, True),
    ({"authorization": "Bearer INGEST"}, b"nonsense", 422, True),
    ({"authorization": "Bearer INGEST"}, b" ", 422, True),
    ({"authorization": "Bearer INGEST"}, b"[]", 202, True),
    ({"authorization": "Bearer INGEST", "content_type": "text/plain"}, b"a", 415, True),
    ({"authorization": "Bearer INGEST", "content_encoding": "br"}, b"a", 415, None),
    ({"authorization": "Bearer READ"}, GOOD, 403, False),
    ({"authorization": "Bearer nobody"}, GOOD, 401, False),
    ({"authorization": "Basic INGEST"}, GOOD, 401, False),
    ({}, GOOD, 401, False),
]


@pytest.mark.parametrize(("headers", "body", "status", "fast"), REQUESTS)
async def test_with_keys_both_ways_answer_the_same(taken, headers, body, status, fast):
    keys = Keys(*Scope)
    for scope, written in keys.written.items():
        headers = {name: value.replace(scope.name, written) for name, value in headers.items()}
    async with web(keys) as post:
        # What is sent first is new, and what is sent again a duplicate: that is told of neither way.
        await post("long", GOOD, authorization=f"Bearer {keys.written[Scope.INGEST]}")
        answers = [await post(way, body, **headers) for way in WAYS]
    assert answers[0] == answers[1]
    assert answers[0][0] == status
    assert taken == ([] if fast is None else [fast])


@pytest.mark.parametrize(
    ("host", "insecure", "status", "fast"),
    [
        ("127.0.0.1:8080", False, 202, True),
        ("localhost", False, 202, True),
        ("evil.example", False, 403, False),
        ("evil.example", True, 202, True),
    ],
)
async def test_without_keys_both_answer_to_the_same_names(taken, host, insecure, status, fast):
    async with web(Keys(), insecure=insecure) as post:
        await post("long", GOOD, host="127.0.0.1")
        answers = [await post(way, GOOD, host=host) for way in WAYS]
    assert answers[0] == answers[1]
    assert answers[0][0] == status
    assert taken == [fast]


async def test_before_the_keys_are_read_nobody_is_let_in_either_way(taken):
    async with web(Keys(), ready=False) as post:
        answers = [await post(way, GOOD) for way in WAYS]
    assert answers[0] == answers[1]
    assert answers[0][0] == 503
    assert taken == [False]


@pytest.mark.parametrize("quota", [Quota(requests=2), Quota(size=100)])
@pytest.mark.parametrize("ways", [("fast", "fast", "fast"), ("fast", "long", "fast"), ("long", "fast", "long")])
async def test_what_a_key_has_sent_counts_once_whichever_way_it_went(quota, ways):
    keys = Keys(Scope.INGEST)
    async with web(keys, quota=quota) as post:
        statuses = [(await post(way, GOOD, authorization=f"Bearer {keys.written[Scope.INGEST]}"))[0] for way in ways]
    assert statuses == [202, 202, 429]


@pytest.mark.parametrize("way", WAYS)
async def test_what_intake_cannot_hold_is_refused_either_way(way):
    async with web(Keys(), bounds=Bounds(held=100)) as post:
        status, told, headers = await post(way, GOOD)
    assert (status, dict(headers)["retry-after"]) == (503, "1")
    assert told["detail"].startswith(
        "more is waiting for the store than can be held; send the same request again in 1 s"
    )


@pytest.mark.parametrize("way", WAYS)
async def test_what_intake_does_not_look_at_weighs_nothing_either_way(way):
    keys = Keys(Scope.INGEST)
    async with web(keys, quota=Quota(size=1), bounds=Bounds(held=100)) as post:
        statuses = [(await post(way, GOOD, authorization=f"Bearer {keys.written[Scope.INGEST]}"))[0] for _ in range(2)]
    assert statuses == [503, 503]


@pytest.mark.parametrize("body", [b"[" * 9000, b'{"a":' * 3000, b'{"type":' * 2000, b"\xff", b"[1e999]", b"null"])
async def test_what_is_no_event_is_told_the_same_either_way(taken, body):
    async with web(Keys()) as post:
        answers = [await post(way, body) for way in WAYS]
    assert answers[0] == answers[1]
    assert taken == [True]
