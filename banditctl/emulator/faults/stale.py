"""Reads that are behind writes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.calls import Call
from banditctl.emulator.faults import Reading
from banditctl.emulator.state import Endpoint


@dataclass(frozen=True, kw_only=True)
class Stale(Reading):
    """A changed endpoint is described as it was before the change, status and all; `times: 3` means three reads."""

    kind: Literal["stale"] = "stale"
    within: Duration = timedelta(seconds=5)
    """How long after a change."""

    def concerns(self, call: Call) -> bool:
        """Only reads of an endpoint that was changed a little while ago."""
        if not super().concerns(call) or call.endpoint is None or call.endpoint.changed_at is None:
            return False
        return call.at < call.endpoint.changed_at + self.within

    def read(self, endpoint: Endpoint) -> Endpoint:
        return endpoint.was or endpoint
