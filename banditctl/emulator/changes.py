"""What can be done to an endpoint: each change as the course that it sets the endpoint on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from banditctl.emulator.errors import invalid
from banditctl.emulator.resources import EndpointConfig
from banditctl.emulator.shapes import DesiredWeightAndCapacity
from banditctl.emulator.state import Endpoint, Status, begun, later, refuse_broken, refuse_busy
from banditctl.emulator.variants import Setting, Variant


def create(name: str, arn: str, config: EndpointConfig, *, now: datetime, until: datetime) -> Endpoint:
    """A new endpoint, `Creating` and serving nobody until then."""
    creating = Endpoint(
        name=name,
        arn=arn,
        created_at=now,
        config_name=config.name,
        variants=tuple(Variant.new(variant) for variant in config.variants),
        shadows=tuple(Variant.new(variant) for variant in config.shadows),
        status=Status.CREATING,
        since=now,
        modified_at=now,
    )
    return replace(creating, then=later(creating, until, status=Status.IN_SERVICE))


def reweigh(
    endpoint: Endpoint,
    changes: Sequence[DesiredWeightAndCapacity],
    *,
    now: datetime,
    until: datetime,
    flip: datetime | None = None,
) -> Endpoint:
    """The endpoint `Updating` towards the changes; it serves its old weights until `flip`, or else to the end.

    Refused as a whole when the endpoint is busy or broken, or a variant is unknown or cannot be counted.
    """
    refuse_busy(endpoint)
    refuse_broken(endpoint)
    wanted = {change.variant_name: change for change in changes}
    _refuse_unknown(endpoint, wanted)
    variants = tuple(_ask(v, wanted[v.name]) if v.name in wanted else v for v in endpoint.variants)
    updating = replace(begun(endpoint, now), variants=variants, status=Status.UPDATING)
    done = later(updating, until, status=Status.IN_SERVICE, variants=tuple(_settled(v) for v in variants))
    if flip is None or flip >= until:
        return replace(updating, then=done)
    flipped = replace(updating, since=flip, variants=tuple(_flipped(v) for v in variants), then=done)
    return replace(updating, then=flipped)


def maintain(endpoint: Endpoint, *, now: datetime, until: datetime) -> Endpoint:
    """The endpoint `SystemUpdating` until then, with nothing of it changed."""
    refuse_busy(endpoint)
    maintained = replace(endpoint, since=until)
    return replace(endpoint, status=Status.SYSTEM_UPDATING, since=now, then=maintained)


def delete(endpoint: Endpoint, *, now: datetime, until: datetime) -> Endpoint:
    """The endpoint `Deleting` until then, and gone afterwards."""
    refuse_busy(endpoint)
    deleting = replace(begun(endpoint, now), status=Status.DELETING)
    return replace(deleting, then=later(deleting, until, status=Status.GONE))


def become(endpoint: Endpoint, status: Status, failure: str, *, now: datetime) -> Endpoint:
    """The endpoint in that status from now on, whatever it was about to be."""
    return replace(begun(endpoint, now), status=status, failure=failure, deployment=None)


def roll_back(changed: Endpoint, was: Endpoint, *, now: datetime, until: datetime) -> Endpoint:
    """The endpoint `RollingBack` until then, and then `InService` as it `was` before it was changed."""
    asked = {variant.name: variant.desired for variant in was.variants}
    variants = tuple(replace(v, desired=asked[v.name]) for v in changed.variants)
    before = replace(was, was=was, changed_at=changed.changed_at, last_deployment=changed.last_deployment)
    return later(changed, now, status=Status.ROLLING_BACK, variants=variants, then=later(before, until))


def _refuse_unknown(endpoint: Endpoint, wanted: Mapping[str, DesiredWeightAndCapacity]) -> None:
    unknown = wanted.keys() - {variant.name for variant in endpoint.variants}
    if unknown:
        raise invalid(
            f'The variant name(s) "{", ".join(sorted(unknown))}" is/are not present within '
            f'endpoint configuration "{endpoint.config_name}".'
        )


def _ask(variant: Variant, change: DesiredWeightAndCapacity) -> Variant:
    weight, count = change.desired_weight, change.desired_instance_count
    if count is not None and variant.configured.serverless_config:  # AWS's own words are not known
        raise invalid(f'The variant "{variant.name}" is serverless and has no instances.')
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
