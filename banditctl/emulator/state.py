"""An endpoint as a value that knows its course: what it is now, and what becomes of it when."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Any, Self

from banditctl.emulator.deployment_configs import DeploymentConfig
from banditctl.emulator.errors import invalid
from banditctl.emulator.resources import Resource
from banditctl.emulator.variants import Deployment, Variant


class Status(StrEnum):
    """Where an endpoint is, as AWS names it."""

    CREATING = "Creating"
    UPDATING = "Updating"
    SYSTEM_UPDATING = "SystemUpdating"
    ROLLING_BACK = "RollingBack"
    IN_SERVICE = "InService"
    FAILED = "Failed"
    UPDATE_ROLLBACK_FAILED = "UpdateRollbackFailed"
    OUT_OF_SERVICE = "OutOfService"
    DELETING = "Deleting"
    # No operation tells it: it is how a deletion ends.
    GONE = "Gone"


# In these an endpoint stays until somebody does something about it; all others pass.
STEADY = (Status.IN_SERVICE, Status.FAILED, Status.UPDATE_ROLLBACK_FAILED, Status.OUT_OF_SERVICE)

# In these nobody answers requests.
SILENT = (Status.CREATING, Status.FAILED, Status.OUT_OF_SERVICE, Status.GONE)


@dataclass(frozen=True)
class Endpoint(Resource):
    """An endpoint from one instant to the next at which something becomes of it."""

    config_name: str
    variants: tuple[Variant, ...]
    status: Status
    since: datetime
    modified_at: datetime
    shadows: tuple[Variant, ...] = ()
    failure: str = ""
    deployment: Deployment | None = None
    last_deployment: DeploymentConfig | None = None
    """The latest one that UpdateEndpoint was told."""
    then: Self | None = None
    """What becomes of it, at the `since` of that; None where it stays as it is."""
    was: Self | None = None
    """What it was before it was changed last, which is what stale reads tell."""
    changed_at: datetime | None = None

    def variant(self, name: str) -> Variant | None:
        """Its variant of that name, if there is one."""
        return next((variant for variant in self.variants if variant.name == name), None)

    @property
    def serving(self) -> tuple[Variant, ...]:
        """The variants by whose weights requests are routed."""
        return self.deployment.variants if self.deployment and self.deployment.complete else self.variants

    @property
    def instance_count(self) -> int:
        """How many it has in all, those that are only starting included."""
        settled = sum(max(v.current.instance_count, v.desired.instance_count) for v in (*self.variants, *self.shadows))
        return settled + (self.deployment.instance_count if self.deployment else 0)

    @property
    def course(self) -> Iterator[Self]:
        """It and all that becomes of it."""
        yield self
        if self.then is not None:
            yield from self.then.course

    @property
    def busy_until(self) -> datetime | None:
        """When its course ends; None if it has."""
        return None if self.then is None else self.then.busy_until or self.then.since


def begun(endpoint: Endpoint, now: datetime) -> Endpoint:
    """The endpoint as a change of it begins."""
    return replace(endpoint, since=now, modified_at=now, then=None, was=replace(endpoint, was=None), changed_at=now)


def later(endpoint: Endpoint, instant: datetime, **fields: Any) -> Endpoint:
    """What becomes of the endpoint then."""
    return replace(endpoint, since=instant, modified_at=instant, **fields)


def in_turn(parts: Sequence[Endpoint]) -> Endpoint:
    """The first part, on the course through all of them."""
    return reduce(lambda then, part: replace(part, then=then), reversed(parts))


def course(endpoint: Endpoint, now: datetime) -> Iterator[Endpoint]:
    """The endpoint, and then what has become of it by `now`, each at the instant that it was due."""
    yield endpoint
    while endpoint.then is not None and endpoint.then.since <= now:
        endpoint = endpoint.then
        yield endpoint


def advance(endpoint: Endpoint, now: datetime) -> Endpoint:
    """The endpoint as it stands at `now`."""
    *_, standing = course(endpoint, now)
    return standing


def ending(endpoint: Endpoint, end: Callable[[Endpoint, Endpoint], Endpoint]) -> Endpoint:
    """The endpoint with another end of its course: what `end` makes of the last two parts of it."""
    if endpoint.then is None:
        return endpoint
    if endpoint.then.then is not None:
        return replace(endpoint, then=ending(endpoint.then, end))
    return replace(endpoint, then=end(endpoint, endpoint.then))


def refuse_busy(endpoint: Endpoint) -> None:
    """Refuse to touch an endpoint in any status that passes."""
    if endpoint.status not in STEADY:
        raise in_progress(endpoint)


def in_progress(endpoint: Endpoint) -> Exception:
    """What AWS answers while another change is under way."""
    return invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def refuse_broken(endpoint: Endpoint, *, mendable: tuple[Status, ...] = ()) -> None:
    """Refuse to change an endpoint that is neither in service nor `mendable`. AWS's own words are not known."""
    if endpoint.status not in (Status.IN_SERVICE, *mendable):
        raise invalid(f'Cannot update endpoint "{endpoint.arn}" in status {endpoint.status}.')
