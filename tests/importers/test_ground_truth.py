"""Ground truth: which file it is, and what its labels are worth."""

import csv
import io
import json
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st
from support.captured import FLIGHTS, NOW, captured, labelled

from banditctl.core.event import EXPOSED, Identity, Reward
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.errors import UsageError
from banditctl.importers.ground_truth import GroundTruth
from banditctl.importers.labels import Pointer, label
from banditctl.importers.reading import Refused

HERE = "2026/11/20/09/labels.jsonl"
EARNED = replace(FLIGHTS, reward=Gaussian())


def reward(line, path=HERE, pointer=None, experiment=EARNED):
    value = None if pointer is None else Pointer(pointer)
    return GroundTruth(experiment, "reward", value, NOW).reading(path).event(line.encode())


def encoded(text):
    return b64encode(text.encode()).decode()


def test_a_label_is_a_reward_of_the_request_it_names_at_the_end_of_its_hour():
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert reward(labelled("r1")) == Reward(Identity("reward", "reward").of("r1"), 1.0, at, EXPOSED.of("r1"))


def test_a_label_of_the_hour_that_is_not_over_is_of_now():
    assert reward(labelled("r1"), "2026/11/20/10/labels.jsonl").at == NOW


def test_a_file_has_one_name_wherever_it_lies():
    truth = GroundTruth(FLIGHTS, "reward", None, NOW)
    found = {truth.reading(place + HERE + ending).name for place in ("", "/x/y/") for ending in ("", ".gz")}
    assert found == {f"reward/{HERE}"}


def test_a_file_outside_of_an_hour_is_refused():
    with pytest.raises(Refused, match="does not lie under yyyy/mm/dd/hh/"):
        GroundTruth(FLIGHTS, "reward", None, NOW).reading("labels.jsonl")


@pytest.mark.parametrize(
    ("data", "encoding", "pointer", "value"),
    [
        ("1", "CSV", None, 1.0),
        (" 12.5 ,x", "CSV", None, 12.5),
        ('"3","4"', "CSV", None, 3.0),
        ("x,y,-4e2\n", "CSV", "/2", -400.0),
        ("7", "JSON", None, 7.0),
        ("true", "JSON", None, 1.0),
        ('"0.5"', "JSON", None, 0.5),
        ('{"label": {"won": false}}', "JSON", "/label/won", 0.0),
        ('[{"a/b": {"~": 3}}]', "JSON", "/0/a~1b/~0", 3.0),
        (encoded("1"), "BASE64", None, 1.0),
        (encoded("2,x"), "BASE64", None, 2.0),
        (encoded('{"label": 4}'), "BASE64", "/label", 4.0),
        (encoded("x,5"), "BASE64", "/1", 5.0),
    ],
)
def test_a_value_is_found_in_a_label_of_any_encoding(data, encoding, pointer, value):
    assert reward(labelled("r1", data, encoding), pointer=pointer).value == value


@pytest.mark.parametrize(
    ("data", "encoding", "pointer", "sentence"),
    [
        ("x", "CSV", None, "must be a number"),
        ("1_0", "CSV", None, "must be a number"),
        ("nan", "CSV", None, "must be a finite number"),
        ("1e999", "CSV", None, "must be a number"),
        ("", "CSV", None, "must be one row of CSV, not 0"),
        ("1\n2", "CSV", None, "must be one row of CSV, not 2"),
        ("9" * 140_000, "CSV", None, "is not CSV: field larger than field limit (131072)"),
        ("1", "CSV", "/1", "has nothing at /1"),
        ("1,2", "CSV", "/-1", "has nothing at /-1"),
        ("{", "JSON", None, "is not JSON at line 1 column 2"),
        ("[" * 90_000, "JSON", None, "is nested too deeply to be a label"),
        ("9" * 5000, "JSON", None, "must be a finite number"),
        ("NaN", "JSON", None, "must be a finite number"),
        ('{"label": 1}', "JSON", None, "must be a number; `--value` says where in a label it stands"),
        ("null", "JSON", None, "must be a number; `--value` says where in a label it stands"),
        ('{"label": 1}', "JSON", "/lable", "has nothing at /lable"),
        ("7", "JSON", "/label", "has nothing at /label"),
        ("*", "BASE64", None, "is not UTF-8 in base64"),
        (b64encode(b"\xff").decode(), "BASE64", None, "is not UTF-8 in base64"),
    ],
)
def test_a_label_without_a_value_is_refused_with_why(data, encoding, pointer, sentence):
    with pytest.raises(Refused) as refused:
        reward(labelled("r1", data, encoding), pointer=pointer)
    assert (refused.value.pointer, str(refused.value)) == ("/groundTruthData/data", sentence)


@pytest.mark.parametrize(
    ("line", "pointer", "sentence"),
    [
        (captured("e1"), "/groundTruthData", "required"),
        (labelled("r1", encoding="XML"), "/groundTruthData/encoding", "invalid enum value 'XML'"),
        (labelled("r1", 1), "/groundTruthData/data", "expected `str`, got `int`"),
        (labelled(""), "/eventMetadata/eventId", "expected `str` of length >= 1"),
        (labelled("r1", "2"), "/groundTruthData/data", "a bernoulli reward is 0 or 1, not 2"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_where_and_why(line, pointer, sentence):
    with pytest.raises(Refused) as refused:
        reward(line, experiment=FLIGHTS)
    assert (refused.value.pointer, str(refused.value)) == (pointer, sentence)


@pytest.mark.parametrize("written", ["label", "/a~2", "/~", "a/b"])
def test_a_pointer_that_is_none_is_refused_at_once(written):
    with pytest.raises(UsageError, match="is no JSON pointer; write /label"):
        Pointer(written)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]))),
)
def test_a_number_survives_every_encoding(value, beside):
    row = io.StringIO()
    csv.writer(row).writerow([value, *beside])
    assert label(row.getvalue(), "CSV", None) == value
    document = json.dumps({"".join(beside): [value]})
    pointer = Pointer("/" + "".join(beside).replace("~", "~0").replace("/", "~1") + "/0")
    assert label(document, "JSON", pointer) == value
    assert label(encoded(document), "BASE64", pointer) == value


@given(st.text(), st.sampled_from(["CSV", "JSON", "BASE64"]), st.sampled_from([None, Pointer("/0"), Pointer("/a")]))
def test_any_label_is_a_number_or_refused(data, encoding, pointer):
    with suppress(Refused):
        assert isinstance(label(data, encoding, pointer), float)
