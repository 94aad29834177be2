"""The operations on endpoints: making one, looking at it, moving its weights, and giving it other variants."""

from typing import Annotated, Literal

from msgspec import Meta

from banditctl.emulator.account import Account
from banditctl.emulator.deploying import RETAINABLE
from banditctl.emulator.deployment_configs import DeploymentConfig
from banditctl.emulator.descriptions import description, summary
from banditctl.emulator.listing import Listing
from banditctl.emulator.shapes import DesiredWeightAndCapacity, Document, Name, Shape, Tags
from banditctl.emulator.state import Status
from banditctl.emulator.validation import refuse_repeats


class CreateEndpoint(Shape):
    endpoint_name: Name
    endpoint_config_name: Name
    tags: Tags | None = None

    def perform(self, account: Account) -> Document:
        return {"EndpointArn": account.create(self.endpoint_name, self.endpoint_config_name).arn}


class DescribeEndpoint(Shape):
    endpoint_name: Name

    def perform(self, account: Account) -> Document:
        return description(account.describe(self.endpoint_name))


class ListEndpoints(Listing):
    status_equals: Status | None = None

    def perform(self, account: Account) -> Document:
        asked_for = (e for e in account.endpoints if self.status_equals in (None, e.status))
        return self.page("Endpoints", asked_for, summary)


class UpdateEndpointWeightsAndCapacities(Shape):
    endpoint_name: Name
    desired_weights_and_capacities: Annotated[list[DesiredWeightAndCapacity], Meta(min_length=1)]

    def perform(self, account: Account) -> Document:
        refuse_repeats(change.variant_name for change in self.desired_weights_and_capacities)
        return {"EndpointArn": account.reweigh(self.endpoint_name, self.desired_weights_and_capacities).arn}


class VariantProperty(Shape):
    """A property that is not retained. There is no data capture here, so its configuration never is."""

    variant_property_type: Literal["DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig"]


class UpdateEndpoint(Shape):
    """All at once, unless it is told a DeploymentConfig or to use the last one again."""

    endpoint_name: Name
    endpoint_config_name: Name
    retain_all_variant_properties: bool = False
    exclude_retained_variant_properties: Annotated[tuple[VariantProperty, ...], Meta(max_length=3)] = ()
    deployment_config: DeploymentConfig | None = None
    retain_deployment_config: bool = False

    def perform(self, account: Account) -> Document:
        excluded = {excluded.variant_property_type for excluded in self.exclude_retained_variant_properties}
        retained = set(RETAINABLE) - excluded if self.retain_all_variant_properties else set()
        last = account.endpoints.find(self.endpoint_name).last_deployment if self.retain_deployment_config else None
        how = self.deployment_config or last
        return {
            "EndpointArn": account.deploy(self.endpoint_name, self.endpoint_config_name, how, retained=retained).arn
        }


class DeleteEndpoint(Shape):
    endpoint_name: Name

    def perform(self, account: Account) -> Document:
        account.delete(self.endpoint_name)
        return {}
