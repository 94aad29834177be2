"""The real daemon over real HTTP, with a real Redis and an emulated endpoint."""

import json
import re
import signal
from urllib.error import HTTPError

import pytest
from support.daemons import Daemon
from support.redis_servers import wait_for

GOOD = {"id": "good", "experiment": "flights", "inference_id": "f1", "value": 1}


def event(**changes):
    return {**GOOD, "id": "bad", **changes}


REFUSALS = [
    ("an unknown variant", {**event(type="exposure", variant="gbm-tea"), "id": "x"}, 422, "/value"),
    (
        "a variant nobody knows",
        {"type": "exposure", "id": "x", "experiment": "flights", "variant": "tea"},
        422,
        "/variant",
    ),
    ("an unknown experiment", event(experiment="trains"), 422, "/experiment"),
    ("an unknown field", event(colour="red"), 422, "/colour"),
    ("a 2 for a bernoulli", event(value=2), 422, "/value"),
    ("NaN", b'{"id": "bad", "experiment": "flights", "inference_id": "f1", "value": NaN}', 422, "/value"),
    ("a reward by variant", {"id": "x", "experiment": "flights", "variant": "gbm-rush", "value": 1}, 422, "/variant"),
    ("broken JSON", b'{"id": "bad", "experiment"', 422, None),
    ("a body too large", b" " * (4 * 1024 * 1024 + 1), 413, None),
]


def test_what_is_refused_is_said_and_not_stored_and_what_is_accepted_is_counted(daemon: Daemon):
    for what, body, status, pointer in REFUSALS:
        answered, problem = daemon.post(body)
        assert (what, answered) == (what, status)
        assert problem["title"]
        if pointer:
            assert (what, [fault["pointer"] for fault in problem["rejected"]]) == (what, [pointer])
    exposure = {"type": "exposure", "id": "f1", "experiment": "flights", "variant": "gbm-rush"}
    assert daemon.post([exposure, GOOD, event(value=2)])[0] == 202
    assert daemon.post(GOOD)[1] == {"accepted": 0, "duplicates": 1, "rejected": []}

    def counted():
        counts = daemon.view()["counts"]
        rewarded = {"count": 1.0, "total": 1.0, "squares": 1.0}
        return counts["gbm-rush"] == {"exposed": 1.0, "rewarded": rewarded, "ages": [1]}

    wait_for(counted)
    assert daemon.view()["received"] == {"accepted": 2, "duplicates": 1}
    assert not any(daemon.view()["tally"].values())


def test_the_daemon_says_what_it_believes_what_it_did_and_why(asked_daemon: Daemon):
    wait_for(lambda: asked_daemon.view()["decision"])
    view = asked_daemon.view()
    assert view["live"]["shares"] == dict.fromkeys(view["variants"], 0.25)
    assert "warming up with an equal split, 0 of 500 trials" in view["decision"]["reason"]
    history = json.loads(asked_daemon.get("/v1/experiments/flights/decisions?limit=1"))["decisions"]
    assert history[0]["verdict"] == "hold"
    assert json.loads(asked_daemon.get("/v1/experiments")) == {"experiments": ["flights"]}
    assert json.loads(asked_daemon.get("/version"))["version"]


UNANSWERED = [
    ("/v1/experiments/trains", 404, "unknown experiment trains; known are flights"),
    ("/v1/experiments/trains/decisions", 404, "unknown experiment trains; known are flights"),
    ("/v1/experiments/flights/decisions?limit=0", 422, "limit is a whole number from 1 to 500, not 0"),
    ("/v1/experiments/flights/decisions?limit=many", 422, "limit is a whole number from 1 to 500, not many"),
    ("/nowhere", 404, "Not Found"),
]


def test_what_cannot_be_answered_is_a_problem_with_its_reason(asked_daemon: Daemon):
    for path, status, detail in UNANSWERED:
        with pytest.raises(HTTPError) as refused:
            asked_daemon.get(path)
        with refused.value as answer:
            assert (answer.code, json.load(answer)["detail"]) == (status, detail)
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_prometheus_is_told_of_events_turns_and_decisions(daemon: Daemon):
    daemon.post([GOOD, event(value=2)])
    wait_for(
        lambda: 'banditctl_turns_total{experiment="flights",outcome="done",turn="learn"}' in daemon.get("/metrics")
    )
    page = daemon.get("/metrics")
    assert 'banditctl_events_total{experiment="flights",outcome="accepted"} 1.0' in page
    assert 'banditctl_events_total{experiment="flights",outcome="refused"} 1.0' in page
    assert re.search(r'banditctl_decisions_total\{experiment="flights",verdict="hold"\} [1-9]', page)


def test_it_lives_without_redis_but_is_not_ready(daemon: Daemon, server):
    assert daemon.get("/livez") == daemon.get("/readyz") == "ok\n"
    server.kill()
    assert daemon.get("/livez") == "ok\n"
    assert daemon.view() is None
    wait_for(lambda: "turn failed, trying again at every tick" in daemon.log.read_text())
    server.start()
    wait_for(daemon.view)
    assert daemon.get("/readyz") == "ok\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_cleanly(daemon: Daemon, number):
    daemon.post(GOOD)
    assert daemon.stop(number) == 0
    assert "Traceback" not in daemon.log.read_text()


def test_a_policy_file_that_gives_its_evidence_another_meaning_is_refused_at_start(daemon: Daemon):
    wait_for(lambda: daemon.view()["turn"])
    daemon.stop()
    daemon.policy.write_text(daemon.policy.read_text().replace("window: 1h", "window: 2h"))
    ended = daemon.ended()
    assert ended.returncode == 2
    assert ended.stderr.endswith(
        "flights has evidence that was gathered with another window; "
        "write back what it was, or give the experiment a new name\n"
    )


def test_an_endpoint_that_cannot_be_steered_is_refused_at_start(daemon: Daemon):
    daemon.stop()
    daemon.policy.write_text(daemon.policy.read_text().replace("gbm-weather-cal, gbm-rush", "gbm-tea"))
    ended = daemon.ended()
    assert ended.returncode == 2
    assert ended.stderr.endswith(
        "flights: the endpoint lacks gbm-tea and also has gbm-rush, gbm-weather-cal; "
        "name its variants in the policy file\n"
    )


def test_an_endpoint_that_is_not_there_yet_is_waited_for(daemon: Daemon):
    daemon.stop()
    daemon.policy.write_text(daemon.policy.read_text().replace("flights-demo", "flights-dmeo"))
    daemon.start()
    told = "is missing: there is no flights-dmeo in us-east-1; deploy it, or correct target.endpoint or target.region"
    assert told in daemon.log.read_text()
    wait_for(lambda: (decided := daemon.view()["decision"]) and told in decided["reason"])
    assert daemon.post(GOOD)[0] == 202
