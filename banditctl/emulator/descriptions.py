"""What DescribeEndpoint tells of an endpoint."""

import msgspec

from banditctl.emulator.shapes import Document
from banditctl.emulator.state import Endpoint, Status
from banditctl.emulator.variants import Deployment, Variant


def summary(endpoint: Endpoint) -> Document:
    """What lists tell of it, too."""
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created_at.timestamp(),
        "LastModifiedTime": endpoint.modified_at.timestamp(),
    }


def description(endpoint: Endpoint) -> Document:
    """All of it; a member that has nothing to tell is left out."""
    document = summary(endpoint) | {"EndpointConfigName": endpoint.config_name}
    if endpoint.failure:
        document["FailureReason"] = endpoint.failure
    if endpoint.deployment is not None and endpoint.status is Status.UPDATING:
        document["PendingDeploymentSummary"] = _pending(endpoint.deployment)
    if endpoint.last_deployment is not None:
        document["LastDeploymentConfig"] = msgspec.to_builtins(endpoint.last_deployment)
    if endpoint.status is not Status.CREATING:  # AWS tells no variants before there are any
        document["ProductionVariants"] = [_variant(variant) for variant in endpoint.variants]
        if endpoint.shadows:
            document["ShadowProductionVariants"] = [_variant(variant) for variant in endpoint.shadows]
    return document


def _variant(variant: Variant) -> Document:
    told: Document = {
        "VariantName": variant.name,
        "CurrentWeight": variant.current.weight,
        "DesiredWeight": variant.desired.weight,
        "CurrentInstanceCount": variant.current.instance_count,
    }
    serverless = variant.configured.serverless_config
    if serverless is not None:
        return told | {"CurrentServerlessConfig": msgspec.to_builtins(serverless)}
    return told | {"DesiredInstanceCount": variant.desired.instance_count}


def _pending(deployment: Deployment) -> Document:
    return {
        "EndpointConfigName": deployment.config_name,
        "StartTime": deployment.since.timestamp(),
        "ProductionVariants": [_pending_variant(deployment, variant) for variant in deployment.variants],
    }


def _pending_variant(deployment: Deployment, variant: Variant) -> Document:
    status: Document = {"Status": deployment.stage, "StartTime": deployment.stage_since.timestamp()}
    if deployment.baking:
        canary = "" if variant.share == 1 else "canary "
        status["StatusMessage"] = (
            f"Baking for {deployment.baking} with traffic enabled on {canary}capacity of "
            f"{variant.current.instance_count} instance(s)."
        )
    told = _variant(variant) | {"VariantStatus": [status]}
    return told | {"InstanceType": variant.configured.instance_type} if variant.configured.instance_type else told
