"""The daemon's own jobs on a clock that is moved: every look that it would take, and no waiting for any."""

from datetime import timedelta

from structlog.testing import capture_logs

from banditctl.metrics import Metrics
from banditctl.schedule import Schedule
from banditctl.targets.sagemaker.endpoint import Endpoint

LOOK = timedelta(seconds=15)


class Watched(Endpoint):
    """An endpoint of which is kept what it said, and to which something may happen right before a push."""

    def __init__(self, client):
        super().__init__(client, "Fares", 10_000, renew=lambda: client)
        self.statuses = set()
        self.before_push = None

    async def read(self):
        live = await super().read()
        self.statuses.add(live.status)
        return live

    async def push(self, allocation):
        if self.before_push:
            happen, self.before_push = self.before_push, None
            happen()
        await super().push(allocation)


class Watch:
    """A schedule that is never started, for APScheduler's time cannot be moved: its jobs are run when they are due."""

    def __init__(self, experiment, books, target, clock):
        self._metrics = Metrics()
        self._clock = clock
        schedule = Schedule(books, clock, self._metrics, "this daemon")
        schedule.add(experiment, target)
        jobs = {job.name: job.func for job in schedule._scheduler.get_jobs()}
        self._steer, self.learn = (jobs[f"{experiment.name} {turn}"] for turn in ("steer", "learn"))
        self.rung = set()
        self.logged = []

    async def look(self):
        with capture_logs() as logged:
            await self._steer()
        self.logged += logged
        self.rung |= self.ringing()

    async def pass_by(self, span):
        """Time goes by, and a look is taken whenever one is due; the last at the end of it."""
        for _ in range(span // LOOK):
            self._clock.move(LOOK)
            await self.look()

    def ringing(self):
        """The alarms that ring now."""
        samples = [sample for family in self._metrics.registry.collect() for sample in family.samples]
        return {one.labels["alarm"] for one in samples if one.name == "banditctl_alarm" and one.value}
