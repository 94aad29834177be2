"""A change that cannot even be undone."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.faults import Outcome
from banditctl.emulator.state import Endpoint, Status, ending


@dataclass(frozen=True, kw_only=True)
class HalfRollBack(Outcome):
    """A change rolls back and ends as `UpdateRollbackFailed`: the first variant is as asked, the others as before."""

    kind: Literal["half_roll_back"] = "half_roll_back"
    lasts: Duration = timedelta(seconds=60)
    """How long it is `RollingBack`."""

    def turn(self, endpoint: Endpoint) -> Endpoint:
        return ending(endpoint, self._stuck)

    def _stuck(self, before: Endpoint, done: Endpoint) -> Endpoint:
        until = done.since + self.lasts
        mixed = (*done.variants[:1], *(v for v in before.variants if v.name != done.variants[0].name))
        stuck = replace(
            before,
            status=Status.UPDATE_ROLLBACK_FAILED,
            variants=mixed,
            since=until,
            modified_at=until,
            deployment=None,
            then=None,
        )
        return replace(stuck, status=Status.ROLLING_BACK, variants=before.variants, since=done.since, then=stuck)
