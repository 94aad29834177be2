"""What applications report: that a request was served, and what it earned."""

from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any

from msgspec import Struct

# How far the clocks of applications may run ahead or behind ours.
CLOCK_SKEW = timedelta(minutes=5)

# The one metric that moves traffic; further ones are for guardrails.
REWARD = "reward"


def remembered(window: timedelta) -> timedelta:
    """How old an event may be when it is received, and how long ids are remembered at least."""
    return window + CLOCK_SKEW


class Exposure(Struct, frozen=True, array_like=True, tag=0, gc=False):
    """A request was served by a variant; opens the attribution window of its inference id."""

    id: bytes
    variant: str
    at: datetime
    targeted: bool = False


class Reward(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """What one request earned by a metric, told by the id of its exposure or, without one, by its variant."""

    id: bytes
    value: float
    at: datetime
    exposure: bytes | None = None
    variant: str | None = None
    metric: str = REWARD


Event = Exposure | Reward


class Identity:
    """From the ids that applications write to those that are kept: 16 bytes, however long they were.

    What was reported is the same only if type, metric and id are; so each has an Identity of its own.
    """

    def __init__(self, kind: str, metric: str = "") -> None:
        self._begun: Any = blake2b(f"{kind}\0{metric}\0".encode(), digest_size=16)

    def of(self, written: str) -> bytes:
        """The id that is kept for `written`; a copy of the begun hash takes half as long as a new one."""
        hashed = self._begun.copy()
        hashed.update(written.encode())
        identity: bytes = hashed.digest()
        return identity


EXPOSED = Identity("exposure")


@cache
def rewarded(metric: str) -> Identity:
    """From the ids of rewards by `metric`."""
    return Identity("reward", metric)
