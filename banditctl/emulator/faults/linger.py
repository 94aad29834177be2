"""A change that takes long."""

from dataclasses import dataclass, replace
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.faults import Outcome
from banditctl.emulator.state import Endpoint, ending


@dataclass(frozen=True, kw_only=True)
class Linger(Outcome):
    """A change takes longer than it usually does."""

    kind: Literal["linger"] = "linger"
    extra: Duration
    """How much longer."""

    def turn(self, endpoint: Endpoint) -> Endpoint:
        return ending(endpoint, self._later)

    def _later(self, _before: Endpoint, done: Endpoint) -> Endpoint:
        return replace(done, since=done.since + self.extra, modified_at=done.modified_at + self.extra)
