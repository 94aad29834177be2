"""One AWS account in one region: what it holds, its clock, and the changes that begin in it."""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec

from banditctl.emulator.agenda import Agenda
from banditctl.emulator.calls import Call, Calls
from banditctl.emulator.changes import create, delete, reweigh
from banditctl.emulator.clock import Clock
from banditctl.emulator.deploying import deploy
from banditctl.emulator.deployment_configs import DeploymentConfig
from banditctl.emulator.registry import Endpoints, Registry
from banditctl.emulator.resources import EndpointConfig, Model
from banditctl.emulator.rollbacks import Rollbacks
from banditctl.emulator.scaling import Autoscaling
from banditctl.emulator.shapes import DesiredWeightAndCapacity, float32
from banditctl.emulator.state import Endpoint
from banditctl.emulator.traffic import Traffic
from banditctl.emulator.validation import refuse_no_traffic
from banditctl.emulator.weather import Weather
from banditctl.emulator.world import World


class Account:
    """What the operations work on, and whoever else changes endpoints: the one way in for all of them.

    `lots` decide what `world` and faults leave to chance. Every change raises `ServiceError` if it is refused.
    """

    def __init__(self, *, region: str, number: str, clock: Clock, lots: random.Random, world: World) -> None:
        arn = f"arn:aws:sagemaker:{region}:{number}"
        self.region = region
        self.number = number
        self.clock = clock
        self.world = world
        self.calls = Calls()
        self.weather = Weather(lots)
        self.agenda = Agenda(clock)
        self.traffic = Traffic(world.publishing)
        self.autoscaling = Autoscaling()
        self.models: Registry[Model] = Registry("model", f"{arn}:model")
        self.endpoint_configs: Registry[EndpointConfig] = Registry("endpoint configuration", f"{arn}:endpoint-config")
        self.endpoints = Endpoints(f"{arn}:endpoint", clock, self.agenda)
        self.rollbacks = Rollbacks(self.endpoints, self.agenda, clock)
        self._lots = lots

    def rounded(self, weight: float) -> float:
        """The weight as it is kept."""
        return float32(weight) if self.world.float32 else weight

    def refuse_no_traffic(self, weights: Iterable[float]) -> None:
        """Refuse weights that are all zero, in a world that does."""
        if self.world.all_zero == "refuse":
            refuse_no_traffic(weights)

    def call(self, operation: str, name: str, service: str = "sagemaker") -> Call:
        """A request of now, on the endpoint of that name if there is one."""
        endpoint = self.endpoints.get(name) if name else None
        return Call(operation, name, self.endpoints.arn(name) if name else "*", self.clock(), endpoint, service)

    def describe(self, name: str) -> Endpoint:
        """The endpoint as reads tell it."""
        endpoint = self.endpoints.find(name)
        return self.weather.read(self.call("DescribeEndpoint", name), endpoint)

    def create(self, name: str, config_name: str) -> Endpoint:
        """An endpoint begins to be made."""
        config = self.endpoint_configs.find(config_name)
        now = self.clock()
        until = now + self._lasting(self.world.creating)
        endpoint = create(name, self.endpoints.arn(name), config, now=now, until=until)
        self.endpoints.add(endpoint)
        return self._begin("CreateEndpoint", endpoint)

    def reweigh(self, name: str, changes: Sequence[DesiredWeightAndCapacity]) -> Endpoint:
        """Weights or instance counts begin to change."""
        endpoint = self.endpoints.find(name)
        scaling = any(change.desired_instance_count is not None for change in changes)
        lasting = self._lasting(self.world.updating, self.world.scaling if scaling else None)
        now = self.clock()
        rounded = [self._rounded(change) for change in changes]
        flip = now + lasting * self.world.flip
        changed = reweigh(endpoint, rounded, now=now, until=now + lasting, flip=flip)
        self.refuse_no_traffic(variant.desired.weight for variant in changed.variants)
        return self._begin("UpdateEndpointWeightsAndCapacities", changed)

    def deploy(
        self, name: str, config_name: str, how: DeploymentConfig | None = None, *, retained: Collection[str]
    ) -> Endpoint:
        """Another configuration begins to come in; of variants that stay, the properties `retained` do too."""
        endpoint = self.endpoints.find(name)
        config = self.endpoint_configs.find(config_name)
        now = self.clock()
        lasting = self._lasting(self.world.creating, self.world.deploying)
        deploying = deploy(endpoint, config, how, now=now, lasting=lasting, retained=retained)
        turned = self._begin("UpdateEndpoint", deploying)
        self.rollbacks.watch(turned)
        return turned

    def delete(self, name: str) -> None:
        """An endpoint begins to go."""
        now = self.clock()
        until = now + self._lasting(self.world.deleting)
        self.endpoints.put(delete(self.endpoints.find(name), now=now, until=until))

    def _begin(self, operation: str, endpoint: Endpoint) -> Endpoint:
        turned = self.weather.turn(replace(self.call(operation, endpoint.name), endpoint=endpoint), endpoint)
        self.endpoints.put(turned)
        return turned

    def _lasting(self, otherwise: timedelta, span: timedelta | None = None) -> timedelta:
        return (otherwise if span is None else span) * (1 + self.world.jitter * self._lots.uniform(-1, 1))

    def _rounded(self, change: DesiredWeightAndCapacity) -> DesiredWeightAndCapacity:
        if change.desired_weight is None:
            return change
        return msgspec.structs.replace(change, desired_weight=self.rounded(change.desired_weight))
