"""A change that needs more instances than there are to be had."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from banditctl.core.units import Duration
from banditctl.emulator.calls import Call
from banditctl.emulator.changes import roll_back
from banditctl.emulator.faults import Outcome
from banditctl.emulator.state import Endpoint


@dataclass(frozen=True, kw_only=True)
class Quota(Outcome):
    """A change that needs more instances, old and new ones together, waits for them and is then `RollingBack`."""

    kind: Literal["quota"] = "quota"
    instances: Annotated[int, Field(ge=1)]
    """How many an endpoint gets."""
    lasts: Duration = timedelta(seconds=60)
    """How long it is `RollingBack`."""

    def concerns(self, call: Call) -> bool:
        """Only changes that need more; an endpoint that is being made has nothing to go back to."""
        if not super().concerns(call) or call.endpoint is None or call.endpoint.was is None:
            return False
        return any(self._exceeded(part) for part in call.endpoint.course)

    def turn(self, endpoint: Endpoint) -> Endpoint:
        if endpoint.then is None or endpoint.was is None:
            return endpoint
        if not self._exceeded(endpoint):
            return replace(endpoint, then=self.turn(endpoint.then))
        now = endpoint.then.since
        return replace(
            endpoint, then=roll_back(replace(endpoint, deployment=None), endpoint.was, now=now, until=now + self.lasts)
        )

    def _exceeded(self, endpoint: Endpoint) -> bool:
        return endpoint.instance_count > self.instances
