"""How long a variant's instances take, and for how long requests queue when there are too few of them."""

import math
from datetime import datetime, timedelta

from banditctl.emulator.errors import ModelError, model_error

# How long SageMaker gives a container to answer.
PATIENCE = timedelta(seconds=60)


class Queues:
    """One queue for each variant, shared by its instances. Nobody is kept waiting: the wait is only told.

    A request takes `latency`; each instance takes `rate` of them a second, None for any number.
    """

    def __init__(self, latency: timedelta, rate: float | None) -> None:
        self._latency = latency
        self._rate = rate or math.inf
        self._free_at: dict[tuple[str, str], datetime] = {}

    def latency(self, queue: tuple[str, str], instance_count: int, now: datetime) -> timedelta:
        """How long a request that comes now takes, or `PATIENCE` when its turn would not come by then."""
        turn = max(now, self._free_at.get(queue, now))
        latency = turn - now + self._latency
        if latency >= PATIENCE:
            return PATIENCE
        self._free_at[queue] = turn + timedelta(seconds=1 / (self._rate * instance_count))
        return latency


def timed_out() -> ModelError:
    """What SageMaker says for a container that did not answer in time; it gives no status of its own."""
    return model_error(
        0,
        "Your invocation timed out while waiting for a response from container primary. Review the latency metrics "
        "for each container in Amazon CloudWatch, resolve the issue, and try again.",
    )
