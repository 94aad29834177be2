"""What is accepted, how it reaches the store, and what the sender is told."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from banditctl.core.event import CLOCK_SKEW, EXPOSED, Exposure, Identity, Reward
from banditctl.intake.pressure import Bounds

EXPOSURE = {"type": "exposure", "id": "r1", "experiment": "clicks", "variant": "new"}
REWARD = {"id": "e1", "experiment": "clicks", "inference_id": "r1", "value": 1}
BY_VARIANT = {"id": "e2", "experiment": "revenue", "variant": "old", "value": 12.5}
LATENCY = {**REWARD, "metric": "latency", "value": 0.25}
REWARDED, TIMED = Identity("reward", "reward"), Identity("reward", "latency")
E1, E9, R1 = REWARDED.of("e1"), REWARDED.of("e9"), EXPOSED.of("r1")


def lines(*events):
    return b"\n".join(json.dumps(event).encode() for event in events)


def test_one_reward_is_kept_with_the_defaults_filled_in(intake, now):
    answer = intake.post(json.dumps(REWARD).encode())
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
    assert answer.headers["content-type"] == "application/json"
    assert intake.store.kept == [Reward(E1, 1.0, now, exposure=R1, metric="reward")]


def test_an_exposure_is_kept_with_what_it_says(intake):
    intake.post(json.dumps({**EXPOSURE, "targeted": True, "time": "2026-11-20T10:59:00+01:00"}).encode())
    at = datetime(2026, 11, 20, 9, 59, tzinfo=UTC)
    assert intake.store.kept == [Exposure(R1, "new", at, targeted=True)]
    assert intake.store.kept[0].at.tzinfo is UTC


def test_null_is_the_same_as_leaving_a_field_out(intake, now):
    written = {**REWARD, "type": None, "metric": None, "variant": None, "time": None, "targeted": None}
    assert intake.post(json.dumps(written).encode()).status_code == 202
    assert intake.store.kept == [Reward(E1, 1.0, now, exposure=R1)]


def test_each_experiment_is_asked_once_and_remembers_for_its_window_and_the_skew(intake, now):
    answer = intake.post(json.dumps([EXPOSURE, BY_VARIANT, REWARD]).encode())
    assert answer.json()["accepted"] == 3
    assert intake.store.asked == [
        ("clicks", now, timedelta(hours=6) + CLOCK_SKEW),
        ("revenue", now, timedelta(days=1) + CLOCK_SKEW),
    ]
    assert +intake.counted == {("clicks", "accepted"): 2, ("revenue", "accepted"): 1}


def test_a_repeated_event_is_told_as_a_duplicate(intake):
    intake.post(json.dumps(REWARD).encode())
    answer = intake.post(json.dumps([REWARD, {**REWARD, "id": "e9"}, {**REWARD, "id": "e9"}]).encode())
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 2, "rejected": []})
    assert [event.id for event in intake.store.kept] == [E1, E9]
    assert +intake.counted == {("clicks", "accepted"): 2, ("clicks", "duplicate"): 2}


def test_a_repeat_beside_a_refused_event_is_still_202(intake):
    intake.post(json.dumps(REWARD).encode())
    answer = intake.post(json.dumps([REWARD, {**REWARD, "value": 2}]).encode())
    assert (answer.status_code, answer.json()["duplicates"]) == (202, 1)


def test_an_exposure_and_a_reward_may_have_the_same_id(intake):
    answer = intake.post(json.dumps([EXPOSURE, {**REWARD, "id": "r1"}]).encode())
    assert answer.json()["accepted"] == 2


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "2026-11-20T10:05:00Z", "2026-11-20 10:00:00+14:00"])
def test_old_events_and_clocks_a_little_ahead_are_accepted(intake, time):
    assert intake.post(json.dumps({**REWARD, "time": time}).encode()).status_code == 202


@pytest.mark.parametrize("value", [0, 1, -3.5, 1e100, 10**30])
def test_a_gaussian_reward_may_be_any_number_whose_square_can_be_added(intake, value):
    assert intake.post(json.dumps({**BY_VARIANT, "value": value}).encode()).status_code == 202
    assert intake.store.kept[0].value == float(value)


def test_lines_may_be_blank_or_end_as_windows_ends_them(intake):
    body = lines(EXPOSURE) + b"\r\n\r\n  \n" + lines(REWARD) + b"\n"
    assert intake.post(body, "application/x-ndjson; charset=utf-8").json()["accepted"] == 2


@pytest.mark.parametrize("coding", ["gzip", "X-GZIP"])
def test_a_gzipped_body_is_inflated_all_its_members_together(intake, coding):
    body = gzip.compress(lines(EXPOSURE) + b"\n") + gzip.compress(lines(REWARD))
    answer = intake.post(body, "application/x-ndjson", content_encoding=coding)
    assert answer.json()["accepted"] == 2


def test_an_empty_array_is_nothing_to_keep_and_no_error(intake):
    answer = intake.post(b"[]")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "duplicates": 0, "rejected": []})
    assert not intake.store.asked


def test_of_a_mixed_array_the_good_are_kept_and_the_bad_are_named(intake):
    written = [REWARD, {**REWARD, "value": 2}, EXPOSURE, 7, {**REWARD, "valeu": 1}, {**BY_VARIANT, "value": "1"}]
    answer = intake.post(json.dumps(written).encode())
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    named = [(item["index"], item["pointer"]) for item in answer.json()["rejected"]]
    assert named == [(1, "/value"), (3, ""), (4, "/valeu"), (5, "/value")]
    assert [event.id for event in intake.store.kept] == [E1, R1]
    assert +intake.counted == {
        ("clicks", "accepted"): 2,
        ("clicks", "refused"): 2,
        ("revenue", "refused"): 1,
        ("", "refused"): 1,
    }


def test_one_bad_line_leaves_the_others_alone(intake):
    body = b"\n".join([lines(EXPOSURE), b"", b'{"id": ', lines(REWARD), b"\xff"])
    answer = intake.post(body, "application/x-ndjson")
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "accepted": 2,
            "duplicates": 0,
            "rejected": [
                {
                    "index": 1,
                    "pointer": "",
                    "detail": "the line is not JSON at line 1 column 8: Expecting value",
                },
                {"index": 3, "pointer": "", "detail": "the line is not UTF-8 at byte 0"},
            ],
        },
    )


def test_unless_told_otherwise_a_request_may_carry_ten_thousand_events_and_all_of_them_64_mebibytes():
    assert Bounds() == Bounds(events=10_000, size=4_194_304, held=67_108_864, capacity=None)


def test_a_metric_of_the_policy_file_is_kept_by_its_name(intake, now):
    assert intake.post(json.dumps(LATENCY).encode()).status_code == 202
    assert intake.store.kept == [Reward(TIMED.of("e1"), 0.25, now, exposure=R1, metric="latency")]


def test_two_metrics_of_one_request_may_have_the_same_id(intake):
    assert intake.post(json.dumps([REWARD, LATENCY, LATENCY]).encode()).json() == {
        "accepted": 2,
        "duplicates": 1,
        "rejected": [],
    }


def test_a_metric_is_of_one_experiment_alone(intake):
    (rejected,) = intake.post(json.dumps({**BY_VARIANT, "metric": "latency"}).encode()).json()["rejected"]
    assert (rejected["pointer"], rejected["detail"]) == ("/metric", "unknown metric; known are reward")


def test_ids_are_kept_in_sixteen_bytes_however_long_they_were(intake):
    longest = ["é" * 128, "é" * 127 + "e"]
    intake.post(json.dumps([{**REWARD, "id": name} for name in longest]).encode())
    assert [len(event.id) for event in intake.store.kept] == [16, 16]
    assert len({event.id for event in intake.store.kept}) == 2
