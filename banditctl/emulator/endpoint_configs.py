"""The operations on endpoint configurations: which variants an endpoint starts with."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from banditctl.emulator.account import Account
from banditctl.emulator.listing import Listing
from banditctl.emulator.resources import EndpointConfig
from banditctl.emulator.shapes import Document, Name, ProductionVariant, Shape, Tags
from banditctl.emulator.validation import refuse_company, refuse_repeats

Variants = Annotated[tuple[ProductionVariant, ...], msgspec.Meta(min_length=1, max_length=10)]


class CreateEndpointConfig(Shape):
    endpoint_config_name: Name
    production_variants: Variants
    shadow_production_variants: Variants | None = None
    tags: Tags | None = None

    def perform(self, account: Account) -> Document:
        variants = _rounded(self.production_variants, account)
        shadows = _rounded(self.shadow_production_variants or (), account)
        refuse_repeats(variant.variant_name for variant in (*variants, *shadows))
        refuse_company(variants, shadows)
        account.refuse_no_traffic(variant.initial_variant_weight for variant in variants)
        for variant in (*variants, *shadows):
            account.models.find(variant.model_name)
        arn = account.endpoint_configs.arn(self.endpoint_config_name)
        config = EndpointConfig(self.endpoint_config_name, arn, account.clock(), variants, shadows)
        account.endpoint_configs.add(config)
        return {"EndpointConfigArn": arn}


class DescribeEndpointConfig(Shape):
    endpoint_config_name: Name

    def perform(self, account: Account) -> Document:
        config = account.endpoint_configs.find(self.endpoint_config_name)
        description = _summary(config) | {"ProductionVariants": [_described(variant) for variant in config.variants]}
        if config.shadows:
            description["ShadowProductionVariants"] = [_described(variant) for variant in config.shadows]
        return description


class ListEndpointConfigs(Listing):
    def perform(self, account: Account) -> Document:
        return self.page("EndpointConfigs", account.endpoint_configs, _summary)


class DeleteEndpointConfig(Shape):
    endpoint_config_name: Name

    def perform(self, account: Account) -> Document:
        account.endpoint_configs.remove(self.endpoint_config_name)
        return {}


def _rounded(variants: Iterable[ProductionVariant], account: Account) -> tuple[ProductionVariant, ...]:
    return tuple(
        msgspec.structs.replace(variant, initial_variant_weight=account.rounded(variant.initial_variant_weight))
        for variant in variants
    )


def _described(variant: ProductionVariant) -> Document:
    """With its weight even if that was left out, and without what it does not have."""
    return {member: value for member, value in msgspec.to_builtins(variant).items() if value is not None}


def _summary(config: EndpointConfig) -> Document:
    return {
        "EndpointConfigName": config.name,
        "EndpointConfigArn": config.arn,
        "CreationTime": config.created_at.timestamp(),
    }
