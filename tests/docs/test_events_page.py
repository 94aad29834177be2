"""The page on events shows events that are accepted, and refusals in the words of the code."""

import ast
import gzip
import json
import re
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from fakeredis import FakeAsyncRedis
from support.pages import EVENTS, FLIGHTS, NOW, ROOT, blocks, commands, rows

from banditctl.access import Access
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.credentials import Scope, digest, issue
from banditctl.errors import StoreUnavailable
from banditctl.intake.admission import Admissions
from banditctl.intake.app import PATH, Intake
from banditctl.intake.decoding import decoder
from banditctl.intake.faults import RequestError
from banditctl.intake.pressure import Bounds
from banditctl.intake.wire import WireEvent
from banditctl.quota import Quota, Refusal
from banditctl.stores.redis.credentials import RedisCredentials


@pytest.mark.parametrize("block", [block for _, block in blocks("json")])
def test_json_on_a_page_is_json(block):
    json.loads(block)


ORDERS = replace(
    FLIGHTS,
    name="orders",
    variants=("a", "b"),
    control="a",
    reward=Gaussian(),
    evidence=EvidenceOptions(trials="rewards"),
    metrics={"latency": Gaussian(goal="minimize")},
)


SEATS = replace(FLIGHTS, name="seats", evidence=EvidenceOptions(trials="invocations"))
COUNTED = replace(SEATS, variants=("a", "b"), control="a")


def told(body, *experiments):
    """The events kept of a body, and the faults of the others."""
    known = {experiment.name: experiment for experiment in experiments}
    return Admissions(known).admit(decoder("application/json")(body, 10), NOW + timedelta(minutes=1))


def shown_events():
    """Every event on a page: in a JSON block of its own, or sent by curl."""
    shown = [block for _, block in blocks("json") if '"id"' in block and '"accepted"' not in block]
    shown += [
        body
        for line in commands()
        if line.startswith("curl") and "/v1/events" in line
        for body in re.findall(r"(?:-d|--data(?:-\w+)?)[ =]'([^']*)'", line)
    ]
    return shown


def test_there_are_events_to_look_at():
    assert len(shown_events()) >= 4


@pytest.mark.parametrize("event", shown_events())
def test_an_event_on_a_page_is_accepted(event):
    admission = told(event.encode(), FLIGHTS, ORDERS, COUNTED)
    assert admission.faults == {}
    assert admission.admitted


REFUSALS = rows(EVENTS, "## Why an event is refused")


@pytest.mark.parametrize(("sent", "pointer", "detail"), REFUSALS, ids=[f"{p} {d[:30]}" for _, p, d in REFUSALS])
def test_a_refused_event_is_refused_in_these_words(sent, pointer, detail):
    known = (FLIGHTS, SEATS) if "seats" in sent else (FLIGHTS,)
    (fault,) = told(sent.encode(), *known).faults.values()
    assert (fault.pointer, fault.detail) == (pointer, detail)


def test_every_sentence_of_a_refusal_is_on_the_page():
    """What admission and wire can say, without the parts that depend on what was sent."""
    sentences = [
        node.value
        for name in ("admission", "wire", "cloudevents")
        for node in ast.walk(ast.parse((ROOT / f"banditctl/intake/{name}.py").read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"[a-z]+( [a-z'`]+)+", node.value)
    ]
    assert len(sentences) > 15
    assert [sentence for sentence in sentences if sentence.strip(" ;,") not in EVENTS] == []


def test_a_cloudevent_on_the_page_is_accepted():
    (shown,) = [block for page, block in blocks("jsonl") if page == "docs/events.md"]
    (one,) = decoder("application/cloudevents+json")(shown.encode(), 1)
    admission = Admissions({"flights": FLIGHTS}).admit([one], NOW)
    assert admission.faults == {}
    assert admission.admitted


@pytest.mark.parametrize(("pointer", "detail"), rows(EVENTS, "## CloudEvents"))
def test_a_cloudevent_without_one_of_its_parts_is_refused_in_these_words(pointer, detail):
    (shown,) = [json.loads(block) for page, block in blocks("jsonl") if page == "docs/events.md"]
    *outer, name = pointer.split("/")[1:]
    part = shown[outer[0]] if outer else shown
    part[name] = 7
    (fault,) = decoder("application/cloudevents+json")(json.dumps(shown).encode(), 1)
    assert (fault.pointer, fault.detail) == (pointer, detail)


def test_every_field_of_an_event_is_listed():
    assert sorted(name for name, _ in rows(EVENTS, "## The events")) == sorted(WireEvent.__struct_fields__)


class Down:
    """A store whose server does not answer."""

    async def append(self, *_, **__):
        raise StoreUnavailable("no answer")


GOOD = b'{"id": "a", "experiment": "flights", "inference_id": "r", "value": 1}'
REQUESTS = [
    {"method": "GET"},
    {"headers": {"content-type": "text/plain"}, "content": GOOD},
    {"headers": {"content-encoding": "br"}, "content": GOOD},
    {"content": b" " * (4 * 1024 * 1024 + 1)},
    {"content": b"[" + b",".join([GOOD] * 10_001) + b"]"},
    {"content": b" "},
    {"headers": {"content-encoding": "gzip"}, "content": gzip.compress(GOOD, mtime=0)[:-9]},
    {"content": b'{"id": "caf\xe9"}'},
    {"content": b"[" * 8000},
    {"content": b'{"id":'},
    {"content": b"[7]"},
    {"content": GOOD, "bounds": Bounds(capacity=5000)},
    {"content": GOOD, "bounds": Bounds(held=0)},
    {"content": GOOD},
]
ANSWERS = rows(EVENTS, "## Why a request is refused")


@pytest.mark.parametrize(
    ("sent", "answer"), list(zip(REQUESTS, ANSWERS, strict=True)), ids=[f"{a[0]} {a[1][:30]}" for a in ANSWERS]
)
async def test_a_refused_request_is_refused_in_these_words(sent, answer):
    bounds = sent.get("bounds", Bounds())
    web = Intake(None, {"flights": FLIGHTS}, Down(), lambda: NOW, lambda *_: None, float, bounds)
    web._pressure.spend(bounds.capacity or 0)
    headers = {"content-type": "application/json"} | sent.get("headers", {})
    transport = httpx2.ASGITransport(app=web)
    async with httpx2.AsyncClient(transport=transport, base_url="http://banditctl") as client:
        answered = await client.request(sent.get("method", "POST"), PATH, content=sent.get("content"), headers=headers)
    status, detail, _ = answer
    assert (answered.status_code, answered.json()["detail"]) == (int(status), detail)
    assert answered.headers["content-type"] == "application/problem+json"


async def test_a_key_is_refused_in_these_words():
    kept, quota = RedisCredentials(FakeAsyncRedis()), Quota(requests=1)
    access, told = Access(kept, always=True, quota=quota, seconds=lambda: 0.0), []

    def tell(header, scope=Scope.INGEST):
        found = access.admit(header, scope)
        refusal = found if isinstance(found, Refusal) else found.meter.refusal() or found.meter.refusal()
        told.append([str(int(refusal.status)), refusal.detail])

    tell(None)
    key, reader = issue("shop", [Scope.READ], NOW)
    await access._kept.grant(digest(key), reader)
    await access.refresh()
    for header in (None, b"Bearer bk_", f"Bearer {key}".encode()):
        tell(header)
    tell(f"Bearer {key}".encode(), Scope.READ)
    assert [row[:2] for row in rows(EVENTS, "## Keys")] == [*told[1:], told[0]]


def test_bodies_of_another_type_are_never_decoded():
    with pytest.raises(RequestError):
        decoder("text/plain")
