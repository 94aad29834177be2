"""The operations on scaling policies: at which load Application Auto Scaling holds a variant's instances."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Meta

from banditctl.emulator.account import Account
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.listing import page_of
from banditctl.emulator.scalable_targets import Described, Scalable, scaled
from banditctl.emulator.scaling import Policy, ScalableTarget, TargetTracking
from banditctl.emulator.shapes import Document

PolicyName = Annotated[str, Meta(min_length=1, max_length=256)]
Page = Annotated[int, Meta(ge=1, le=10)]


class PutScalingPolicy(Scalable, kw_only=True):
    """A new policy or, under a known name, another definition of it. Step scaling is not emulated."""

    policy_name: PolicyName
    policy_type: Literal["TargetTrackingScaling"]
    target_tracking_scaling_policy_configuration: TargetTracking

    def perform(self, account: Account) -> Document:
        """Its alarms are not CloudWatch's, so that none are named."""
        target = self.find(account)
        others = tuple(policy for policy in target.policies if policy.name != self.policy_name)
        policy = self._policy(account)
        account.autoscaling.targets[self.resource_id] = replace(target, policies=(*others, policy))
        return {"PolicyARN": policy.arn, "Alarms": []}

    def _policy(self, account: Account) -> Policy:
        identity = uuid5(NAMESPACE_URL, f"{self.resource_id} {self.policy_name}")
        resource = f"resource/sagemaker/{self.resource_id}:policyName/{self.policy_name}"
        arn = f"arn:aws:autoscaling:{account.region}:{account.number}:scalingPolicy:{identity}:{resource}"
        tracking = self.target_tracking_scaling_policy_configuration
        return Policy(self.policy_name, arn, account.clock(), tracking)


class DescribeScalingPolicies(Described, kw_only=True):
    resource_id: str | None = None
    policy_names: tuple[PolicyName, ...] = ()
    max_results: Page = 10

    def perform(self, account: Account) -> Document:
        account.agenda.catch_up()
        found = [
            (target, policy)
            for target in account.autoscaling.targets.values()
            for policy in target.policies
            if self.resource_id in {None, target.resource_id}
            and (not self.policy_names or policy.name in self.policy_names)
        ]
        return page_of("ScalingPolicies", found, _summary, size=self.max_results, token=self.next_token)


class DeleteScalingPolicy(Scalable, kw_only=True):
    policy_name: PolicyName

    def perform(self, account: Account) -> Document:
        target = self.find(account)
        left = tuple(policy for policy in target.policies if policy.name != self.policy_name)
        if len(left) == len(target.policies):
            raise ServiceError(
                "ObjectNotFoundException", f"No scaling policy {self.policy_name} found for {self.resource_id}."
            )
        account.autoscaling.targets[self.resource_id] = replace(target, policies=left)
        return {}


def _summary(found: tuple[ScalableTarget, Policy]) -> Document:
    target, policy = found
    return scaled(target) | {
        "PolicyARN": policy.arn,
        "PolicyName": policy.name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": msgspec.to_builtins(policy.tracking),
        "Alarms": [],
        "CreationTime": policy.created_at.timestamp(),
    }
