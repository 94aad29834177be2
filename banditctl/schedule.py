"""Learn and steer on time, never twice at once; every failure ends here, none ends the daemon."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from banditctl.controller import learn, meter, steer
from banditctl.core.experiment import Experiment
from banditctl.core.notices import unheeded
from banditctl.errors import StandBy, StoreUnavailable
from banditctl.lines import Backoff, Line
from banditctl.metrics import Metrics
from banditctl.notify.noticing import Noticing
from banditctl.pushes import Told
from banditctl.reporting import Reporting
from banditctl.stores import Store
from banditctl.targets import MeteredTarget

_LEARN_EVERY = timedelta(seconds=1)
# As often as there is another minute to read.
_METER_EVERY = timedelta(minutes=1)
_WATCH_EVERY = timedelta(seconds=5)

# Longer than any call to the target may take, all its retries included.
_LEASE = timedelta(seconds=90)

# How often the target is looked at between turns, so that strata follow it. AWS throttles callers that
# describe an endpoint every 5 s; a weight change takes it about a minute.
_LOOK_EVERY = timedelta(seconds=15)
_LOOKS_A_TURN = 4

# How long a stop waits for what belongs to no experiment, in seconds: nothing is lost with it, and disks may hang.
_PATIENCE = 10

# Each look comes up to this part later, so that many daemons do not look at once.
_JITTER = 0.5

log = structlog.get_logger("banditctl")


class Schedule:
    """A line of jobs for each experiment."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        metrics: Metrics,
        holder: str,
        noticing: Noticing | None = None,
    ) -> None:
        """Without `noticing` nobody is to be told of anything."""
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._holder = holder
        self._noticing = noticing
        self._reporting = Reporting(metrics, clock, noticing)
        self._held: set[str] = set()
        self._left: set[str] = set()
        # A late job is still wanted, and one run makes up for all that were missed.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._lines: dict[str, Line] = {}
        self._fresh: dict[str, Line] = {}
        self._stopping = False
        self._jobs: dict[str, Callable[[], Awaitable[None]]] = {}
        self._woken: set[asyncio.Task[None]] = set()

    def add(self, experiment: Experiment, target: MeteredTarget) -> None:
        """Learn and steer `experiment` from `start` on, and meter its requests where the target counts them."""
        line = self._lines[experiment.name] = Line()
        self._left.discard(experiment.name)
        told = Told(target, lambda outcome: self._reporting.pushed(experiment.name, outcome))

        async def learning() -> None:
            await self._hold(experiment)
            ledger = await learn(experiment, self._store, self._clock())
            self._metrics.learned(experiment.name, ledger, await self._store.received(experiment.name), self._clock())

        async def steering() -> None:
            await self._hold(experiment)
            decision = await steer(experiment, self._store, told, self._clock(), self._reporting.decided)
            if decision is None:
                return
            self._reporting.steered(experiment.name)
            if decision.order:
                # The next one may have been given meanwhile.
                self.wake(experiment.name)

        async def metering() -> None:
            await self._hold(experiment)
            await meter(experiment, self._store, target, self._clock())

        look = min(_LOOK_EVERY, experiment.schedule.every / _LOOKS_A_TURN)
        self._jobs[experiment.name] = self._every(look, experiment.name, "steer", steering, line, jitter=_JITTER)
        self._every(_LEARN_EVERY, experiment.name, "learn", learning, line)
        if experiment.metered:
            self._every(_METER_EVERY, experiment.name, "meter", metering, line)
        if noticing := self._noticing:

            async def watching() -> None:
                await self._hold(experiment)
                ledger = await self._store.ledger(experiment.name)
                received = await self._store.received(experiment.name)
                metered = ledger.evidence.metered.until if ledger.evidence.metered else None
                order = unheeded(ledger.standing, ledger.last)
                await noticing.watched(experiment.name, received, self._clock(), metered, order)

            self._every(_WATCH_EVERY, experiment.name, "watch", watching, line)

    def wake(self, experiment: str) -> None:
        """Look at the experiment's target now, if that is looked at here: somebody has given an order."""
        if experiment in self._jobs:
            look = asyncio.ensure_future(self._jobs[experiment]())
            self._woken.add(look)
            look.add_done_callback(self._woken.discard)

    async def replace(self, experiment: Experiment, target: MeteredTarget) -> None:
        """Learn and steer it as it is now; the turn that is running ends as it began."""
        await self._lines[experiment.name].end()
        self.add(experiment, target)

    async def remove(self, name: str) -> None:
        """Leave an experiment alone once the turn that is running has ended, and leave it to others at once.

        One that is not learned here is left alone already.
        """
        if name not in self._lines:
            return
        del self._jobs[name]
        # A stop that comes meanwhile waits for it as well.
        await self._lines[name].end()
        del self._lines[name]
        self._reporting.forget(name)
        self._left |= self._held & {name}
        with suppress(StoreUnavailable):
            await self._release(name)

    def keep_fresh(
        self, what: str, read: Callable[[], Awaitable[object]], every: timedelta = timedelta(seconds=2)
    ) -> None:
        """Call `read` from `start` on, so often, as a turn of no experiment that is called `what`."""
        line = self._fresh[what] = Line()
        self._every(every, "", what, read, line)

    def held(self) -> frozenset[str]:
        """The experiments that this daemon controls."""
        return frozenset(self._held)

    def left(self) -> frozenset[str]:
        """The experiments that ended while this daemon controlled them."""
        return frozenset(self._left)

    def start(self) -> None:
        """Run every job now, and then on time; needs a running event loop."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Let the turns that are running come to their end; begin no other.

        APScheduler's own shutdown would cancel them in the middle of a push. It cancels those that belong to no
        experiment and take too long.
        """
        self._stopping = True
        self._scheduler.pause()
        await asyncio.gather(*(self._finish(what, line) for what, line in self._fresh.items()))
        for line in [*self._lines.values()]:
            await line.idle()
        self._scheduler.shutdown(wait=False)
        # Where the store is away, the lease runs out by itself.
        with suppress(StoreUnavailable):
            for name in set(self._held):
                await self._release(name)

    async def _finish(self, what: str, line: Line) -> None:
        try:
            await asyncio.wait_for(line.idle(), _PATIENCE)
        except TimeoutError:
            log.warning("stopping without the end of a turn that hangs", turn=what)

    async def _hold(self, experiment: Experiment) -> None:
        """Raises StandBy while another daemon controls the experiment."""
        if not await self._store.hold(experiment.name, self._holder, _LEASE):
            self._held.discard(experiment.name)
            raise StandBy(f"another daemon controls {experiment.name}; this one would take over within {_LEASE}")
        self._held.add(experiment.name)

    async def _release(self, name: str) -> None:
        if name in self._held:
            self._held.remove(name)
            await self._store.release(name, self._holder)

    def _every(
        self,
        interval: timedelta,
        name: str,
        turn: str,
        work: Callable[[], Awaitable[object]],
        line: Line,
        jitter: float = 0.0,
    ) -> Callable[[], Awaitable[None]]:
        """Do the work on time; answers how to do it now."""
        backoff = Backoff(interval)

        async def job() -> None:
            async with line.lock:
                if not (self._stopping or line.over) and backoff.free(self._clock()):
                    backoff.told(await self._guarded(name, turn, work), self._clock())

        added = self._scheduler.add_job(
            job,
            "interval",
            seconds=interval.total_seconds(),
            jitter=jitter * interval.total_seconds(),
            next_run_time=self._clock(),
            name=f"{name} {turn}",
        )
        line.ends.append(added.remove)
        return job

    async def _guarded(self, name: str, turn: str, work: Callable[[], Awaitable[object]]) -> Exception | None:
        """Do the work; answers what it failed of."""
        failure: Exception | None = None
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the daemon goes on and says so
            failure = error
        self._reporting.ended(name, turn, failure)
        return failure
