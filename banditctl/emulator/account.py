"""One AWS account in one region: its models, endpoint configurations and endpoints, and its clock."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from banditctl.emulator.errors import invalid
from banditctl.emulator.resources import EndpointConfig, Model, Resource
from banditctl.emulator.state import Endpoint, advance

R = TypeVar("R", bound=Resource)


class Registry(Generic[R]):
    """The account's resources of one kind, unique and found whatever the case of their names."""

    def __init__(self, kind: str, arn_prefix: str) -> None:
        self._kind = kind
        self._arn_prefix = arn_prefix
        self._held: dict[str, R] = {}

    def __iter__(self) -> Iterator[R]:
        return (self.find(name) for name in self._held)

    def arn(self, name: str) -> str:
        return f"{self._arn_prefix}/{name.lower()}"

    def get(self, name: str) -> R | None:
        return self._held.get(name.lower())

    def find(self, name: str) -> R:
        found = self.get(name)
        if found is None:
            raise invalid(f'Could not find {self._kind} "{self.arn(name)}".')
        return found

    def add(self, resource: R) -> None:
        if self.get(resource.name) is not None:
            raise invalid(f'Cannot create already existing {self._kind} "{resource.arn}".')
        self.put(resource)

    def put(self, resource: R) -> None:
        self._held[resource.name.lower()] = resource

    def remove(self, name: str) -> None:
        self.find(name)
        del self._held[name.lower()]


class Endpoints(Registry[Endpoint]):
    """The endpoints, each brought up to the clock whenever it is read: nothing runs in between."""

    def __init__(self, arn_prefix: str, clock: Callable[[], datetime]) -> None:
        super().__init__("endpoint", arn_prefix)
        self._clock = clock

    def get(self, name: str) -> Endpoint | None:
        held = super().get(name)
        if held is None:
            return None
        endpoint = advance(held, self._clock())
        self.put(endpoint)
        return endpoint


class Account:
    """What the operations work on."""

    def __init__(
        self,
        *,
        region: str,
        number: str,
        clock: Callable[[], datetime],
        creating: timedelta,
        updating: timedelta,
    ) -> None:
        arn = f"arn:aws:sagemaker:{region}:{number}"
        self.number = number
        self.clock = clock
        self.creating = creating
        self.updating = updating
        self.models: Registry[Model] = Registry("model", f"{arn}:model")
        self.endpoint_configs: Registry[EndpointConfig] = Registry("endpoint configuration", f"{arn}:endpoint-config")
        self.endpoints = Endpoints(f"{arn}:endpoint", clock)
