"""Policy files that change while the daemon runs: what is sound is taken up, what is not leaves things as they were."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from banditctl.config import Configured, Sources, gather, gone, read, settle, without
from banditctl.errors import Problem, TermsChanged, UsageError
from banditctl.metrics import Metrics
from banditctl.running import Running
from banditctl.targets import MeteredTarget
from banditctl.threads import aside

# Evidence and endpoints change without their policy file.
_AGAIN = timedelta(seconds=30)

# (what may be taken up, the version of it that runs) -> the target to steer; raises TermsChanged and UsageError.
Vet = Callable[[Configured, Configured | None], Awaitable[MeteredTarget | None]]

log = structlog.get_logger("banditctl")


class Reloading:
    """Compares what is in the files, and not when they were written: that holds for links and network folders too."""

    def __init__(
        self, paths: Sequence[Path], running: Running, vet: Vet, metrics: Metrics, clock: Callable[[], datetime]
    ) -> None:
        self._paths = paths
        self._running = running
        self._vet = vet
        self._metrics = metrics
        self._clock = clock
        self._seen: Sources | None = None
        self._taken: Sources | None = None
        self._again: datetime | None = None
        self._refused: set[str] = set()

    @property
    def refused(self) -> list[str]:
        """What keeps policy files from being taken up, a sentence each with its place; nothing where all are sound."""
        return sorted(self._refused)

    async def look(self) -> None:
        """Take up what two looks in a row have found the same: who is still writing is not done."""
        sources = await aside(partial(gather, self._paths))
        settled, self._seen = sources == self._seen, sources
        overdue = self._again is not None and self._clock() >= self._again
        if settled and (sources != self._taken or overdue):
            await self._take(sources)
            self._taken = sources

    async def _take(self, sources: Sources) -> None:
        before = self._running.configured
        found, problems = await aside(partial(read, sources))
        sound = without(found, problems)
        pairs = [(one, before.get(one.experiment.name)) for one in sound]
        new = [(one, was) for one, was in pairs if was is None or one.experiment.digest != was.experiment.digest]
        answers = await asyncio.gather(*(self._vetted(one, was) for one, was in new))
        vetted = {one.path: answer for (one, _), answer in zip(new, answers, strict=True)}
        obstacles = [answer for answer in vetted.values() if isinstance(answer, Problem)]
        still = [one for one in before.values() if not gone(one.path, sources)]
        agreed, clashes = settle(still, without(sound, obstacles))
        await self._end({*before} - {one.experiment.name for one in agreed})
        for one in agreed:
            answer = vetted.get(one.path)
            await self._go_on(one, None if isinstance(answer, Problem) else answer)
        self._again = self._clock() + _AGAIN if obstacles else None
        self._refuse([*problems, *obstacles, *clashes])

    async def _vetted(self, one: Configured, before: Configured | None) -> MeteredTarget | Problem | None:
        try:
            return await self._vet(one, before)
        except (TermsChanged, UsageError) as error:
            return Problem(str(one.path), None, None, "", str(error))

    async def _end(self, names: set[str]) -> None:
        for name in sorted(names):
            await self._running.end(name)
            log.info("experiment ended: its policy file is gone; the weights stay as they are", experiment=name)

    async def _go_on(self, one: Configured, target: MeteredTarget | None) -> None:
        """Let it run as its file has it by now, unless it does so already."""
        name = one.experiment.name
        before = self._running.configured.get(name)
        if before is None:
            self._running.begin(one, target)
            log.info("experiment begins", experiment=name, file=str(one.path))
        elif change := one.experiment.revision.since(before.experiment.revision):
            await self._running.change(one, target)
            log.info("policy file changed", experiment=name, file=str(one.path), options=", ".join(change.options))
        elif one.path != before.path:
            await self._running.change(one, None)

    def _refuse(self, problems: Sequence[Problem]) -> None:
        """Say once of each problem that it is there, and once that none is left."""
        refused = {str(problem) for problem in problems}
        for error in sorted(refused - self._refused):
            log.warning("policy file refused; what runs goes on as it did", error=error)
        if self._refused and not refused:
            log.info("every policy file is sound again")
        self._refused = refused
        self._metrics.refused(len({problem.file for problem in problems}))
