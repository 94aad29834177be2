"""Request ids over a real socket: the answer, its problem and the log have the same one."""

import json
import logging
import sys
from io import StringIO
from time import monotonic

import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from support.daemons import Daemon

from banditctl import api
from banditctl.cli.logs import configure_logs
from banditctl.intake.app import PATH, Intake
from banditctl.intake.pressure import Bounds
from banditctl.request_ids import RequestIds, request_id
from banditctl.serving import address, listen, serving


class Mistake(Exception):
    """Something of ours that goes wrong in a request."""


def mistaken():
    raise Mistake("a mistake of ours")


async def well(_):
    return PlainTextResponse(request_id())


async def streamed(_):
    async def parts():
        yield request_id()

    return StreamingResponse(parts())


async def fails(_):
    mistaken()


@pytest.fixture
async def client():
    """What is served in front of a client: three paths, and an intake whose clock is broken."""
    routes = [Route("/well", well), Route("/streamed", streamed), Route("/fails", fails)]
    rest = Starlette(routes=routes, exception_handlers=api.FAILURES)
    web = Intake(rest, {}, None, mistaken, lambda *_: None, monotonic, Bounds())
    listener = listen("127.0.0.1", 0)
    async with serving(RequestIds(web, "made"), listener), httpx2.AsyncClient(base_url=address(listener)) as client:
        yield client


@pytest.fixture
def logged(monkeypatch):
    """Reads what was logged, as documents, of a process that logs as the daemon does."""
    stderr, root, ours = StringIO(), logging.getLogger(), logging.getLogger("banditctl")
    before = root.level, ours.level
    with monkeypatch.context() as patch:
        # pytest's own stay open; and an emulator in another test may have given uvicorn one of its own.
        patch.setattr(root, "handlers", [])
        patch.setattr(logging.getLogger("uvicorn"), "propagate", True)
        patch.setattr(sys, "stderr", stderr)
        configure_logs()
        yield lambda: [json.loads(line) for line in stderr.getvalue().splitlines()]
    root.setLevel(before[0])
    ours.setLevel(before[1])
    structlog.reset_defaults()


@pytest.mark.parametrize("sent", ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "Root=1-67891233-abcdef;Self=x", "a" * 128])
@pytest.mark.parametrize("path", ["/well", "/streamed"])
async def test_the_id_that_came_is_answered_and_known_meanwhile(client, path, sent):
    answer = await client.get(path, headers={"x-request-id": sent})
    assert (answer.headers.get_list("x-request-id"), answer.text) == ([sent], sent)


@pytest.mark.parametrize("sent", ["", "a" * 129, "a b", 'a"b', "a\\b", "{}", b"\xff"])
async def test_one_that_is_not_well_formed_is_replaced(client, sent):
    answer = await client.get("/well", headers={"x-request-id": sent})
    assert answer.text == answer.headers["x-request-id"] == "made-1"


async def test_each_request_is_given_another_though_the_connection_is_the_same(client):
    assert [(await client.get("/well")).text for _ in range(3)] == ["made-1", "made-2", "made-3"]


async def test_a_head_request_has_one_too(client):
    assert (await client.head("/well")).headers["x-request-id"] == "made-1"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", PATH, 405), ("POST", PATH, 415)]
)
async def test_a_problem_repeats_it(client, method, path, status):
    answer = await client.request(method, path, headers={"x-request-id": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, "mine")
    assert answer.json()["request_id"] == "mine"


@pytest.mark.parametrize(("method", "path"), [("GET", "/fails"), ("POST", PATH)])
async def test_a_mistake_of_ours_is_a_problem_and_logged_under_the_same_id(logged, client, method, path):
    answer = await client.request(method, path, json={}, headers={"x-request-id": "mine"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["detail"] == "this failed unexpectedly; the log has why, under this request_id"
    (line,) = logged()
    assert (line["level"], line["request_id"]) == ("error", "mine")
    assert "Mistake: a mistake of ours" in line["exception"]


async def test_what_is_logged_outside_of_any_request_has_none(logged, client):
    await client.get("/well")
    structlog.get_logger("banditctl").info("all is well")
    assert [line.get("request_id") for line in logged()] == [None]
    assert request_id() == ""


def test_the_daemon_answers_with_it_and_no_two_daemons_make_the_same(daemon: Daemon):
    made = []
    for _ in range(2):
        with httpx2.Client(base_url=daemon.url) as asked:
            refused = asked.get("/v1/experiments/trains", headers={"x-request-id": "mine"})
            assert refused.json()["request_id"] == refused.headers["x-request-id"] == "mine"
            made.append(asked.post("/v1/events", json=[]).headers["x-request-id"])
        daemon.stop()
        daemon.start()
    assert len({one.split("-")[0] for one in made}) == 2
