"""Data capture: which file it is, and what its lines say."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from support.captured import ENDPOINT, FLIGHTS, NOW, captured, labelled

from banditctl.core.event import EXPOSED, Exposure
from banditctl.importers.capture import Capture
from banditctl.importers.reading import Refused

HERE = f"{ENDPOINT}/a/2026/11/20/10/17-25-831.jsonl"
CAPTURE = Capture(FLIGHTS, ENDPOINT, NOW)


def exposure(line, path=HERE):
    return CAPTURE.reading(path).event(line if isinstance(line, bytes) else line.encode())


def test_a_line_is_an_exposure_of_the_variant_in_its_path():
    assert exposure(captured("e1")) == Exposure(EXPOSED.of("e1"), "a", NOW)
    assert exposure(captured("e1"), HERE.replace("/a/", "/b/")).variant == "b"


def test_the_inference_id_of_the_caller_goes_before_the_event_id():
    assert exposure(captured("e1", inferenceId="order-7")).id == EXPOSED.of("order-7")
    assert exposure(captured("e1", inferenceId=None)).id == EXPOSED.of("e1")


def test_times_are_kept_in_utc():
    line = captured("e1", inferenceTime="2026-11-20T11:00:00.25+01:00")
    assert exposure(line).at == datetime(2026, 11, 20, 10, 0, 0, 250_000, UTC)
    assert exposure(line).at.tzinfo is UTC


def test_a_file_has_one_name_wherever_it_lies():
    found = [CAPTURE.reading(place + HERE + ending) for place in ("", "/mnt/x/", "p/2026/") for ending in ("", ".gz")]
    assert {reading.name for reading in found} == {HERE}
    assert {reading.hour for reading in found} == {datetime(2026, 11, 20, 10, tzinfo=UTC)}


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 20)),  # noqa: DTZ001 - the hours of paths are in UTC
    st.text(st.characters(exclude_characters="/"), min_size=1),
    st.lists(st.text(st.characters(exclude_characters="/"), min_size=1)),
)
def test_the_hour_and_the_name_are_read_from_any_path_as_they_were_written(hour, file, folders):
    path = f"{ENDPOINT}/b/{hour:%Y/%m/%d/%H}/{file}.jsonl"
    reading = CAPTURE.reading("/".join([*folders, path]))
    assert reading.name == path
    assert reading.hour == hour.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("2026/11/20/10/x.jsonl", "does not lie under ENDPOINT/VARIANT/yyyy/mm/dd/hh/"),
        ("a/2026/11/20/10/x.jsonl", "does not lie under ENDPOINT/VARIANT/yyyy/mm/dd/hh/"),
        (f"{ENDPOINT}/a/2026/11/20/x.jsonl", "does not lie under ENDPOINT/VARIANT/yyyy/mm/dd/hh/"),
        (f"{ENDPOINT}/a/2026/11/31/10/x.jsonl", "does not lie under ENDPOINT/VARIANT/yyyy/mm/dd/hh/"),
        (f"{ENDPOINT}/a/2026/11/20/24/x.jsonl", "does not lie under ENDPOINT/VARIANT/yyyy/mm/dd/hh/"),
        (f"{ENDPOINT}/a/2026/11/20/11/x.jsonl", "lies under an hour that has not come yet, in UTC"),
        (
            "trains/a/2026/11/20/10/x.jsonl",
            "was captured of the endpoint trains; the policy file is for flights-prod",
        ),
        (f"{ENDPOINT}/c/2026/11/20/10/x.jsonl", "was captured of the variant c; known are a, b"),
    ],
)
def test_a_file_that_is_not_of_the_experiment_is_refused(path, sentence):
    with pytest.raises(Refused) as refused:
        CAPTURE.reading(path)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("line", "pointer", "sentence"),
    [
        ("{", "", "is not JSON: Input data was truncated"),
        (captured("?").replace("?", "\u00e9").encode("latin-1"), "", "is not UTF-8"),
        ("7", "", "expected `object`, got `int`"),
        ('{"a":' + "[" * 9000, "", "is nested too deeply to be a record"),
        ("{}", "/eventMetadata", "required"),
        ('{"eventMetadata": {"eventId": "e1"}}', "/eventMetadata/inferenceTime", "required"),
        (labelled("e1"), "/eventMetadata/inferenceTime", "required"),
        (captured(7), "/eventMetadata/eventId", "expected `str`, got `int`"),
        (captured(""), "/eventMetadata/eventId", "expected `str` of length >= 1"),
        (captured("x" * 129), "/eventMetadata/eventId", "expected `str` of length <= 128"),
        (captured("e1", inferenceId=""), "/eventMetadata/inferenceId", "expected `str` of length >= 1"),
        (captured("e1", inferenceTime="now"), "/eventMetadata/inferenceTime", "invalid RFC3339 encoded datetime"),
        (
            captured("e1", inferenceTime="2026-11-20T10:00:00"),
            "/eventMetadata/inferenceTime",
            "expected `datetime` with a timezone component",
        ),
        (
            captured("e1", inferenceTime="0001-01-01T00:00:00+02:00"),
            "/eventMetadata/inferenceTime",
            "must lie within the years 1 to 9999 in UTC",
        ),
        (captured("e1", NOW + timedelta(minutes=6)), "/eventMetadata/inferenceTime", "lies in the future"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_where_and_why(line, pointer, sentence):
    with pytest.raises(Refused) as refused:
        exposure(line)
    assert (refused.value.pointer, str(refused.value)) == (pointer, sentence)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda kids: (
            st.lists(kids) | st.dictionaries(st.sampled_from(["eventMetadata", "eventId", "inferenceTime", "x"]), kids)
        ),
    )
)
def test_any_json_is_an_exposure_or_refused(document):
    with suppress(Refused):
        assert isinstance(exposure(json.dumps(document)), Exposure)
