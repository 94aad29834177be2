"""Every way an event can be wrong: refused at the place that is wrong, and nothing of it is stored."""

import json

import pytest

from banditctl.core.event import Identity

REWARDED = Identity("reward", "reward")
GOOD = {"id": "e1", "experiment": "clicks", "inference_id": "r1", "value": 1}
EXPOSURE = {"type": "exposure", "id": "r1", "experiment": "clicks", "variant": "new"}
UNKNOWN = "unknown field; known are id, type, experiment, variant, inference_id, value, metric, time, targeted"
STRING = "must be a string of Unicode characters"
TIME = "must be a time as RFC 3339 writes it, such as 2026-11-20T10:00:00Z"
LENGTH = "must have 1 to 128 characters"
BY_VARIANT = (
    "send the inference_id of the exposure instead; rewards by variant need "
    "`trials: rewards` under `evidence` in the policy file"
)


def reward(**changes):
    return json.dumps({**GOOD, **changes})


def exposure(**changes):
    return json.dumps({**EXPOSURE, **changes})


def without(field, event=GOOD):
    return json.dumps({name: value for name, value in event.items() if name != field})


def with_value(written):
    """A reward whose value is written so, JSON or not."""
    return reward(value="?").replace('"?"', written)


BAD_EVENTS = [
    # what it is
    ("7", "", "must be an object"),
    ("null", "", "must be an object"),
    (reward(type="click"), "/type", "must be exposure or reward"),
    (reward(metric="errors"), "/metric", "unknown metric; known are reward, latency"),
    (reward(metric=""), "/metric", "unknown metric; known are reward, latency"),
    (reward(valeu=1), "/valeu", UNKNOWN),
    (reward(**{"a/b~c": 1}), "/a~1b~0c", UNKNOWN),
    (reward(**{"\ud800": 1}), "/?", UNKNOWN),
    # whose it is
    (without("id"), "/id", "required"),
    (reward(id=""), "/id", LENGTH),
    (reward(id="x" * 129), "/id", LENGTH),
    (reward(id=5), "/id", STRING),
    (reward(id=["e1"]), "/id", STRING),
    (reward(id="\ud800"), "/id", STRING),
    (without("experiment"), "/experiment", "required"),
    (reward(experiment="klicks"), "/experiment", "unknown experiment; known are clicks, revenue, counted"),
    (reward(experiment={}), "/experiment", STRING),
    # when it was
    (reward(time="2026-11-20T10:00:00"), "/time", "must say its offset from UTC, such as Z or +02:00"),
    (reward(time="2026-11-20T10:05:01Z"), "/time", "lies more than 5 minutes in the future"),
    (reward(time="9999-12-31T23:59:59-23:00"), "/time", "must lie within the years 1 to 9999 in UTC"),
    (reward(time="0001-01-01T00:00:00+23:00"), "/time", "must lie within the years 1 to 9999 in UTC"),
    (reward(time="yesterday"), "/time", TIME),
    (reward(time=1763632800), "/time", TIME),
    (reward(time="\udfff"), "/time", TIME),
    # what a reward says
    (without("value"), "/value", "required"),
    (reward(value=2), "/value", "a bernoulli reward is 0 or 1, not 2"),
    (reward(value="1"), "/value", "must be a number"),
    (reward(value=True), "/value", "must be a number"),
    (with_value("NaN"), "/value", "must be a finite number"),
    (with_value("Infinity"), "/value", "must be a finite number"),
    (with_value("-Infinity"), "/value", "must be a finite number"),
    (with_value("1e999"), "/value", "must be a finite number"),
    (with_value("1" * 400), "/value", "must be a finite number"),
    (with_value("1" * 5000), "/value", "must be a finite number"),
    (with_value("[" * 500 + "]" * 500), "/value", "must be a number"),
    (without("inference_id"), "/inference_id", "required"),
    (reward(inference_id=""), "/inference_id", LENGTH),
    (reward(inference_id="x" * 129), "/inference_id", LENGTH),
    (reward(variant="new"), "/variant", "a reward has an inference_id or a variant, not both"),
    (reward(inference_id=None, variant="new"), "/variant", BY_VARIANT),
    (reward(inference_id=None, variant="best"), "/variant", "unknown variant; known are old, new"),
    (reward(targeted=False), "/targeted", "only an exposure can be targeted"),
    # what an exposure says
    (without("variant", EXPOSURE), "/variant", "required"),
    (exposure(variant="best"), "/variant", "unknown variant; known are old, new"),
    (exposure(id="x" * 129), "/id", LENGTH),
    (exposure(metric="latency"), "/metric", "an exposure has no metric; it is of all of them"),
    (exposure(value=1), "/value", "an exposure has no value; send the reward as an event of its own"),
    (exposure(inference_id="r1"), "/inference_id", "an exposure's inference id is its id"),
    (exposure(targeted=1), "/targeted", "must be true or false"),
    # where CloudWatch counts the requests
    (
        exposure(experiment="counted"),
        "/type",
        "CloudWatch counts the requests (`trials: invocations`); send rewards alone",
    ),
    (
        reward(experiment="counted"),
        "/inference_id",
        "send the variant instead: CloudWatch knows no ids (`trials: invocations`)",
    ),
    (
        reward(experiment="counted", inference_id=None, variant="new"),
        "/time",
        "required: when the request was served (`trials: invocations`)",
    ),
    (reward(experiment="counted", inference_id=None, time="2026-11-20T09:00:00Z"), "/variant", "required"),
]


@pytest.mark.parametrize(("event", "pointer", "detail"), BAD_EVENTS)
def test_a_bad_event_is_refused_where_it_is_wrong(intake, event, pointer, detail):
    answer = intake.post(event.encode())
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["rejected"] == [{"index": 0, "pointer": pointer, "detail": detail}]
    assert not intake.store.kept


@pytest.mark.parametrize(("event", "pointer", "detail"), BAD_EVENTS)
def test_its_neighbours_are_kept(intake, event, pointer, detail):
    answer = intake.post(f"[{reward(id='a')},{event},{reward(id='b')}]".encode())
    assert answer.status_code == 202
    assert answer.json()["rejected"] == [{"index": 1, "pointer": pointer, "detail": detail}]
    assert [kept.id for kept in intake.store.kept] == [REWARDED.of("a"), REWARDED.of("b")]


def test_a_refused_batch_says_so_as_a_problem(intake):
    answer = intake.post(f"[{reward(value=2)}]".encode())
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "no event could be accepted; `rejected` says what to change in each",
        "instance": "/v1/events",
        "rejected": [{"index": 0, "pointer": "/value", "detail": "a bernoulli reward is 0 or 1, not 2"}],
        "request_id": answer.headers["x-request-id"],
    }
    assert +intake.counted == {("clicks", "refused"): 1}


def test_of_a_key_written_twice_the_last_counts(intake):
    assert intake.post(reward().replace('"value": 1', '"value": 2, "value": 0').encode()).status_code == 202
    assert [kept.value for kept in intake.store.kept] == [0.0]
