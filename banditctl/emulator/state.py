"""An endpoint as a value, and what the clock and its callers turn it into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from banditctl.emulator.errors import invalid
from banditctl.emulator.resources import EndpointConfig, Resource
from banditctl.emulator.shapes import DesiredWeightAndCapacity, ProductionVariant, float32
from banditctl.emulator.validation import refuse_no_traffic


class Status(StrEnum):
    """Where an endpoint is; every status but `InService` ends at the endpoint's `busy_until`."""

    CREATING = "Creating"
    UPDATING = "Updating"
    IN_SERVICE = "InService"


@dataclass(frozen=True)
class Setting:
    """What a variant runs with: its relative weight, a 32-bit float, and its number of instances."""

    weight: float
    instance_count: int


@dataclass(frozen=True)
class Variant:
    """A variant with what it has now and what it has been asked to have."""

    name: str
    current: Setting
    desired: Setting


@dataclass(frozen=True)
class Endpoint(Resource):
    """An endpoint between two instants at which something happens to it."""

    config_name: str
    variants: tuple[Variant, ...]
    status: Status
    modified_at: datetime
    busy_until: datetime | None


def create(name: str, arn: str, config: EndpointConfig, *, now: datetime, until: datetime) -> Endpoint:
    """A new endpoint, `Creating` and serving nobody until then."""
    return Endpoint(
        name=name,
        arn=arn,
        created_at=now,
        config_name=config.name,
        variants=tuple(_new(variant) for variant in config.variants),
        status=Status.CREATING,
        modified_at=now,
        busy_until=until,
    )


def advance(endpoint: Endpoint, now: datetime) -> Endpoint:
    """The endpoint as it stands at `now`: what was due by then happened when it was due."""
    if endpoint.busy_until is None or now < endpoint.busy_until:
        return endpoint
    return replace(
        endpoint,
        variants=tuple(replace(variant, current=variant.desired) for variant in endpoint.variants),
        status=Status.IN_SERVICE,
        modified_at=endpoint.busy_until,
        busy_until=None,
    )


def reweigh(
    endpoint: Endpoint, changes: Sequence[DesiredWeightAndCapacity], *, now: datetime, until: datetime
) -> Endpoint:
    """The endpoint `Updating` towards the changes, while it goes on serving its current weights.

    Refused as a whole when the endpoint is busy, a variant is unknown or no variant would have traffic.
    """
    refuse_busy(endpoint)
    wanted = {change.variant_name: change for change in changes}
    _refuse_unknown(endpoint, wanted)
    variants = tuple(_ask(v, wanted[v.name]) if v.name in wanted else v for v in endpoint.variants)
    refuse_no_traffic(variant.desired.weight for variant in variants)
    return replace(endpoint, variants=variants, status=Status.UPDATING, modified_at=now, busy_until=until)


def refuse_busy(endpoint: Endpoint) -> None:
    """Refuse to touch an endpoint in any status that ends by itself."""
    if endpoint.busy_until is not None:
        raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')


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
        weight=variant.desired.weight if weight is None else float32(weight),
        instance_count=variant.desired.instance_count if count is None else count,
    )
    return replace(variant, desired=desired)
