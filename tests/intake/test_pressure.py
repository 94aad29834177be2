"""What would be too much is refused with 503 and when to come again, and nothing of it is kept."""

import asyncio
import gzip
import json
from collections import Counter

import httpx2
import pytest
from core.builders import NOON, experiment

from banditctl.intake.app import PATH, Intake
from banditctl.intake.pressure import Bounds

A_REQUEST = 1024  # what a request is taken to hold besides its body


class Seconds:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self):
        return self.now


class PatientStore:
    """Keeps everything; while it is told to wait, it answers nobody."""

    def __init__(self):
        self.kept = []
        self.asked = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def append(self, experiment, events, at, memory):
        self.asked += 1
        await self.go_on.wait()
        self.kept += events
        return []


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
async def store():
    return PatientStore()


@pytest.fixture
def counted():
    return Counter()


@pytest.fixture
async def door(store, seconds, counted):
    """Opens an intake of some bounds; answers how to post names to it, each an exposure."""
    clients = []

    def count(name, outcome, number):
        counted[outcome] += number

    def opened(**bounds):
        app = Intake(None, {"fares": experiment()}, store, lambda: NOON, count, seconds, Bounds(**bounds))
        clients.append(httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://banditctl"))

        async def post(names, **headers):
            named = {"content-type": "application/json"} | {name.replace("_", "-"): v for name, v in headers.items()}
            content = body(names) if isinstance(names, str) else names
            return await clients[-1].post(PATH, content=content, headers=named)

        return post

    yield opened
    for client in clients:
        await client.aclose()


def body(names):
    return json.dumps(
        [{"type": "exposure", "id": name, "experiment": "fares", "variant": "A"} for name in names]
    ).encode()


def refused(answer, detail, after):
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == after
    assert answer.headers["content-type"] == "application/problem+json"
    again = "no event is counted twice under the same id"
    assert answer.json()["detail"] == f"{detail}; send the same request again in {after} s, {again}"
    return True


TOO_FAST = "more than 10 events a second have come"
TOO_MUCH = "more is waiting for the store than can be held"


async def test_as_many_events_a_second_are_taken_as_were_promised_and_no_more(door, store, seconds, counted):
    post = door(capacity=10)
    assert (await post("abcdefghij")).status_code == 202
    assert refused(await post("k"), TOO_FAST, "1")
    seconds.now += 0.125
    assert (await post("lm")).status_code == 202
    assert refused(await post("n"), TOO_FAST, "1")
    assert len(store.kept) == 12
    assert +counted == {"accepted": 12}


async def test_who_takes_more_than_a_seconds_worth_makes_the_next_wait_for_it(door, store, seconds):
    post = door(capacity=10)
    assert (await post("abcdefghijklmnopqrstuvwxy")).status_code == 202
    assert refused(await post("z"), TOO_FAST, "2")
    seconds.now += 1.4
    assert refused(await post("z"), TOO_FAST, "1")
    seconds.now += 0.2
    assert (await post("z")).status_code == 202
    assert len(store.kept) == 26


async def test_what_was_refused_costs_no_one_anything(door, store, seconds):
    post = door(capacity=10)
    await post("abcdefghij")
    for _ in range(50):
        await post("klmnopqrst")
    seconds.now += 0.5
    assert (await post("klmno")).status_code == 202
    assert refused(await post("p"), TOO_FAST, "1")


async def test_a_second_without_events_is_not_saved_up(door, seconds):
    post = door(capacity=10)
    seconds.now += 3600
    assert (await post("abcdefghij")).status_code == 202
    assert refused(await post("k"), TOO_FAST, "1")


async def test_over_time_no_more_is_taken_than_the_capacity_and_hardly_less(door, store, seconds):
    post = door(capacity=10)
    refusals = 0
    for _ in range(400):
        refusals += (await post("abc")).status_code == 503
        seconds.now += 0.025
    assert 100 <= len(store.kept) <= 10 * 10 + 10 + 3
    assert refusals == 400 - len(store.kept) / 3


async def test_events_that_are_refused_for_what_they_are_count_towards_the_pace_as_well(door, seconds):
    post = door(capacity=10)
    assert (await post(b"[" + b",".join([b"7"] * 10) + b"]")).status_code == 422
    assert refused(await post("a"), TOO_FAST, "1")


async def held(post, store, *requests):
    """Requests that the store has not answered yet."""
    store.go_on.clear()
    tasks = [asyncio.create_task(post(names)) for names in requests]
    asked = store.asked
    while store.asked == asked:  # noqa: ASYNC110 - the first of them reaches the store by itself
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    return tasks


async def test_no_more_is_held_than_there_is_room_for_and_what_is_answered_makes_room(door, store):
    size = len(body("a")) + A_REQUEST
    post = door(held=3 * size)
    tasks = await held(post, store, "a", "b", "c")
    assert refused(await post("d"), TOO_MUCH, "1")
    store.go_on.set()
    assert {answer.status_code for answer in await asyncio.gather(*tasks)} == {202}
    assert (await post("e")).status_code == 202
    assert len(store.kept) == 4


async def test_a_body_for_which_there_is_no_room_gives_back_what_it_had_taken(door, store):
    room = len(body("a")) + A_REQUEST
    post = door(held=2 * room)
    tasks = await held(post, store, "a")
    for _ in range(20):
        assert refused(await post("bc"), TOO_MUCH, "1")
    tasks.append(asyncio.create_task(post("d")))
    for _ in range(50):
        await asyncio.sleep(0)
    store.go_on.set()
    assert [answer.status_code for answer in await asyncio.gather(*tasks)] == [202, 202]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 422),
        (b"{", {}, 422),
        (b"[7]", {}, 422),
        (b" " * 600, {}, 413),
        (gzip.compress(b" " * 100_000, mtime=0), {"content_encoding": "gzip"}, 413),
        (b"x", {"content_encoding": "gzip"}, 422),
        (b"x", {"content_encoding": "br"}, 415),
        (b"x", {"content_type": "text/plain"}, 415),
    ],
)
async def test_however_a_request_is_refused_nothing_of_it_stays_held(door, store, content, headers, status):
    post = door(held=512 + A_REQUEST, size=512)
    for _ in range(10):
        assert (await post(content, **headers)).status_code == status
    assert (await post("abcde")).status_code == 202


async def test_what_waits_behind_many_single_events_is_bounded_too(door, store):
    post = door(held=10 * A_REQUEST)
    tasks = await held(post, store, *"abcdefghijklmnop")
    store.go_on.set()
    answers = await asyncio.gather(*tasks)
    taken = sum(answer.status_code == 202 for answer in answers)
    assert taken == len(store.kept) == 10 * A_REQUEST // (A_REQUEST + len(body("a")))
    assert all(refused(answer, TOO_MUCH, "1") for answer in answers if answer.status_code != 202)


async def test_a_body_counts_as_what_it_is_inflated_to(door, store):
    post, whole = door(held=10_000), body("abcdefghijklmnopqrst")
    small = gzip.compress(whole)
    assert len(whole) > 6 * len(small)
    store.go_on.clear()
    tasks = [asyncio.create_task(post(small, content_encoding="gzip")) for _ in range(9)]
    for _ in range(200):
        await asyncio.sleep(0)
    store.go_on.set()
    statuses = Counter(answer.status_code for answer in await asyncio.gather(*tasks))
    assert statuses[202] <= 10_000 // (A_REQUEST + len(whole))


async def test_other_methods_and_paths_are_not_held_up(store, seconds):
    passed = []

    async def rest(scope, receive, send):
        passed.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    app = Intake(rest, {"fares": experiment()}, store, lambda: NOON, lambda *_: None, seconds, Bounds(held=0))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://banditctl") as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get(PATH)).status_code == 405
        assert (await client.post(PATH, content=b"[]")).status_code == 503
        assert (await client.post(f"{PATH}/")).status_code == 200
    assert passed == ["/livez", f"{PATH}/"]
