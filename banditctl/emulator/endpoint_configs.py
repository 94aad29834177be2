"""The operations on endpoint configurations: which variants an endpoint starts with."""

from typing import Annotated

import msgspec

from banditctl.emulator.account import Account
from banditctl.emulator.listing import Listing
from banditctl.emulator.resources import EndpointConfig
from banditctl.emulator.shapes import Document, Name, ProductionVariant, Shape, Tags
from banditctl.emulator.validation import refuse_repeats


class CreateEndpointConfig(Shape):
    endpoint_config_name: Name
    production_variants: Annotated[list[ProductionVariant], msgspec.Meta(min_length=1, max_length=10)]
    tags: Tags | None = None

    def perform(self, account: Account) -> Document:
        variants = tuple(_rounded(variant, account) for variant in self.production_variants)
        refuse_repeats(variant.variant_name for variant in variants)
        account.refuse_no_traffic(variant.initial_variant_weight for variant in variants)
        for variant in variants:
            account.models.find(variant.model_name)
        arn = account.endpoint_configs.arn(self.endpoint_config_name)
        account.endpoint_configs.add(EndpointConfig(self.endpoint_config_name, arn, account.clock(), variants))
        return {"EndpointConfigArn": arn}


class DescribeEndpointConfig(Shape):
    endpoint_config_name: Name

    def perform(self, account: Account) -> Document:
        config = account.endpoint_configs.find(self.endpoint_config_name)
        return _summary(config) | {"ProductionVariants": msgspec.to_builtins(config.variants)}


class ListEndpointConfigs(Listing):
    def perform(self, account: Account) -> Document:
        return self.page("EndpointConfigs", account.endpoint_configs, _summary)


class DeleteEndpointConfig(Shape):
    endpoint_config_name: Name

    def perform(self, account: Account) -> Document:
        account.endpoint_configs.remove(self.endpoint_config_name)
        return {}


def _rounded(variant: ProductionVariant, account: Account) -> ProductionVariant:
    return msgspec.structs.replace(variant, initial_variant_weight=account.rounded(variant.initial_variant_weight))


def _summary(config: EndpointConfig) -> Document:
    return {
        "EndpointConfigName": config.name,
        "EndpointConfigArn": config.arn,
        "CreationTime": config.created_at.timestamp(),
    }
