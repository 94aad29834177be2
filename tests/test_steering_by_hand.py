"""Operators' orders to real daemons over real HTTP: what is answered, what reaches the endpoint, what survives."""

import json
import signal

import httpx2
import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for

from banditctl.demo.stage import client

PIN = {"gbm-rush": 0.5, "gbm-weather": 0.25, "gbm-weather-cal": 0.25, "logit-schedule": 0}
EQUAL = dict.fromkeys(PIN, 0.25)


@pytest.fixture
def web(daemon: Daemon):
    wait_for(daemon.view)
    with httpx2.Client(base_url=daemon.url, trust_env=False, timeout=20) as web:
        yield web


@pytest.fixture
def order(web):
    def give(verb, why="because", **body):
        return web.post(f"/v1/experiments/flights/{verb}", json={"reason": why, **body})

    return give


@pytest.fixture
def in_force(emulator_address):
    """The weights that the emulated endpoint serves by, as shares."""
    sagemaker = client("sagemaker", emulator_address)

    def shares():
        described = sagemaker.describe_endpoint(EndpointName="flights-demo")
        weights = {one["VariantName"]: one["CurrentWeight"] for one in described["ProductionVariants"]}
        return {name: weight / sum(weights.values()) for name, weight in sorted(weights.items())}

    yield shares
    sagemaker.close()


def test_a_rollback_reaches_the_endpoint_past_floor_and_step_and_stays_until_resumed(order, web, in_force):
    answer = order("rollback", "latency doubled")
    assert answer.status_code == 200
    decision = answer.json()
    assert decision["reason"].startswith("Move logit-schedule from 25.0% to 100.0%: rolled back to logit-schedule by")
    assert decision["order"]["why"] == "latency doubled"
    assert decision["order"]["who"] == "local"
    wait_for(lambda: in_force()["logit-schedule"] == 1)
    refused = order("pause")
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert refused.json()["detail"] == "rolled back by local: latency doubled; resume first"
    assert [one["verb"] for one in web.get("/v1/experiments/flights").json()["orders"]] == ["rollback"]
    assert order("resume").json()["refusal"] is None
    wait_for(lambda: in_force() == EQUAL)


def test_what_is_paused_keeps_learning(order, daemon, in_force):
    assert order("pause").json()["verdict"] == "hold"
    daemon.post([{"type": "exposure", "id": f"x{n}", "experiment": "flights", "variant": "gbm-rush"} for n in range(9)])
    wait_for(lambda: daemon.view()["counts"]["gbm-rush"]["exposed"] == 9)
    seen = daemon.view()["turn"]["at"]
    wait_for(lambda: daemon.view()["turn"]["at"] > seen)
    assert daemon.view()["decision"]["reason"].startswith("Hold: paused by local: because; ")
    history = json.loads(daemon.get("/v1/experiments/flights/decisions"))["decisions"]
    assert [one["order"]["verb"] for one in history if one["order"]] == ["pause"]


def test_a_pin_survives_a_kill_and_what_was_ordered_meanwhile_is_done(order, daemon, in_force, server):
    assert order("pin", shares=PIN).status_code == 200
    wait_for(lambda: in_force() == PIN)
    daemon.stop(signal.SIGKILL)
    daemon.start()
    wait_for(daemon.view)
    seen = daemon.view()["turn"]["at"]
    wait_for(lambda: daemon.view()["turn"]["at"] > seen)
    assert daemon.view()["decision"]["reason"].startswith("Hold: pinned by local: because; ")
    assert in_force() == PIN


def test_the_same_order_sent_twice_is_one_and_its_id_is_no_other_orders(order, web):
    first, again = (order("pause", id="ticket-7").json() for _ in range(2))
    assert first["id"] == again["id"]
    other = order("rollback", id="ticket-7")
    assert (other.status_code, other.json()["pointer"]) == (422, "/id")
    assert other.json()["detail"] == "the id was given to an order to pause already; choose another"


REFUSED = [
    (
        "promote",
        {"variant": "gbm-tea"},
        "/variant",
        "there is no variant gbm-tea; known are logit-schedule, gbm-weather,",
    ),
    ("promote", {}, "/variant", "Object missing required field `variant`"),
    ("pin", {"shares": {"gbm-rush": 1}}, "/shares", "each variant needs its share; missing are logit-schedule, "),
    ("pin", {"shares": {**PIN, "gbm-rush": 0.6}}, "/shares", "shares are 0 or more and sum to one, not to 1.1"),
    ("pin", {"shares": {**PIN, "gbm-rush": -1}}, "/shares", "Expected `float` >= 0.0"),
    ("pause", {"variant": "gbm-rush"}, "/variant", "Object contains unknown field `variant`"),
    ("pause", {"reason": ""}, "/reason", "Expected `str` of length >= 1"),
    ("pause", {"reason": "a" * 501}, "/reason", "Expected `str` of length <= 500"),
    ("pause", {"reason": "two\nlines"}, "/reason", "must be one line of text"),
    ("pause", {"reason": "not \u202edeyolped\u202c"}, "/reason", "must be one line of text, without characters"),
    ("pause", {"reason": "not \u2067deyolped\u2069"}, "/reason", "must be one line of text, without characters"),
    ("pause", {"id": "my order"}, "/id", "Expected `str` matching regex"),
]


def test_an_order_that_cannot_be_is_refused_with_the_place_and_recorded_nowhere(order, web):
    for verb, body, pointer, detail in REFUSED:
        problem = order(verb, **{"why": "because", **body} if "reason" not in body else {"why": body["reason"]})
        assert (problem.status_code, problem.json()["pointer"]) == (422, pointer)
        assert problem.json()["detail"].startswith(detail)
    where = "/v1/experiments/flights/pause"
    assert web.post(where, content=b"{").json()["status"] == 415
    assert web.post(where, content=b"{", headers={"content-type": "application/json"}).json()["status"] == 422
    large = web.post(where, content=b" " * 70_000, headers={"content-type": "application/json"})
    assert large.status_code == 413
    assert web.post("/v1/experiments/trains/pause", json={"reason": "x"}).status_code == 404
    assert web.get(where).status_code == 405
    assert not any(one["order"] for one in web.get("/v1/experiments/flights/decisions").json()["decisions"])
