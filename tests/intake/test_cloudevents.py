"""CloudEvents: an envelope around the same events, refused with pointers into what was sent."""

import json

import pytest

from banditctl.core.event import EXPOSED, Exposure, Identity, Reward

ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
DATA = {"experiment": "clicks", "inference_id": "r1", "value": 1}
SERVED = {"experiment": "clicks", "variant": "new"}


def envelope(**changed):
    """A sound CloudEvent around a reward; what is changed to None is left out."""
    sound = {
        "specversion": "1.0",
        "type": "io.banditctl.reward",
        "source": "/shop",
        "id": "e1",
        "time": "2026-11-20T09:59:00Z",
        "data": DATA,
    }
    return {name: value for name, value in (sound | changed).items() if value is not None}


def post(intake, document, content_type=ONE):
    return intake.post(json.dumps(document).encode(), content_type)


def test_one_cloudevent_lends_its_type_id_and_time(intake, now):
    answer = post(intake, envelope(), f"{ONE}; charset=utf-8")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
    assert intake.store.kept == [
        Reward(Identity("reward", "reward").of("e1"), 1.0, now.replace(hour=9, minute=59), EXPOSED.of("r1"))
    ]


def test_what_the_data_says_itself_counts_first(intake, now):
    said = SERVED | {"id": "r1", "time": now.isoformat(), "type": "exposure"}
    assert post(intake, envelope(type="io.banditctl.exposure", data=said)).status_code == 202
    assert intake.store.kept == [Exposure(EXPOSED.of("r1"), "new", now)]


def test_without_any_time_it_happened_when_it_was_received(intake, now):
    post(intake, envelope(time=None))
    assert intake.store.kept[0].at == now


def test_extensions_and_a_type_of_json_are_let_pass(intake):
    passed = envelope(traceparent="00-ab-cd-01", subject="order", datacontenttype="application/json; charset=utf-8")
    assert post(intake, passed).status_code == 202
    assert post(intake, envelope(id="e2", datacontenttype="application/vnd.shop+json")).status_code == 202


def test_a_batch_keeps_what_is_sound_and_a_repeat_is_a_duplicate(intake):
    answer = post(intake, [envelope(), envelope(id="e2", data=DATA | {"value": 2}), envelope()], BATCH)
    assert answer.status_code == 202
    told = {"index": 1, "pointer": "/data/value", "detail": "a bernoulli reward is 0 or 1, not 2"}
    assert answer.json() == {"accepted": 1, "duplicates": 1, "rejected": [told]}
    assert intake.counted[("clicks", "refused")] == 1


def test_a_batch_is_the_same_event_as_plain_json(intake):
    post(intake, [envelope()], BATCH)
    plain = {"id": "e1", **DATA}
    assert intake.post(json.dumps(plain).encode()).json()["duplicates"] == 1


@pytest.mark.parametrize(
    ("sent", "pointer", "detail"),
    [
        (7, "", "must be an object"),
        (envelope(specversion=None), "/specversion", 'must be "1.0"'),
        (envelope(specversion="0.3"), "/specversion", 'must be "1.0"'),
        (envelope(specversion=1.0), "/specversion", 'must be "1.0"'),
        (envelope(id=None), "/id", "must be a string that is not empty"),
        (envelope(id=""), "/id", "must be a string that is not empty"),
        (envelope(id="x" * 129), "/id", "must have 1 to 128 characters"),
        (envelope(id="\ud800"), "/id", "must be a string of Unicode characters"),
        (envelope(source=None), "/source", "must be a string that is not empty"),
        (envelope(type="click"), "/type", "must be io.banditctl.exposure or io.banditctl.reward"),
        (envelope(type=["io.banditctl.reward"]), "/type", "must be io.banditctl.exposure or io.banditctl.reward"),
        (envelope(time="today"), "/time", "must be a time as RFC 3339 writes it, such as 2026-11-20T10:00:00Z"),
        (envelope(time="2999-01-01T00:00:00Z"), "/time", "lies more than 5 minutes in the future"),
        (envelope(datacontenttype="text/csv"), "/datacontenttype", "must be application/json, or left out"),
        (envelope(datacontenttype=7), "/datacontenttype", "must be application/json, or left out"),
        (envelope(data=None), "/data", "must be an event as an object, not as a string or in base64"),
        (
            envelope(data=None, data_base64="e30="),
            "/data",
            "must be an event as an object, not as a string or in base64",
        ),
        (envelope(data="{}"), "/data", "must be an event as an object, not as a string or in base64"),
        (
            envelope(data=DATA | {"type": "exposure"}),
            "/data/type",
            "must agree with the type of the CloudEvent, or be left out",
        ),
        (
            envelope(data=DATA | {"type": []}),
            "/data/type",
            "must agree with the type of the CloudEvent, or be left out",
        ),
        (envelope(data=DATA | {"id": ""}), "/data/id", "must have 1 to 128 characters"),
        (envelope(data=DATA | {"value": "1"}), "/data/value", "must be a number"),
        (envelope(data=DATA | {"a/b": 1}), "/data/a~1b", "unknown field; known are id, type, experiment"),
        (envelope(data=DATA | {"experiment": "trains"}), "/data/experiment", "unknown experiment; known are clicks"),
        (envelope(type="io.banditctl.exposure", data={"experiment": "clicks"}), "/data/variant", "required"),
    ],
)
def test_a_fault_points_into_the_cloudevent_as_it_was_sent(intake, sent, pointer, detail):
    for document, content_type in ((sent, ONE), ([sent], BATCH)):
        answer = post(intake, document, content_type)
        assert answer.status_code == 422
        (rejected,) = answer.json()["rejected"]
        assert (rejected["index"], rejected["pointer"]) == (0, pointer)
        assert rejected["detail"].startswith(detail)
    assert intake.store.kept == []


@pytest.mark.parametrize(
    ("body", "content_type", "status", "detail"),
    [
        (b"{", ONE, 422, "the body is not JSON at line 1 column 2"),
        (b"[{]", BATCH, 422, "the body is not JSON at line 1 column 3"),
        (json.dumps(envelope()).encode(), BATCH, 422, "a batch of CloudEvents must be an array"),
        (json.dumps([envelope()] * 11).encode(), BATCH, 413, "a request may carry 10 events, not 11"),
    ],
)
def test_a_body_that_is_no_cloudevent_or_batch_is_refused_whole(intake, body, content_type, status, detail):
    answer = intake.post(body, content_type)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)
