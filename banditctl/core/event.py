"""What applications report: that a request was served, and what it earned."""

from datetime import datetime, timedelta

from msgspec import Struct

# How far the clocks of applications may run ahead or behind ours.
CLOCK_SKEW = timedelta(minutes=5)

# The one metric that moves traffic; further ones are for guardrails.
REWARD = "reward"


class Exposure(Struct, frozen=True, tag="exposure", rename={"at": "time"}):
    """A request was served by a variant; opens the attribution window of its inference id."""

    id: str
    experiment: str
    variant: str
    at: datetime
    targeted: bool = False


class Reward(Struct, frozen=True, tag="reward", rename={"at": "time"}):
    """What one request earned, told by its inference id or, without exposures, by its variant."""

    id: str
    experiment: str
    value: float
    at: datetime
    inference_id: str | None = None
    variant: str | None = None
    metric: str = REWARD


Event = Exposure | Reward
