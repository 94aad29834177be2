"""The operations on scalable targets: which variants Application Auto Scaling counts, and within which bounds."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Meta

from banditctl.emulator.account import Account
from banditctl.emulator.autoscaler import act, variant_of
from banditctl.emulator.errors import ServiceError, invalid
from banditctl.emulator.listing import Token, page_of
from banditctl.emulator.scaling import ScalableTarget, SuspendedState
from banditctl.emulator.shapes import Document, InstanceCount, Shape

Namespace = Literal["sagemaker"]
Dimension = Literal["sagemaker:variant:DesiredInstanceCount"]
ResourceId = Annotated[str, Meta(pattern=r"^endpoint/[^/]+/variant/[^/]+\Z")]

ROLE = (
    "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


class Scalable(Shape, kw_only=True):
    """What names one scalable target."""

    service_namespace: Namespace
    resource_id: ResourceId
    scalable_dimension: Dimension

    def find(self, account: Account) -> ScalableTarget:
        """Raises `ServiceError` if it is not registered."""
        found = account.autoscaling.targets.get(self.resource_id)
        if found is None:
            raise ServiceError(
                "ObjectNotFoundException", f"No scalable target found for resource ID: {self.resource_id}."
            )
        return found


class RegisterScalableTarget(Scalable, kw_only=True):
    """Tags and a role are accepted and kept nowhere."""

    min_capacity: InstanceCount | None = None
    max_capacity: InstanceCount | None = None
    suspended_state: SuspendedState | None = None
    tags: dict[str, str] | None = None
    role_arn: str | None = msgspec.field(default=None, name="RoleARN")

    def perform(self, account: Account) -> Document:
        """A count outside the bounds is moved at once; what is left out of a known target stays as it was."""
        _, endpoint, _, variant = self.resource_id.split("/")
        if variant_of(account, endpoint, variant) is None:
            raise invalid(f"The resource {self.resource_id} does not exist.")
        known = account.autoscaling.targets.get(self.resource_id)
        target = self._updated(known) if known else self._new(account, endpoint, variant)
        if target.minimum > target.maximum:
            raise invalid("Maximum capacity cannot be less than minimum capacity.")
        account.autoscaling.targets[self.resource_id] = target
        act(account, target)
        return {"ScalableTargetARN": target.arn}

    def _new(self, account: Account, endpoint: str, variant: str) -> ScalableTarget:
        if self.min_capacity is None or self.max_capacity is None:
            raise invalid("MinCapacity and MaxCapacity are required for a new scalable target.")
        identity = uuid5(NAMESPACE_URL, self.resource_id).hex
        arn = f"arn:aws:application-autoscaling:{account.region}:{account.number}:scalable-target/{identity}"
        suspended = self.suspended_state or SuspendedState()
        return ScalableTarget(endpoint, variant, arn, account.clock(), self.min_capacity, self.max_capacity, suspended)

    def _updated(self, known: ScalableTarget) -> ScalableTarget:
        return replace(
            known,
            minimum=self.min_capacity or known.minimum,
            maximum=self.max_capacity or known.maximum,
            suspended=self.suspended_state or known.suspended,
        )


class DeregisterScalableTarget(Scalable):
    """Its policies go with it; the count stays as it is."""

    def perform(self, account: Account) -> Document:
        del account.autoscaling.targets[self.find(account).resource_id]
        return {}


class Described(Shape, kw_only=True):
    """What the Describe operations share."""

    service_namespace: Namespace
    scalable_dimension: Dimension | None = None
    max_results: Annotated[int, Meta(ge=1, le=50)] = 50
    next_token: Token | None = None


class DescribeScalableTargets(Described):
    resource_ids: Annotated[tuple[str, ...], Meta(max_length=50)] = ()

    def perform(self, account: Account) -> Document:
        account.agenda.catch_up()
        targets = account.autoscaling.targets.values()
        found = [target for target in targets if not self.resource_ids or target.resource_id in self.resource_ids]
        summary = partial(_target_summary, account)
        return page_of("ScalableTargets", found, summary, size=self.max_results, token=self.next_token)


def scaled(target: ScalableTarget) -> Document:
    """What every document that concerns a scalable target begins with."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": target.resource_id,
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def _target_summary(account: Account, target: ScalableTarget) -> Document:
    return scaled(target) | {
        "MinCapacity": target.minimum,
        "MaxCapacity": target.maximum,
        "RoleARN": f"arn:aws:iam::{account.number}:role/{ROLE}",
        "CreationTime": target.created_at.timestamp(),
        "SuspendedState": msgspec.to_builtins(target.suspended),
        "ScalableTargetARN": target.arn,
    }
