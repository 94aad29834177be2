"""Noticing what people are to be told of, and putting it into the outbox: once, however often it is seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from banditctl.core.decision import Decision
from banditctl.core.metering import OVERDUE
from banditctl.core.notices import (
    DECIDED,
    Finding,
    Kind,
    Notice,
    Occurrences,
    Streak,
    findings,
    pushless,
    stalled,
    unmetered,
)
from banditctl.errors import StandBy, StoreUnavailable
from banditctl.pushes import Outcome
from banditctl.stores import Received
from banditctl.stores.outbox import Outbox

# Learning is a matter of a second.
_STALLED = timedelta(minutes=3)

_WATCHED: frozenset[Kind] = frozenset({"push_failing", "learning_stalled"})


class Noticing:
    """What people hear of one experiment or another; told of all that happens, it knows what is news."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        # By experiment and what fails; None where it has succeeded since.
        self._streaks: dict[str, dict[str, Streak | None]] = {}
        self._recalled: set[str] = set()
        self._why: dict[str, str] = {}

    async def decided(self, decision: Decision) -> None:
        """A decision was recorded. Raises StoreUnavailable and StoreConflict."""
        found, at = findings(decision), decision.seen.at
        before = await self._outbox.occurrences(decision.experiment)
        await self._keep(decision.experiment, before, before.after(DECIDED, found, at), found, at)

    def looked(self, experiment: str, failure: Exception | None, at: datetime) -> None:
        """A turn of steering ended. What failed of Redis, or stands by, says nothing of the endpoint."""
        if isinstance(failure, StandBy):
            self.forget(experiment)
        elif not isinstance(failure, StoreUnavailable):
            self._tried(experiment, "looks", at, failed=failure is not None)
            self._why[experiment] = str(failure or self._why.get(experiment, ""))

    def pushed(self, experiment: str, outcome: Outcome, at: datetime) -> None:
        """A push was tried; one that a busy target refused says nothing."""
        if outcome != "busy":
            self._tried(experiment, "pushes", at, failed=outcome == "failed")

    def forget(self, experiment: str) -> None:
        """Know nothing more of an experiment that is gone, or that another daemon controls."""
        self._streaks.pop(experiment, None)
        self._why.pop(experiment, None)
        self._recalled.discard(experiment)

    async def watched(
        self,
        experiment: str,
        received: Received,
        at: datetime,
        metered: datetime | None = None,
        order: Finding | None = None,
    ) -> None:
        """So much has come and waits by now; requests are counted until `metered`, where they are.

        `order` is what there is to tell of one that cannot be carried out.
        Raises StoreUnavailable and StoreConflict.
        """
        before = await self._outbox.occurrences(experiment)
        failing = self._failing(experiment, before, at)
        began = [one.first for one in failing.values() if one.lasting]
        # What lasted before this daemon began was told then, with its reason.
        found = [pushless(min(began), self._why.get(experiment, ""))] if began else []
        if order:
            found.append(order)
        if received.oldest and at - received.oldest >= _STALLED:
            found.append(stalled(received.oldest))
        if metered and at - metered >= OVERDUE:
            found.append(unmetered(metered))
        after = replace(before.after(_WATCHED, found, at), failing=failing)
        await self._keep(experiment, before, after, found, at)

    def _tried(self, experiment: str, what: str, at: datetime, *, failed: bool) -> None:
        known = self._streaks.setdefault(experiment, {})
        before = known.get(what)
        known[what] = Streak(before.first if before else at, at) if failed else None

    def _failing(self, experiment: str, before: Occurrences, at: datetime) -> dict[str, Streak]:
        """What fails, and since when; at first also by what was known `before` this daemon began."""
        known = self._streaks.setdefault(experiment, {})
        if experiment not in self._recalled:
            self._recalled.add(experiment)
            for what, kept in before.failing.items():
                mine = known.get(what, kept)
                if mine and not kept.over(at):
                    known[what] = Streak(kept.first, mine.latest)
        return {what: streak for what, streak in known.items() if streak}

    async def _keep(
        self, experiment: str, before: Occurrences, after: Occurrences, found: Sequence[Finding], at: datetime
    ) -> None:
        notices = [Notice.of(experiment, one, at) for one in before.news(found, at)]
        if notices or after != before:
            await self._outbox.announce(experiment, after, notices)
