"""A change that is undone."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.changes import roll_back
from banditctl.emulator.faults import Outcome
from banditctl.emulator.state import Endpoint, ending


@dataclass(frozen=True, kw_only=True)
class RollBack(Outcome):
    """A change is `Updating` as ever, then `RollingBack`, and then `InService` with everything as it was before."""

    kind: Literal["roll_back"] = "roll_back"
    lasts: Duration = timedelta(seconds=60)
    """How long it is `RollingBack`."""

    def turn(self, endpoint: Endpoint) -> Endpoint:
        return ending(endpoint, self._back)

    def _back(self, before: Endpoint, done: Endpoint) -> Endpoint:
        if before.was is None:
            return done
        until = done.since + self.lasts
        return roll_back(replace(before, deployment=None), before.was, now=done.since, until=until)
