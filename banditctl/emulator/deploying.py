"""Another configuration for an endpoint: step by step from its old instances to new ones, and back."""

import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from banditctl.emulator.changes import roll_back
from banditctl.emulator.deployment_configs import Counts, DeploymentConfig
from banditctl.emulator.exclusions import refuse_excluded
from banditctl.emulator.resources import EndpointConfig
from banditctl.emulator.shapes import ProductionVariant
from banditctl.emulator.state import Endpoint, Status, begun, in_turn, later, refuse_broken, refuse_busy
from banditctl.emulator.variants import Deployment, Setting, Variant

# What of a variant whose name stays can be kept when its endpoint gets another configuration.
RETAINABLE = ("DesiredInstanceCount", "DesiredWeight")

# How much of the time that new instances take is their start; the rest is their taking over.
_STARTING = 0.9

_NOTHING = Setting(0.0, 0)

Parts = Iterable[tuple[Endpoint, timedelta]]


def deploy(
    endpoint: Endpoint,
    config: EndpointConfig,
    how: DeploymentConfig | None,
    *,
    now: datetime,
    lasting: timedelta,
    retained: Collection[str],
) -> Endpoint:
    """The endpoint `Updating` towards another configuration, whose instances take so long to start and take over.

    A variant whose name stays keeps what of RETAINABLE is `retained`. Without `how` the old variants serve to the end.
    """
    refuse_busy(endpoint)
    refuse_broken(endpoint, mendable=(Status.OUT_OF_SERVICE, Status.UPDATE_ROLLBACK_FAILED))
    new = _planned(endpoint, config, retained)
    if how is not None:
        refuse_excluded(endpoint, new, how)
    last = how or endpoint.last_deployment
    updating = replace(begun(endpoint, now), status=Status.UPDATING, failure="", last_deployment=last)
    idle = tuple(replace(variant, current=_NOTHING) for variant in new)
    deployment = Deployment(config.name, idle, how or DeploymentConfig(), now, now, lasting)
    shadows = tuple(Variant.new(variant) for variant in config.shadows)
    done = replace(updating, status=Status.IN_SERVICE, config_name=config.name, variants=new, shadows=shadows)
    return in_turn(_timed(now, [*_parts(updating, deployment), (done, timedelta())]))


def retreat(endpoint: Endpoint, *, now: datetime) -> Endpoint:
    """The endpoint `RollingBack` from its deployment, and then as it was before it.

    Old instances that are still there take all requests at once; after a rolling deployment they do at the end.
    """
    deployment, was = endpoint.deployment, endpoint.was
    if deployment is None or was is None:
        return endpoint
    if rolling := deployment.config.rolling_update_policy:
        back = deployment.lasting * rolling.batches_back(_counts(was.variants))
        return roll_back(endpoint, was, now=now, until=now + back)
    until = now + deployment.lasting * (1 - _STARTING)
    return roll_back(replace(endpoint, deployment=None), was, now=now, until=until)


def _parts(endpoint: Endpoint, deployment: Deployment) -> Parts:
    """What the endpoint is one after the other, and for how long."""
    old, all_of = endpoint.variants, _counts(deployment.variants)
    starting = deployment.lasting * _STARTING
    for number, step in enumerate(deployment.config.steps(all_of)):
        if deployment.rolling or not number:
            needed = sum(step.counts if deployment.rolling else all_of)
            deployment = replace(deployment, stage="Creating", baking="", instance_count=needed)
            yield replace(endpoint, deployment=deployment), starting
        deployment = replace(deployment, stage="ActivatingTraffic", baking="")
        yield replace(endpoint, deployment=deployment), deployment.lasting - starting
        deployment = replace(deployment, variants=_taking(deployment.variants, step.counts))
        if step.wait:
            baking = replace(deployment, stage="Baking", baking=f"{step.wait} seconds ({step.member})")
            yield replace(endpoint, deployment=baking), timedelta(seconds=step.wait)
        if deployment.rolling:
            endpoint = replace(endpoint, variants=_left(old, deployment.variants))


def _timed(at: datetime, parts: Parts) -> list[Endpoint]:
    """Each part from when the one before it is over."""
    timed = []
    for part, lasts in parts:
        deployment = part.deployment and replace(part.deployment, stage_since=at)
        timed.append(later(part, at, deployment=deployment))
        at += lasts
    return timed


def _counts(variants: Iterable[Variant]) -> Counts:
    return tuple(variant.desired.instance_count for variant in variants)


def _taking(new: Iterable[Variant], counts: Counts) -> tuple[Variant, ...]:
    """The new variants, so many instances of which take requests."""
    counted = zip(new, counts, strict=True)
    return tuple(replace(v, current=replace(v.desired, instance_count=count)) for v, count in counted)


def _left(old: Iterable[Variant], new: Iterable[Variant]) -> tuple[Variant, ...]:
    """The old variants, less as many instances as new ones have come in their place."""
    left = []
    for before, after in zip(old, new, strict=True):
        total = after.desired.instance_count
        count = math.ceil(before.desired.instance_count * (total - after.current.instance_count) / total)
        setting = replace(before.desired, instance_count=count)
        left.append(replace(before, current=setting, desired=setting))
    return tuple(left)


def _planned(endpoint: Endpoint, config: EndpointConfig, retained: Collection[str]) -> tuple[Variant, ...]:
    """The new variants as they will be in the end."""
    asked = {variant.name: variant.desired for variant in endpoint.variants}
    return tuple(
        Variant.new(_retain(v, asked[v.variant_name], retained) if v.variant_name in asked else v)
        for v in config.variants
    )


def _retain(variant: ProductionVariant, asked: Setting, retained: Collection[str]) -> ProductionVariant:
    weight = asked.weight if "DesiredWeight" in retained else variant.initial_variant_weight
    count = asked.instance_count if "DesiredInstanceCount" in retained else variant.initial_instance_count
    return msgspec.structs.replace(variant, initial_variant_weight=weight, initial_instance_count=count)
