"""A change that breaks the endpoint."""

from dataclasses import dataclass, replace
from typing import Literal

from banditctl.emulator.faults import Outcome
from banditctl.emulator.state import Endpoint, Status, ending


@dataclass(frozen=True, kw_only=True)
class Fail(Outcome):
    """A change, or a creation, ends as `Failed`: nobody answers requests, and only DeleteEndpoint is left."""

    kind: Literal["fail"] = "fail"
    reason: str = "The primary container for production variant did not pass the ping health check."
    """What stands in `FailureReason`."""

    def turn(self, endpoint: Endpoint) -> Endpoint:
        return ending(endpoint, self._failed)

    def _failed(self, before: Endpoint, done: Endpoint) -> Endpoint:
        return replace(
            before,
            status=Status.FAILED,
            failure=self.reason,
            since=done.since,
            modified_at=done.since,
            deployment=None,
            then=None,
        )
