"""The operations on endpoints: making one, looking at it, and moving its weights."""

from typing import Annotated

from msgspec import Meta

from banditctl.emulator.account import Account
from banditctl.emulator.listing import Listing
from banditctl.emulator.shapes import DesiredWeightAndCapacity, Document, Name, Shape, Tags
from banditctl.emulator.state import Endpoint, Status, Variant, create, refuse_busy, reweigh
from banditctl.emulator.validation import refuse_repeats


class CreateEndpoint(Shape):
    endpoint_name: Name
    endpoint_config_name: Name
    tags: Tags | None = None

    def perform(self, account: Account) -> Document:
        config = account.endpoint_configs.find(self.endpoint_config_name)
        now = account.clock()
        arn = account.endpoints.arn(self.endpoint_name)
        account.endpoints.add(create(self.endpoint_name, arn, config, now=now, until=now + account.creating))
        return {"EndpointArn": arn}


class DescribeEndpoint(Shape):
    endpoint_name: Name

    def perform(self, account: Account) -> Document:
        endpoint = account.endpoints.find(self.endpoint_name)
        description = _summary(endpoint) | {"EndpointConfigName": endpoint.config_name}
        if endpoint.status is Status.CREATING:  # AWS tells no variants before there are any
            return description
        return description | {"ProductionVariants": [_variant_summary(v) for v in endpoint.variants]}


class ListEndpoints(Listing):
    status_equals: Status | None = None

    def perform(self, account: Account) -> Document:
        asked_for = (e for e in account.endpoints if self.status_equals in (None, e.status))
        return self.page("Endpoints", asked_for, _summary)


class UpdateEndpointWeightsAndCapacities(Shape):
    endpoint_name: Name
    desired_weights_and_capacities: Annotated[list[DesiredWeightAndCapacity], Meta(min_length=1)]

    def perform(self, account: Account) -> Document:
        refuse_repeats(change.variant_name for change in self.desired_weights_and_capacities)
        endpoint = account.endpoints.find(self.endpoint_name)
        now = account.clock()
        until = now + account.updating
        account.endpoints.put(reweigh(endpoint, self.desired_weights_and_capacities, now=now, until=until))
        return {"EndpointArn": endpoint.arn}


class DeleteEndpoint(Shape):
    """AWS shows `Deleting` for a while; here the endpoint is gone at once."""

    endpoint_name: Name

    def perform(self, account: Account) -> Document:
        refuse_busy(account.endpoints.find(self.endpoint_name))
        account.endpoints.remove(self.endpoint_name)
        return {}


def _summary(endpoint: Endpoint) -> Document:
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created_at.timestamp(),
        "LastModifiedTime": endpoint.modified_at.timestamp(),
    }


def _variant_summary(variant: Variant) -> Document:
    return {
        "VariantName": variant.name,
        "CurrentWeight": variant.current.weight,
        "DesiredWeight": variant.desired.weight,
        "CurrentInstanceCount": variant.current.instance_count,
        "DesiredInstanceCount": variant.desired.instance_count,
    }
