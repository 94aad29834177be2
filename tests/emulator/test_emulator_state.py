"""The transitions of an endpoint, as pure functions of an instant."""

from datetime import UTC, datetime, timedelta

import pytest

from banditctl.emulator.changes import create, reweigh
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.resources import EndpointConfig
from banditctl.emulator.shapes import DesiredWeightAndCapacity, ProductionVariant
from banditctl.emulator.state import Status, advance, refuse_busy
from banditctl.emulator.variants import Setting

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def asked(name, weight=None, count=None):
    return DesiredWeightAndCapacity(variant_name=name, desired_weight=weight, desired_instance_count=count)


def new_endpoint():
    variants = tuple(
        ProductionVariant(
            variant_name=name,
            model_name="Prices",
            instance_type="ml.m7i.large",
            initial_instance_count=count,
            initial_variant_weight=weight,
        )
        for name, weight, count in [("A", 3.0, 2), ("B", 1.0, 1)]
    )
    config = EndpointConfig(name="Split", arn="arn:split", created_at=NOON, variants=variants)
    return create("Fares", "arn:fares", config, now=NOON, until=NOON + 5 * MINUTE)


def in_service():
    return advance(new_endpoint(), NOON + 5 * MINUTE)


def desired(endpoint):
    return {v.name: (v.desired.weight, v.desired.instance_count) for v in endpoint.variants}


@pytest.mark.parametrize(
    ("minutes", "status", "modified_after"),
    [
        (0, Status.CREATING, 0),
        (4.99, Status.CREATING, 0),
        (5, Status.IN_SERVICE, 5),
        (60, Status.IN_SERVICE, 5),
    ],
)
def test_a_new_endpoint_enters_service_when_its_time_has_come(minutes, status, modified_after):
    seen = advance(new_endpoint(), NOON + minutes * MINUTE)
    assert (seen.status, seen.modified_at) == (status, NOON + modified_after * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "status", "serves", "modified_after"),
    [(10, Status.UPDATING, 3.0, 10), (10.99, Status.UPDATING, 3.0, 10), (11, Status.IN_SERVICE, 9.0, 11)],
)
def test_a_change_is_desired_at_once_and_current_when_it_is_over(minutes, status, serves, modified_after):
    changed = reweigh(in_service(), [asked("A", weight=9.0)], now=NOON + 10 * MINUTE, until=NOON + 11 * MINUTE)
    seen = advance(changed, NOON + minutes * MINUTE)
    assert seen.status is status
    assert seen.modified_at == NOON + modified_after * MINUTE
    assert seen.variants[0].current.weight == serves
    assert seen.variants[0].desired.weight == 9.0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([asked("A", weight=9.0)], {"A": (9.0, 2), "B": (1.0, 1)}),
        ([asked("A", count=7)], {"A": (3.0, 7), "B": (1.0, 1)}),
        ([asked("B", weight=0.0, count=4)], {"A": (3.0, 2), "B": (0.0, 4)}),
        ([asked("B")], {"A": (3.0, 2), "B": (1.0, 1)}),
        ([asked("B", weight=2.0), asked("A", weight=0.5)], {"A": (0.5, 2), "B": (2.0, 1)}),
    ],
    ids=["weight only", "count only", "both", "neither", "both variants"],
)
def test_what_a_change_leaves_out_stays_as_it_is(changes, expected):
    assert desired(reweigh(in_service(), changes, now=NOON, until=NOON + MINUTE)) == expected


def test_a_change_of_a_variant_that_is_not_there_is_refused_as_a_whole():
    with pytest.raises(ServiceError, match='"Z" is/are not present'):
        reweigh(in_service(), [asked("A", weight=5.0), asked("Z", weight=1.0)], now=NOON, until=NOON + MINUTE)


def test_nothing_touches_an_endpoint_in_progress():
    for busy in (new_endpoint(), reweigh(in_service(), [asked("A")], now=NOON, until=NOON + MINUTE)):
        with pytest.raises(ServiceError) as refused:
            refuse_busy(busy)
        assert refused.value.message == 'Cannot update in-progress endpoint "arn:fares".'
        with pytest.raises(ServiceError, match="in-progress"):
            reweigh(busy, [asked("A", weight=1.0)], now=NOON, until=NOON + MINUTE)


def test_a_change_leaves_the_endpoint_it_was_made_from_alone():
    before = in_service()
    reweigh(before, [asked("A", weight=9.0)], now=NOON, until=NOON + MINUTE)
    assert before.variants[0].desired == Setting(weight=3.0, instance_count=2)
