"""Turns of the daemon one by one, on an emulated endpoint whose pushes are counted and may go wrong."""

from datetime import timedelta

import pytest

from banditctl.controller import learn, steer
from banditctl.core.event import EXPOSED, Exposure, Identity, Reward
from banditctl.core.experiment import Experiment, Schedule
from banditctl.core.limits import Limits
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.stores.redis import open_store
from banditctl.targets.sagemaker.endpoint import Endpoint

MINUTE = timedelta(minutes=1)
LOOK, TURN = timedelta(seconds=15), 5 * MINUTE
REWARDED = Identity("reward", "reward")


def fares(**options):
    return Experiment(
        **{
            "name": "fares",
            "variants": ("A", "B"),
            "control": "A",
            "reward": Bernoulli(window=timedelta(hours=1), default=None),
            "policy": Thompson(),
            "limits": Limits(floor=0.05, step=0.2),
            "schedule": Schedule(every=TURN, at_least=MINUTE, burn_in=100),
            "digest": "0" * 16,
        }
        | options
    )


@pytest.fixture
async def books():
    opened = open_store("memory://")
    yield opened
    await opened.close()


class Counting(Endpoint):
    """An endpoint that counts what is asked of it, and whose next push or scaling may go wrong."""

    def __init__(self, client, name, gauge=None):
        super().__init__(client, name, 10_000, gauge=gauge)
        self.pushes = 0
        self.scalings = []
        self.before = self.after = None

    async def push(self, allocation):
        self.pushes += 1
        await self._mishap(super().push, allocation)

    async def scale(self, variant, instances):
        self.scalings.append((variant, instances))
        await self._mishap(super().scale, variant, instances)

    async def _mishap(self, change, *arguments):
        if self.before:
            failure, self.before = self.before, None
            failure()
        await change(*arguments)
        if self.after:
            failure, self.after = self.after, None
            raise failure


@pytest.fixture
def counted(sagemaker, endpoint):
    return Counting(sagemaker, endpoint)


@pytest.fixture
def foreign(sagemaker, endpoint):
    """Somebody else, who sets the weights of A and B."""

    def push(a, b):
        weights = [{"VariantName": name, "DesiredWeight": weight} for name, weight in (("A", a), ("B", b))]
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=weights)

    return push


@pytest.fixture
def look(books, counted, clock):
    """One look of the daemon's; answers the decision, if one was due."""

    async def once(experiment=None, after=timedelta(0)):
        clock.move(after)
        return await steer(experiment or fares(), books, counted, clock())

    return once


@pytest.fixture
def report_all(books, clock):
    async def send(prefix, experiment=None, **right):
        names = [(f"{prefix}{variant}{n}", variant, n < good) for variant, good in right.items() for n in range(300)]
        exposures = [Exposure(EXPOSED.of(name), variant, clock()) for name, variant, _ in names]
        rewards = [Reward(REWARDED.of(name), float(good), clock(), EXPOSED.of(name)) for name, _, good in names]
        await books.append("fares", [*exposures, *rewards], clock(), fares().memory)
        await learn(experiment or fares(), books, clock())

    return send
