"""The two ends of the loop in memory: where rewards come in, and what serves the traffic."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec.structs import replace

from banditctl.core.allocation import Allocation, Live
from banditctl.core.attribution import Attribution
from banditctl.core.decision import Decision
from banditctl.core.event import Event, Exposure
from banditctl.core.evidence import Credit
from banditctl.core.experiment import Experiment
from banditctl.core.limits import Limits
from banditctl.core.standing import Given
from banditctl.errors import StoreConflict, TargetBusy, TargetUnavailable, UsageError
from banditctl.stores import Batch, Ledger, Received, era


def check_reported(experiment: Experiment) -> None:
    """Raises UsageError where requests are not reported but counted by the endpoint: there is none here."""
    if experiment.metered:
        raise UsageError(
            f"{experiment.name}: there is no CloudWatch here that counts requests; use a copy of the policy file with "
            "trials: exposures under evidence, which learns the same some minutes sooner"
        )


class MemoryBooks:
    """The books of one experiment, for as long as it is simulated; all that has come is learned at once."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._events: list[tuple[datetime, Event]] = []
        self._credits: list[Credit] = []
        self._known: dict[bytes, Attribution] = {}

    def receive(self, events: Iterable[tuple[datetime, Event]] = (), earned: Iterable[Credit] = ()) -> None:
        """Take in events, each with when it came, and what was counted already."""
        self._events += events
        self._credits += earned

    async def ledger(self, experiment: str) -> Ledger:
        return self._ledger

    async def received(self, experiment: str) -> Received:
        return Received()

    async def drain(self, experiment: str, ledger: Ledger, memory: timedelta, now: datetime) -> Batch | None:
        if not self._events and not self._credits:
            return None
        batch = Batch(self._events, ledger.cursor, now, era(now, memory), credits=self._credits)
        self._events, self._credits = [], []
        return batch

    async def attributions(self, experiment: str, batch: Batch) -> dict[bytes, Attribution]:
        ids = (event.id if isinstance(event, Exposure) else event.exposure for _, event in batch.events)
        return {name: self._known[name] for name in ids if name in self._known}

    async def save(
        self,
        experiment: str,
        before: Ledger,
        after: Ledger,
        attributions: Mapping[bytes, Attribution] = MappingProxyType({}),
    ) -> Ledger:
        if before.version != self._ledger.version:
            raise StoreConflict(f"the evidence of {experiment} was changed by another writer")
        self._known.update(attributions)
        self._ledger = replace(after, version=str(int(before.version or 0) + 1))
        return self._ledger

    async def next_order(self, experiment: str, taken: str) -> Given | None:
        """Nobody gives any."""

    async def record(self, decision: Decision) -> None:
        """Whoever simulates has it from `steer`; thousands of them would fill the memory."""


class MemoryTarget:
    """An endpoint that takes `settling` to change its shares, and serves by the old ones until then.

    Whoever simulates moves its clock: `now`.
    """

    def __init__(self, variants: Sequence[str], now: datetime, settling: timedelta) -> None:
        self.now = now
        self.settled = now
        self.pushes = 0
        self._settling = settling
        self._before = self._after = Allocation.equal(variants)

    @property
    def shares(self) -> Allocation:
        """What is in force."""
        return self._after if self.now >= self.settled else self._before

    async def read(self) -> Live:
        if self.now >= self.settled:
            return Live("InService", "ready", self._after)
        return Live("Updating", "busy", self._before)

    async def push(self, allocation: Allocation) -> None:
        if self.now < self.settled:
            raise TargetBusy("the simulated endpoint is changing")
        self._before, self._after = self._after, allocation
        self.settled = self.now + self._settling
        self.pushes += 1

    async def measure(self, live: Live, limits: Limits, at: datetime) -> Live:
        """Nothing is known of its instances, so nothing depends on its traffic."""
        return live

    async def scale(self, variant: str, instances: int) -> None:
        raise TargetUnavailable(f"the simulated endpoint has no instances of {variant} to count")
