"""One run: a policy file in one world, through the same learn and steer as the daemon's."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct

from banditctl.controller import learn, steer
from banditctl.core.decision import Decision, Turn
from banditctl.core.units import Array
from banditctl.simulator.ends import MemoryBooks, MemoryTarget
from banditctl.simulator.reference import thompson
from banditctl.simulator.scenario import Scenario
from banditctl.simulator.traffic import NONE, START, Outcomes, exposures, instant, rewards, serve

# Points of time, evenly spread, at which shares and regret are kept.
POINTS = 96

# Looks between turns, at most: a turn that is due early may come this part of `every` later than the daemon's.
_LOOKS = 20

_DAY = timedelta(days=1)
_SURE = 0.95
