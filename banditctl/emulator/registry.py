"""What an account holds, by name."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Generic, TypeVar

from banditctl.emulator.agenda import Agenda
from banditctl.emulator.clock import Clock
from banditctl.emulator.errors import invalid
from banditctl.emulator.resources import Resource
from banditctl.emulator.state import Endpoint, Status, course

R = TypeVar("R", bound=Resource)

# Of each endpoint; one that changes every second fills it in three hours.
_REMEMBERED = 10_000


class Registry(Generic[R]):
    """The account's resources of one kind, unique and found whatever the case of their names."""

    def __init__(self, kind: str, arn_prefix: str) -> None:
        self._kind = kind
        self._arn_prefix = arn_prefix
        self._held: dict[str, R] = {}

    def __iter__(self) -> Iterator[R]:
        found = (self.get(name) for name in list(self._held))
        return (resource for resource in found if resource is not None)

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

    def __init__(self, arn_prefix: str, clock: Clock, agenda: Agenda) -> None:
        super().__init__("endpoint", arn_prefix)
        self._clock = clock
        self._agenda = agenda
        self._past: dict[str, deque[Endpoint]] = defaultdict(partial(deque, maxlen=_REMEMBERED))

    def get(self, name: str) -> Endpoint | None:
        self._agenda.catch_up()
        held = super().get(name)
        if held is None:
            return None
        for endpoint in course(held, self._clock()):
            self.put(endpoint)
        if endpoint.status is Status.GONE:
            del self._held[name.lower()]
            return None
        return endpoint

    def put(self, resource: Endpoint) -> None:
        super().put(resource)
        past = self._past[resource.name.lower()]
        if not past or past[-1] is not resource:
            past.append(resource)

    def past(self, name: str) -> Sequence[Endpoint]:
        """What an endpoint of that name has been, the latest last; empty if there never was one."""
        self.get(name)
        return tuple(self._past.get(name.lower(), ()))
