"""What becomes of turns and decisions, as metrics, the log and people are told of it."""

from collections.abc import Callable
from datetime import datetime

import structlog

from banditctl.core.decision import Decision
from banditctl.errors import BanditctlError, ChangeDenied, StandBy, StoreUnavailable, TargetDenied, TargetUnavailable
from banditctl.metrics import Metrics
from banditctl.notify.noticing import Noticing
from banditctl.pushes import Outcome

log = structlog.get_logger("banditctl")


class Reporting:
    """Hears of all that happens to each experiment; without `noticing` no people are to be told."""

    def __init__(self, metrics: Metrics, clock: Callable[[], datetime], noticing: Noticing | None) -> None:
        self._metrics = metrics
        self._clock = clock
        self._noticing = noticing
        self._failing: dict[tuple[str, str], str | None] = {}
        self._denied: set[str] = set()
        self._standing_by: set[str] = set()

    async def decided(self, decision: Decision) -> None:
        """A decision was recorded. Raises StoreUnavailable and StoreConflict where people could not be told."""
        self._metrics.decision(decision)
        log.info(decision.reason, experiment=decision.experiment, verdict=decision.verdict)
        if self._noticing:
            await self._noticing.decided(decision)

    def pushed(self, name: str, outcome: Outcome) -> None:
        """A push was tried."""
        self._metrics.push(name, outcome, self._clock())
        if self._noticing:
            self._noticing.pushed(name, outcome, self._clock())

    def steered(self, name: str) -> None:
        """What was decided is done: whatever had to be changed, the target let us."""
        self._denied.discard(name)

    def ended(self, name: str, turn: str, failure: Exception | None) -> None:
        """A turn ended, and this is what it failed of."""
        self._metrics.turn(name, turn, _outcome(failure), self._clock())
        if isinstance(failure, StoreUnavailable):
            self._metrics.store_failed(name, turn)
        if turn == "steer":
            denied = self._denies(name, failure)
            self._metrics.alarm(name, "credentials", denied)
            # That the target answers says nothing where the change that is due is denied.
            if self._noticing and (failure or not denied):
                self._noticing.looked(name, failure, self._clock())
        if turn == "meter":
            self._metrics.alarm(name, "meter", isinstance(failure, TargetUnavailable))
        self._tell(name, turn, failure)

    def forget(self, name: str) -> None:
        """Know nothing more of an experiment that is gone; what its metrics say is theirs to forget."""
        self._failing = {turn: failure for turn, failure in self._failing.items() if turn[0] != name}
        self._denied.discard(name)
        self._standing_by.discard(name)
        if self._noticing:
            self._noticing.forget(name)

    def _denies(self, name: str, failure: Exception | None) -> bool:
        """Whether the target lets this daemon not do what it must; a change that was denied is so until a turn ends."""
        if isinstance(failure, ChangeDenied):
            self._denied.add(name)
        if isinstance(failure, StandBy):
            self._denied.discard(name)
        return isinstance(failure, TargetDenied) or name in self._denied

    def _tell(self, name: str, turn: str, failure: Exception | None) -> None:
        """Log when a turn begins to fail, fails in another way, or succeeds again; the metric counts the rest."""
        self._stands(name, failure)
        before = self._failing.get((name, turn))
        now = None if failure is None or isinstance(failure, StandBy) else repr(failure)
        self._failing[name, turn] = now
        if now == before:
            return
        known = log.bind(experiment=name, turn=turn)
        if now is None:
            known.info("turn succeeds again")
        elif isinstance(failure, BanditctlError):
            known.warning("turn failed, trying again at every tick", error=str(failure))
        else:
            known.error("turn failed unexpectedly, trying again at every tick", exc_info=failure)

    def _stands(self, name: str, failure: Exception | None) -> None:
        """Log once of all turns of an experiment that another daemon controls it, and once that this one does."""
        if isinstance(failure, StandBy) and name not in self._standing_by:
            self._standing_by.add(name)
            log.info("standing by", experiment=name, why=str(failure))
        elif failure is None and name in self._standing_by:
            self._standing_by.remove(name)
            log.info("controlling the experiment now", experiment=name)


def _outcome(failure: Exception | None) -> str:
    if failure is None:
        return "done"
    return "standby" if isinstance(failure, StandBy) else "failed"
