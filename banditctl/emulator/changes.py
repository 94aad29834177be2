"""What can be done to an endpoint: each change as the course that it sets the endpoint on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from banditctl.emulator.errors import invalid
from banditctl.emulator.resources import EndpointConfig
from banditctl.emulator.shapes import DesiredWeightAndCapacity, ProductionVariant
from banditctl.emulator.state import (
    Deployment,
    Endpoint,
    Setting,
    Status,
    Variant,
    refuse_broken,
    refuse_busy,
)

# What of a variant whose name stays can be kept when its endpoint gets another configuration.
RETAINABLE = ("DesiredInstanceCount", "DesiredWeight")

# How much of a deployment its new instances take to start; the rest is their taking over.
_STARTING = 0.9


def create(name: str, arn: str, config: EndpointConfig, *, now: datetime, until: datetime) -> Endpoint:
    """A new endpoint, `Creating` and serving nobody until then."""
    creating = Endpoint(
        name=name,
        arn=arn,
        created_at=now,
        config_name=config.name,
        variants=tuple(_new(variant) for variant in config.variants),
        status=Status.CREATING,
        since=now,
        modified_at=now,
    )
    return replace(creating, then=_at(creating, until, status=Status.IN_SERVICE))


def reweigh(
    endpoint: Endpoint,
    changes: Sequence[DesiredWeightAndCapacity],
    *,
    now: datetime,
    until: datetime,
    flip: datetime | None = None,
) -> Endpoint:
    """The endpoint `Updating` towards the changes; it serves its old weights until `flip`, or else to the end.

    Refused as a whole when the endpoint is busy or broken, or a variant is unknown.
    """
    refuse_busy(endpoint)
    refuse_broken(endpoint)
    wanted = {change.variant_name: change for change in changes}
    _refuse_unknown(endpoint, wanted)
    variants = tuple(_ask(v, wanted[v.name]) if v.name in wanted else v for v in endpoint.variants)
    updating = replace(_begun(endpoint, now), variants=variants, status=Status.UPDATING)
    done = _at(updating, until, status=Status.IN_SERVICE, variants=tuple(_settled(v) for v in variants))
    if flip is None or flip >= until:
        return replace(updating, then=done)
    flipped = replace(updating, since=flip, variants=tuple(_flipped(v) for v in variants), then=done)
    return replace(updating, then=flipped)


def deploy(
    endpoint: Endpoint, config: EndpointConfig, *, now: datetime, until: datetime, retained: Collection[str]
) -> Endpoint:
    """The endpoint `Updating` towards another configuration, all at once; it serves its old variants to the end.

    A variant whose name stays keeps what of RETAINABLE is `retained`.
    """
    refuse_busy(endpoint)
    refuse_broken(endpoint, mendable=(Status.OUT_OF_SERVICE, Status.UPDATE_ROLLBACK_FAILED))
    asked = {variant.name: variant.desired for variant in endpoint.variants}
    planned = tuple(
        _retain(v, asked[v.variant_name], retained) if v.variant_name in asked else v for v in config.variants
    )
    deployment = Deployment(config.name, planned, now, "Creating")
    updating = replace(_begun(endpoint, now), status=Status.UPDATING, failure="", deployment=deployment)
    variants = tuple(_new(variant) for variant in planned)
    done = _at(updating, until, status=Status.IN_SERVICE, config_name=config.name, variants=variants, deployment=None)
    taking_over = replace(deployment, stage="ActivatingTraffic")
    activating = replace(updating, since=now + (until - now) * _STARTING, deployment=taking_over, then=done)
    return replace(updating, then=activating)


def maintain(endpoint: Endpoint, *, now: datetime, until: datetime) -> Endpoint:
    """The endpoint `SystemUpdating` until then, with nothing of it changed."""
    refuse_busy(endpoint)
    maintained = replace(endpoint, since=until)
    return replace(endpoint, status=Status.SYSTEM_UPDATING, since=now, then=maintained)


def delete(endpoint: Endpoint, *, now: datetime, until: datetime) -> Endpoint:
    """The endpoint `Deleting` until then, and gone afterwards."""
    refuse_busy(endpoint)
    deleting = replace(_begun(endpoint, now), status=Status.DELETING)
    return replace(deleting, then=_at(deleting, until, status=Status.GONE))


def become(endpoint: Endpoint, status: Status, failure: str, *, now: datetime) -> Endpoint:
    """The endpoint in that status from now on, whatever it was about to be."""
    return replace(_begun(endpoint, now), status=status, failure=failure, deployment=None)


def _begun(endpoint: Endpoint, now: datetime) -> Endpoint:
    return replace(endpoint, since=now, modified_at=now, then=None, was=replace(endpoint, was=None), changed_at=now)


def _at(endpoint: Endpoint, instant: datetime, **fields: Any) -> Endpoint:
    """What becomes of the endpoint then."""
    return replace(endpoint, since=instant, modified_at=instant, **fields)


def _new(variant: ProductionVariant) -> Variant:
    setting = Setting(variant.initial_variant_weight, variant.initial_instance_count)
    return Variant(variant.variant_name, current=setting, desired=setting)


def _refuse_unknown(endpoint: Endpoint, wanted: Mapping[str, DesiredWeightAndCapacity]) -> None:
    unknown = wanted.keys() - {variant.name for variant in endpoint.variants}
    if unknown:
        raise invalid(
            f'The variant name(s) "{", ".join(sorted(unknown))}" is/are not present within '
            f'endpoint configuration "{endpoint.config_name}".'
        )


def _ask(variant: Variant, change: DesiredWeightAndCapacity) -> Variant:
    weight, count = change.desired_weight, change.desired_instance_count
    desired = Setting(
        weight=variant.desired.weight if weight is None else weight,
        instance_count=variant.desired.instance_count if count is None else count,
    )
    return replace(variant, desired=desired)


def _settled(variant: Variant) -> Variant:
    return replace(variant, current=variant.desired)


def _flipped(variant: Variant) -> Variant:
    """With its new weight, and its instances not there yet."""
    return replace(variant, current=replace(variant.current, weight=variant.desired.weight))


def _retain(variant: ProductionVariant, asked: Setting, retained: Collection[str]) -> ProductionVariant:
    weight = asked.weight if "DesiredWeight" in retained else variant.initial_variant_weight
    count = asked.instance_count if "DesiredInstanceCount" in retained else variant.initial_instance_count
    return msgspec.structs.replace(variant, initial_variant_weight=weight, initial_instance_count=count)
