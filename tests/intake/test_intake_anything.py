"""Whatever is sent: never a 5xx, and in the store exactly what the answer says was accepted."""

import gzip
import json
import math

import pytest
from hypothesis import given, settings, strategies as st

from banditctl.core.event import EXPOSED, REWARD, Identity

TYPES = st.sampled_from(["application/json", "application/x-ndjson"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=10)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
# Mostly right, so that one fault at a time gets deep into the rules.
ALMOST = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c"]),
        "experiment": st.sampled_from(["clicks", "revenue"]) | SCALARS,
        "value": st.sampled_from([0, 1, 2, math.nan, math.inf, 10**400]) | SCALARS,
    },
    optional={
        "type": st.sampled_from(["exposure", "reward"]) | SCALARS,
        "variant": st.sampled_from(["old", "new"]) | SCALARS,
        "inference_id": st.just("r1") | SCALARS,
        "metric": st.sampled_from([REWARD, "latency"]) | SCALARS,
        "time": st.datetimes().map(lambda at: at.isoformat() + "Z") | SCALARS,
        "targeted": st.booleans() | SCALARS,
        "other": ANYTHING,
    },
)
EVENTS = st.lists(ALMOST | ANYTHING, max_size=12)


def identity(event):
    return EXPOSED if event.get("type") == "exposure" else Identity("reward", event.get("metric") or REWARD)


def check(intake, answer):
    """The answer and the store tell the same story; the refused indices, if any."""
    assert answer.status_code in {202, 413, 422}
    told = answer.json()
    assert len(intake.store.kept) == told.get("accepted", 0)
    return {item["index"] for item in told.get("rejected", [])}


@settings(deadline=None)
@given(body=st.binary(max_size=200), content_type=TYPES)
def test_any_bytes(served_intake, body, content_type):
    served_intake.clear()
    check(served_intake, served_intake.post(body, content_type))


@settings(deadline=None)
@given(body=st.binary(max_size=200), cut=st.integers(0, 40), content_type=TYPES)
def test_any_bytes_that_claim_to_be_gzip(served_intake, body, cut, content_type):
    served_intake.clear()
    whole = gzip.compress(body)
    answer = served_intake.post(whole[: len(whole) - cut], content_type, content_encoding="gzip")
    check(served_intake, answer)


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
@settings(deadline=None)
@given(events=EVENTS)
def test_any_json(served_intake, content_type, events):
    served_intake.clear()
    lines = "\n".join(json.dumps(event) for event in events)
    body = json.dumps(events) if content_type == "application/json" else lines
    answer = served_intake.post(body.encode(), content_type)
    refused = check(served_intake, answer)
    if answer.status_code == 202:
        taken = [event for index, event in enumerate(events) if index not in refused]
        assert {kept.id for kept in served_intake.store.kept} == {identity(event).of(event["id"]) for event in taken}
        assert all(math.isfinite(getattr(kept, "value", 0.0)) for kept in served_intake.store.kept)
