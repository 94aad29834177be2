"""A deployment configuration: in which steps UpdateEndpoint brings new instances in, and what makes it go back."""

import math
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta

from banditctl.emulator.shapes import Shape

Wait = Annotated[int, Meta(ge=0, le=3600)]
Timeout = Annotated[int, Meta(ge=600, le=28800)]
AlarmName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]

Counts = tuple[int, ...]


class Step(NamedTuple):
    """How many instances of each variant take requests then, and how many seconds they bake, as which member says."""

    counts: Counts
    wait: int
    member: str


class CapacitySize(Shape):
    """A part of a variant's instances; a percentage of them is rounded up to whole ones."""

    type: Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"]
    value: Annotated[int, Meta(ge=1)]

    def of(self, instances: int, times: int = 1) -> int:
        """How many of the instances so many times the size is."""
        counted = self.type == "INSTANCE_COUNT"
        wanted = times * self.value if counted else math.ceil(instances * times * self.value / 100)
        return min(instances, wanted)

    def percent(self, instances: int) -> float:
        """Which part of the instances it is."""
        return 100 * self.value / instances if self.type == "INSTANCE_COUNT" else self.value

    def steps(self, counts: Counts) -> Iterator[Counts]:
        """From one time the size to all instances."""
        for times in count(1):
            reached = tuple(self.of(instances, times) for instances in counts)
            yield reached
            if reached == counts:
                return


class Bounds(NamedTuple):
    """Between which percentages of a variant's instances a size must be."""

    size: CapacitySize
    least: int
    most: int


class TrafficRoutingConfiguration(Shape, omit_defaults=True):
    type: Literal["ALL_AT_ONCE", "CANARY", "LINEAR"]
    wait_interval_in_seconds: Wait
    canary_size: CapacitySize | None = None
    linear_step_size: CapacitySize | None = None

    def __post_init__(self) -> None:
        for size, routing in ((self.canary_size, "CANARY"), (self.linear_step_size, "LINEAR")):
            if (size is not None) != (self.type == routing):
                raise ValueError("CANARY has a CanarySize, LINEAR a LinearStepSize, and ALL_AT_ONCE neither")

    def partial(self, counts: Counts) -> list[Counts]:
        """The steps before that to all instances."""
        if self.canary_size:
            return [tuple(self.canary_size.of(instances) for instances in counts)]
        return list(self.linear_step_size.steps(counts))[:-1] if self.linear_step_size else []


class BlueGreenUpdatePolicy(Shape, omit_defaults=True):
    traffic_routing_configuration: TrafficRoutingConfiguration
    termination_wait_in_seconds: Wait | None = None
    maximum_execution_timeout_in_seconds: Timeout | None = None

    def steps(self, counts: Counts) -> list[Step]:
        routing = self.traffic_routing_configuration
        wait = routing.wait_interval_in_seconds
        partial = [Step(active, wait, "WaitIntervalInSeconds") for active in routing.partial(counts)]
        return [*partial, Step(counts, self.termination_wait_in_seconds or 0, "TerminationWaitInSeconds")]

    @property
    def bounds(self) -> Bounds | None:
        routing = self.traffic_routing_configuration
        if routing.canary_size:
            return Bounds(routing.canary_size, 0, 50)
        return Bounds(routing.linear_step_size, 10, 50) if routing.linear_step_size else None


class RollingUpdatePolicy(Shape, omit_defaults=True):
    maximum_batch_size: CapacitySize
    wait_interval_in_seconds: Wait
    maximum_execution_timeout_in_seconds: Timeout | None = None
    rollback_maximum_batch_size: CapacitySize | None = None

    def steps(self, counts: Counts) -> list[Step]:
        wait = self.wait_interval_in_seconds
        return [Step(active, wait, "WaitIntervalInSeconds") for active in self.maximum_batch_size.steps(counts)]

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.maximum_batch_size, 5, 50)

    def batches_back(self, counts: Counts) -> int:
        """In how many batches so many of each variant's instances are brought back."""
        return len(list(self.rollback_maximum_batch_size.steps(counts))) if self.rollback_maximum_batch_size else 1


class Alarm(Shape):
    alarm_name: AlarmName


class AutoRollbackConfiguration(Shape):
    alarms: Annotated[tuple[Alarm, ...], Meta(min_length=1, max_length=10)]


class DeploymentConfig(Shape, omit_defaults=True):
    """Without a policy everything moves at once, and nobody waits."""

    blue_green_update_policy: BlueGreenUpdatePolicy | None = None
    rolling_update_policy: RollingUpdatePolicy | None = None
    auto_rollback_configuration: AutoRollbackConfiguration | None = None

    def __post_init__(self) -> None:
        if self.blue_green_update_policy and self.rolling_update_policy:
            raise ValueError("Only one update policy should be used in the deployment configuration")

    @property
    def policy(self) -> BlueGreenUpdatePolicy | RollingUpdatePolicy | None:
        return self.blue_green_update_policy or self.rolling_update_policy

    @property
    def alarms(self) -> frozenset[str]:
        """The names of those that roll it back."""
        watched = self.auto_rollback_configuration
        return frozenset(alarm.alarm_name for alarm in watched.alarms) if watched else frozenset()

    @property
    def bounds(self) -> Bounds | None:
        """Of the size of its steps, if it takes more than one."""
        return self.policy.bounds if self.policy else None

    @property
    def timeout(self) -> timedelta | None:
        limit = self.policy.maximum_execution_timeout_in_seconds if self.policy else None
        return None if limit is None else timedelta(seconds=limit)

    def steps(self, counts: Counts) -> list[Step]:
        """From no instances to `counts` of the variants."""
        return self.policy.steps(counts) if self.policy else [Step(counts, 0, "")]
