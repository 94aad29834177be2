"""From the outbox to every receiver: at least once, later and later while it fails, for a day."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from banditctl.core.notices import Notice
from banditctl.metrics import Metrics
from banditctl.notify.posting import Answer, Post
from banditctl.notify.receivers import Receiver, digest, shown
from banditctl.stores.outbox import Outbox, Waiting

# The first pause after a failure, and the longest; each is twice the one before.
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=15)

# What nobody took for so long is no news any more.
_GIVEN_UP_AFTER = timedelta(hours=24)

log = structlog.get_logger("banditctl")


@dataclass
class Attempts:
    """What became of a notice at one receiver: whether it took it, how often not, and when it is tried again."""

    taken: bool = False
    failures: int = 0
    due: datetime | None = None

    def told(self, answer: Answer, at: datetime) -> None:
        """It was posted, and this was answered."""
        self.taken = answer.taken
        if not answer.taken:
            self.due = at + max(answer.rest, min(_FIRST * 2**self.failures, _LONGEST))
            self.failures = min(self.failures + 1, 10)


class Sender:
    """Each receiver gets the oldest notice that is due, one a turn: none that fails holds up others."""

    def __init__(
        self,
        outbox: Outbox,
        receivers: Sequence[Receiver],
        post: Post,
        metrics: Metrics,
        clock: Callable[[], datetime],
        held: Callable[[], Collection[str]],
        left: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """`held` answers the experiments whose notices are ours to send, `left` those that ended in our hands."""
        self._outbox = outbox
        self._receivers = {digest(one): one for one in receivers}
        self._post = post
        self._metrics = metrics
        self._clock = clock
        self._held = held
        self._left = left
        self._leaving: frozenset[str] = frozenset()
        self._attempts: dict[tuple[str, str], Attempts] = {}

    async def send(self) -> None:
        """One turn."""
        held, left = self._held(), self._left()
        waiting = [one for one in await self._outbox.waiting({*held, *left}) if not await self._settled(one)]
        self._forget(waiting)
        self._leave([one.notice for one in waiting if one.notice.experiment in left])
        self._tell({*held, *self._leaving}, waiting)
        sent = [self._serve(name, waiting) for name in self._receivers]
        # All of them come to their end before any failure of the store ends the turn.
        for failure in await asyncio.gather(*sent, return_exceptions=True):
            if failure:
                raise failure

    async def _settled(self, one: Waiting) -> bool:
        """Whether nobody is to get it any more, in which case it is forgotten."""
        missing = self._receivers.keys() - one.delivered
        given_up = self._clock() - one.notice.at >= _GIVEN_UP_AFTER
        for name in missing if given_up else ():
            self._metrics.notice(one.notice.experiment, "abandoned")
            known = log.bind(experiment=one.notice.experiment, notice=one.notice.id)
            known.error("notice given up", receiver=shown(self._receivers[name].url), told=one.notice.sentence)
        if given_up or not missing:
            await self._outbox.settle(one.notice)
            return True
        return False

    async def _serve(self, name: str, waiting: Sequence[Waiting]) -> None:
        due = (one.notice for one in waiting if name not in one.delivered and self._due(one.notice, name))
        if notice := next(due, None):
            attempts = self._attempts.setdefault((notice.id, name), Attempts())
            # Where the store takes no writes it is still not posted twice.
            if not attempts.taken:
                answer = await self._post(self._receivers[name].letter(notice, self._clock()))
                attempts.told(answer, self._clock())
                self._say(notice, name, answer, attempts)
            if attempts.taken:
                await self._outbox.delivered(notice, name)

    def _say(self, notice: Notice, name: str, answer: Answer, attempts: Attempts) -> None:
        self._metrics.notice(notice.experiment, "sent" if answer.taken else "failed")
        known = log.bind(experiment=notice.experiment, notice=notice.id, receiver=shown(self._receivers[name].url))
        if answer.taken:
            known.info("notice sent", told=notice.sentence)
        elif attempts.failures == 1:
            known.warning("notice not taken, trying again later and later", error=answer.said)

    def _due(self, notice: Notice, name: str) -> bool:
        due = self._attempts.get((notice.id, name), Attempts()).due
        return due is None or self._clock() >= due

    def _forget(self, waiting: Sequence[Waiting]) -> None:
        """Let go of attempts at what waits no more."""
        known = {one.notice.id for one in waiting}
        self._attempts = {key: kept for key, kept in self._attempts.items() if key[0] in known}

    def _leave(self, waiting: Sequence[Notice]) -> None:
        """Say once of what is `waiting` of experiments that ended; when all of it has gone, tell nothing of them."""
        leaving = frozenset(notice.experiment for notice in waiting)
        for notice in waiting:
            if notice.experiment not in self._leaving:
                known = log.bind(experiment=notice.experiment, notice=notice.id)
                known.warning("experiment ended, its notice is still sent while this daemon runs", told=notice.sentence)
        # It may have begun again meanwhile.
        for experiment in (self._leaving - leaving) & {*self._left()}:
            self._metrics.forget(experiment)
        self._leaving = leaving

    def _tell(self, held: Collection[str], waiting: Sequence[Waiting]) -> None:
        for experiment in held:
            begun = [one.notice.at for one in waiting if one.notice.experiment == experiment]
            self._metrics.notices_waiting(experiment, len(begun), self._clock() - min(begun, default=self._clock()))
