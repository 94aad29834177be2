"""Noticing what people are to be told of, and putting it into the outbox: once, however often it is seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from banditctl.core.decision import Decision
from banditctl.core.metering import OVERDUE
from banditctl.core.notices import DECIDED, Finding, Kind, Notice, findings, pushless, stalled, unmetered
from banditctl.errors import StandBy, StoreUnavailable
from banditctl.pushes import Outcome
from banditctl.stores import Received
from banditctl.stores.outbox import Outbox

# A failure is news once another one has followed it after so long, without a success in between.
_PUSHLESS = timedelta(minutes=15)

# Learning is a matter of a second.
_STALLED = timedelta(minutes=3)

_WATCHED: frozenset[Kind] = frozenset({"push_failing", "learning_stalled"})


@dataclass
class Streak:
    """Failures in a row: when the first and the latest of them were."""

    first: datetime | None = None
    latest: datetime | None = None

    def told(self, at: datetime, *, failed: bool) -> None:
        """It was tried, and this is how it ended."""
        self.first = (self.first or at) if failed else None
        self.latest = at if failed else None

    @property
    def lasting(self) -> bool:
        """Whether it is more than a passing trouble."""
        return self.first is not None and self.latest is not None and self.latest - self.first >= _PUSHLESS


class Noticing:
    """What people hear of one experiment or another; told of all that happens, it knows what is news."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._looks: dict[str, Streak] = {}
        self._pushes: dict[str, Streak] = {}
        self._why: dict[str, str] = {}

    async def decided(self, decision: Decision) -> None:
        """A decision was recorded. Raises StoreUnavailable and StoreConflict."""
        await self._keep(decision.experiment, DECIDED, findings(decision), decision.seen.at)

    def looked(self, experiment: str, failure: Exception | None, at: datetime) -> None:
        """A turn of steering ended. What failed of Redis, or stands by, says nothing of the endpoint."""
        if isinstance(failure, StandBy):
            self.forget(experiment)
        elif not isinstance(failure, StoreUnavailable):
            self._looks.setdefault(experiment, Streak()).told(at, failed=failure is not None)
            self._why[experiment] = str(failure or self._why.get(experiment, ""))

    def pushed(self, experiment: str, outcome: Outcome, at: datetime) -> None:
        """A push was tried; one that a busy target refused says nothing."""
        if outcome != "busy":
            self._pushes.setdefault(experiment, Streak()).told(at, failed=outcome == "failed")

    def forget(self, experiment: str) -> None:
        """Know nothing more of an experiment that is gone, or that another daemon controls."""
        for known in (self._looks, self._pushes, self._why):
            known.pop(experiment, None)

    async def watched(self, experiment: str, received: Received, at: datetime, metered: datetime | None = None) -> None:
        """So much has come and waits by now; requests are counted until `metered`, where they are.

        Raises StoreUnavailable and StoreConflict.
        """
        streaks = (known.get(experiment, Streak()) for known in (self._looks, self._pushes))
        began = [streak.first for streak in streaks if streak.first and streak.lasting]
        found = [pushless(min(began), self._why.get(experiment, ""))] if began else []
        if received.oldest and at - received.oldest >= _STALLED:
            found.append(stalled(received.oldest))
        if metered and at - metered >= OVERDUE:
            found.append(unmetered(metered))
        await self._keep(experiment, _WATCHED, found, at)

    async def _keep(self, experiment: str, judged: Collection[str], found: Sequence[Finding], at: datetime) -> None:
        before = await self._outbox.occurrences(experiment)
        after = before.after(judged, found, at)
        notices = [Notice.of(experiment, one, at) for one in before.news(found, at)]
        if notices or after != before:
            await self._outbox.announce(experiment, after, notices)
