"""What was seen: all that a decision depends on besides the experiment."""

from datetime import datetime, timedelta

from msgspec import Struct

from banditctl.core.allocation import Allocation, Live
from banditctl.core.evidence import Evidence
from banditctl.core.revision import FileChange
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Turn


class Snapshot(Struct, frozen=True):
    """The same snapshot gives the same decision, bit for bit.

    Events that were received after `heard` may not be learned yet: nothing matures beyond it, or a reward that
    has come would be taken for one that has not. None where all are learned. `last` is the turn before, `change`
    what the policy file has said otherwise since. `standing` are the orders that hold, `order` the one that is taken
    with this turn.
    """

    at: datetime
    evidence: Evidence
    live: Live
    heard: datetime | None = None
    last: Turn | None = None
    standing: Standing = Standing()
    order: Order | None = None
    change: FileChange | None = None

    @property
    def known(self) -> datetime:
        """Until when everything is known."""
        return min(self.at, self.heard or self.at)

    @property
    def age(self) -> timedelta:
        """How long the experiment has run."""
        return self.at - self.evidence.strata[0].since if self.evidence.strata else timedelta(0)

    @property
    def sure(self) -> bool:
        """Whether the shares that are live were so at an earlier look already: one answer may be out of date."""
        if not self.evidence.strata or self.live.allocation is None:
            return False
        last = self.evidence.strata[-1]
        return last.settled and last.since < self.at and self.live.allocation.matches(Allocation(last.shares))

    @property
    def renewed(self) -> dict[str, str]:
        """The variants that run another model since the last turn, and its name."""
        since = self.last.at if self.last else self.at
        models = self.evidence.models
        return {name: model.name for name, model in models.items() if model.since and model.since > since}
