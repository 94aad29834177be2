"""The experiments that run: begun, changed and ended here, and looked up at each use by whoever serves them."""

from banditctl.config import Configured
from banditctl.core.experiment import Experiment
from banditctl.metrics import Metrics
from banditctl.schedule import Schedule
from banditctl.targets import MeteredTarget


class Running:
    """`experiments`, by name, are those of now: whoever keeps them for later may keep what was."""

    def __init__(self, schedule: Schedule, metrics: Metrics) -> None:
        self.experiments: dict[str, Experiment] = {}
        self._configured: dict[str, Configured] = {}
        self._schedule = schedule
        self._metrics = metrics

    @property
    def configured(self) -> dict[str, Configured]:
        """The policy files that they run by, by name."""
        return dict(self._configured)

    def begin(self, one: Configured, target: MeteredTarget | None) -> None:
        """Take in its events; learn of them and steer `target`, if there is one."""
        self._keep(one)
        self._metrics.begin(one.experiment.name)
        if target:
            self._schedule.add(one.experiment, target)

    async def change(self, one: Configured, target: MeteredTarget | None) -> None:
        """Go on by another version of its policy file, from the next turn on."""
        self._keep(one)
        if target:
            await self._schedule.replace(one.experiment, target)

    async def end(self, name: str) -> None:
        """Leave it as it is; what was learned and decided stays in the store."""
        del self.experiments[name], self._configured[name]
        await self._schedule.remove(name)
        self._metrics.forget(name)

    def _keep(self, one: Configured) -> None:
        self.experiments[one.experiment.name] = one.experiment
        self._configured[one.experiment.name] = one
