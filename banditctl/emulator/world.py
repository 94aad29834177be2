"""How long things take at an emulated AWS, and how it decides what is not known of the real one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, with_config

from banditctl.core.units import Share
from banditctl.emulator.written import STRICT, Span


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class World:
    """By its defaults endpoints go as AWS's are believed to."""

    creating: Span = timedelta(seconds=10)
    """How long a new endpoint is `Creating`; at AWS, minutes."""
    updating: Span = timedelta(seconds=60)
    """How long an endpoint is `Updating` after a change of weights."""
    scaling: Span | None = None
    """How long after a change of instance counts; left out, as `updating`."""
    deploying: Span | None = None
    """How long after UpdateEndpoint; left out, as `creating`."""
    deleting: Span = timedelta()
    """How long it is `Deleting`."""
    jitter: Share = 0.0
    """By which share each of these may be shorter or longer."""
    flip: Share = 1.0
    """How much of `updating` is over when requests begin to be routed by the new weights."""
    float32: bool = True
    """Whether weights are told as the 32-bit floats that they are kept as."""
    all_zero: Literal["refuse", "accept"] = "refuse"
    """What becomes of weights that are all zero; where they are accepted, every request fails with InternalFailure."""
    latency: Span = timedelta(milliseconds=20)
    """How long a container is said to take for a request; it answers at once all the same."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """How many requests a second one instance takes, so that others queue; left out, any number."""
    publishing: Span = timedelta(seconds=90)
    """How long it takes at most until CloudWatch knows of a request."""
