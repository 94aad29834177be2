"""What a deployment configuration cannot be used for. What AWS refuses is documented, but not in which words."""

from collections.abc import Sequence

from banditctl.emulator.deployment_configs import DeploymentConfig
from banditctl.emulator.errors import invalid
from banditctl.emulator.state import Endpoint
from banditctl.emulator.variants import Variant


def refuse_excluded(endpoint: Endpoint, new: Sequence[Variant], how: DeploymentConfig) -> None:
    """Refuse `how` if the endpoint's old variants cannot become the new ones that way."""
    _refuse_other_names(endpoint, new)
    if how.rolling_update_policy and len(new) > 1:
        raise invalid("RollingUpdatePolicy is not supported for endpoints with more than one production variant.")
    if how.bounds and any(variant.configured.serverless_config for variant in (*endpoint.variants, *new)):
        raise invalid("A serverless endpoint can be updated only with ALL_AT_ONCE traffic routing.")
    for variant in new:
        _refuse_size(variant, how)


def _refuse_other_names(endpoint: Endpoint, new: Sequence[Variant]) -> None:
    old = {variant.name for variant in endpoint.variants}
    if old != {variant.name for variant in new}:
        raise invalid(
            "With a DeploymentConfig the new endpoint configuration must have the same variant names as the old one: "
            f"{', '.join(sorted(old))}."
        )


def _refuse_size(variant: Variant, how: DeploymentConfig) -> None:
    bounds = how.bounds
    if bounds and not bounds.least <= bounds.size.percent(variant.desired.instance_count) <= bounds.most:
        raise invalid(
            f"The capacity size {bounds.size.value} ({bounds.size.type}) is not between {bounds.least}% and "
            f'{bounds.most}% of the {variant.desired.instance_count} instances of variant "{variant.name}".'
        )
