"""The operations on endpoints: making one, looking at it, moving its weights, and giving it other variants."""

from typing import Annotated, Literal

from msgspec import Meta

from banditctl.emulator.account import Account
from banditctl.emulator.changes import RETAINABLE
from banditctl.emulator.listing import Listing
from banditctl.emulator.shapes import DesiredWeightAndCapacity, Document, Name, ProductionVariant, Shape, Tags
from banditctl.emulator.state import Deployment, Endpoint, Status, Variant
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
        endpoint = account.describe(self.endpoint_name)
        description = _summary(endpoint) | {"EndpointConfigName": endpoint.config_name}
        if endpoint.failure:
            description["FailureReason"] = endpoint.failure
        if endpoint.deployment is not None:
            description["PendingDeploymentSummary"] = _pending(endpoint.deployment)
        if endpoint.status is not Status.CREATING:  # AWS tells no variants before there are any
            description["ProductionVariants"] = [_variant_summary(v) for v in endpoint.variants]
        return description


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
        return {"EndpointArn": account.reweigh(self.endpoint_name, self.desired_weights_and_capacities).arn}


class VariantProperty(Shape):
    """A property that is not retained. There is no data capture here, so its configuration never is."""

    variant_property_type: Literal["DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig"]


class UpdateEndpoint(Shape):
    """All at once, which is what AWS does when it is told no DeploymentConfig."""

    endpoint_name: Name
    endpoint_config_name: Name
    retain_all_variant_properties: bool = False
    exclude_retained_variant_properties: Annotated[tuple[VariantProperty, ...], Meta(max_length=3)] = ()

    def perform(self, account: Account) -> Document:
        excluded = {excluded.variant_property_type for excluded in self.exclude_retained_variant_properties}
        retained = set(RETAINABLE) - excluded if self.retain_all_variant_properties else set()
        return {"EndpointArn": account.deploy(self.endpoint_name, self.endpoint_config_name, retained=retained).arn}


class DeleteEndpoint(Shape):
    endpoint_name: Name

    def perform(self, account: Account) -> Document:
        account.delete(self.endpoint_name)
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


def _pending(deployment: Deployment) -> Document:
    since = deployment.since.timestamp()
    stage = [{"Status": deployment.stage, "StartTime": since}]
    return {
        "EndpointConfigName": deployment.config_name,
        "StartTime": since,
        "ProductionVariants": [_pending_variant(v) | {"VariantStatus": stage} for v in deployment.variants],
    }


def _pending_variant(variant: ProductionVariant) -> Document:
    """Its instances are not there yet."""
    return {
        "VariantName": variant.variant_name,
        "InstanceType": variant.instance_type,
        "CurrentWeight": 0.0,
        "DesiredWeight": variant.initial_variant_weight,
        "CurrentInstanceCount": 0,
        "DesiredInstanceCount": variant.initial_instance_count,
    }
