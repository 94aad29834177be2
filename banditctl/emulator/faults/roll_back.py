"""A change that is undone."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.faults import Outcome
from banditctl.emulator.state import Endpoint, Status, ending


@dataclass(frozen=True, kw_only=True)
class RollBack(Outcome):
    """A change is `Updating` as ever, then `RollingBack`, and then `InService` with everything as it was before."""

    kind: Literal["roll_back"] = "roll_back"
    lasts: Duration = timedelta(seconds=60)
    """How long it is `RollingBack`."""

    def turn(self, endpoint: Endpoint) -> Endpoint:
        return ending(endpoint, self._back)

    def _back(self, before: Endpoint, done: Endpoint) -> Endpoint:
        was = before.was
        if was is None:
            return done
        asked = {variant.name: variant.desired for variant in was.variants}
        until = done.since + self.lasts
        return replace(
            before,
            status=Status.ROLLING_BACK,
            since=done.since,
            modified_at=done.since,
            deployment=None,
            variants=tuple(replace(v, desired=asked[v.name]) for v in before.variants),
            then=replace(was, since=until, modified_at=until, was=was, changed_at=before.changed_at),
        )
