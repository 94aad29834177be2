"""Application Auto Scaling's values: scalable targets, their policies, what was tried; and the rule of a policy."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from banditctl.emulator.shapes import Shape

# How many minutes in a row must be above the target to scale out, and below nine tenths of it to scale in.
OUT_AFTER, IN_AFTER, IN_BELOW = 3, 15, 0.9

# How many activities are remembered; at AWS it is those of six weeks.
REMEMBERED = 1000

Cooldown = Annotated[int, Meta(ge=0)]


class PredefinedMetric(Shape):
    predefined_metric_type: Literal["SageMakerVariantInvocationsPerInstance"]


class TargetTracking(Shape):
    """How many invocations a minute each instance shall have; cooldowns are seconds."""

    target_value: Annotated[float, Meta(gt=0)]
    predefined_metric_specification: PredefinedMetric
    scale_out_cooldown: Cooldown = 300
    scale_in_cooldown: Cooldown = 300
    disable_scale_in: bool = False

    def wanted(self, count: int, loads: Sequence[float]) -> int:
        """How many instances instead of `count`, by the invocations per instance of the last `IN_AFTER` minutes."""
        latest = loads[-OUT_AFTER:]
        if min(latest) > self.target_value:
            return math.ceil(count * sum(latest) / OUT_AFTER / self.target_value)
        if max(loads) < IN_BELOW * self.target_value and not self.disable_scale_in:
            return math.ceil(count * max(loads) / self.target_value)
        return count


class SuspendedState(Shape):
    dynamic_scaling_in_suspended: bool = False
    dynamic_scaling_out_suspended: bool = False
    scheduled_scaling_suspended: bool = False


@dataclass(frozen=True)
class Policy:
    """A target tracking policy under its name."""

    name: str
    arn: str
    created_at: datetime
    tracking: TargetTracking


@dataclass(frozen=True)
class ScalableTarget:
    """A variant of an endpoint whose instances Application Auto Scaling counts, and within which bounds."""

    endpoint: str
    variant: str
    arn: str
    created_at: datetime
    minimum: int
    maximum: int
    suspended: SuspendedState
    policies: tuple[Policy, ...] = ()

    @property
    def resource_id(self) -> str:
        return f"endpoint/{self.endpoint}/variant/{self.variant}"

    def clamp(self, count: int) -> int:
        return min(max(count, self.minimum), self.maximum)


class Outcome(StrEnum):
    """What has become of an activity so far."""

    IN_PROGRESS = "InProgress"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"


@dataclass(frozen=True)
class Activity:
    """One attempt to change a variant's count; it is under way until it has ended."""

    target: ScalableTarget
    before: int
    wanted: int
    cause: str
    started_at: datetime
    outcome: Outcome
    message: str
    ended_at: datetime | None = None

    def end(self, outcome: Outcome, message: str, at: datetime) -> "Activity":
        return replace(self, outcome=outcome, message=message, ended_at=at)

    def cools(self, *, out: bool, cooldown: int, now: datetime) -> bool:
        """Whether it keeps its variant from scaling out, or in, so soon after it.

        Scaling out waits for what was scaled out before, scaling in for whatever was scaled before.
        """
        concerns = self.outcome is Outcome.SUCCESSFUL and (self.wanted > self.before or not out)
        return concerns and self.ended_at is not None and now < self.ended_at + timedelta(seconds=cooldown)


@dataclass
class Autoscaling:
    """What Application Auto Scaling knows of an account: by resource id, its targets and what is under way for each."""

    targets: dict[str, ScalableTarget] = field(default_factory=dict)
    under_way: dict[str, Activity] = field(default_factory=dict)
    ended: deque[Activity] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
