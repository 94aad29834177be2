"""What is to be simulated: a policy file's experiment, a world, its traffic, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from banditctl.core.experiment import Experiment
from banditctl.core.units import Array
from banditctl.errors import UsageError
from banditctl.simulator.ends import check_reported
from banditctl.simulator.nature import NATURES, Nature
from banditctl.simulator.worlds import WORLDS

HOUR = timedelta(hours=1)

# What the first variant other than the control is better by, where no rates are given.
_BETTER = 0.1
# How late rewards come on average in the world of delays, where none are given.
_DELAY = 6 * HOUR
# Between these instants rates move too little to leave what a mean reward can be.
_INSTANTS = 1001


@dataclass(frozen=True)
class Scenario:
    """One simulation, to be run with several numbers; the same one and number give the same run.

    `rates` are mean rewards, in the experiment's order; `delays` the mean of each one's exponential delay, before that
    is cut off where a reward would be late; `traffic` is requests an hour.
    """

    experiment: Experiment
    world: str
    rates: tuple[float, ...]
    delays: tuple[timedelta, ...]
    traffic: float
    horizon: timedelta
    settling: timedelta
    seed: int

    @property
    def nature(self) -> Nature:
        """How rewards are drawn."""
        return NATURES[self.experiment.reward.kind]

    @property
    def direction(self) -> int:
        """+1 where more is better, -1 where less is."""
        return 1 if self.experiment.reward.goal == "maximize" else -1

    @property
    def counts_requests(self) -> bool:
        """Whether a request is a trial, and not a reward by itself."""
        return self.experiment.evidence.trials == "exposures"

    @property
    def patience(self) -> timedelta:
        """How long after its exposure a reward still counts."""
        return self.experiment.reward.window if self.counts_requests else self.experiment.memory

    def means(self, elapsed: timedelta) -> Array:
        """(K,) mean rewards so long after the start."""
        return WORLDS[self.world](np.array(self.rates), elapsed / HOUR, self.horizon / HOUR)

    def gaps(self, elapsed: timedelta) -> Array:
        """(K,) what a request to each variant misses on average, beside the best one then."""
        worth = self.direction * self.means(elapsed)
        return np.asarray(worth.max() - worth)

    def requests(self, elapsed: timedelta) -> int:
        """How many requests have come so long after the start."""
        return round(self.traffic * (elapsed / HOUR))

    def about(self) -> dict[str, object]:
        """Everything that a run depends on besides its number, as JSON has it."""
        names = self.experiment.variants
        return {
            "experiment": self.experiment.name,
            "digest": self.experiment.digest,
            "world": self.world,
            "rates": dict(zip(names, self.rates, strict=True)),
            "delay_seconds": {name: delay.total_seconds() for name, delay in zip(names, self.delays, strict=True)},
            "traffic_per_hour": self.traffic,
            "horizon_seconds": self.horizon.total_seconds(),
            "settle_seconds": self.settling.total_seconds(),
            "seed": self.seed,
        }


def scenario(
    experiment: Experiment,
    world: str,
    rates: dict[str, float],
    delays: dict[str, timedelta],
    traffic: float,
    horizon: timedelta,
    settling: timedelta,
    seed: int,
) -> Scenario:
    """A scenario, what is not given filled in; raises UsageError where it cannot be."""
    if world not in WORLDS:
        raise UsageError(f"unknown world {world}; known are {', '.join(WORLDS)}")
    late = dict.fromkeys(experiment.variants, _DELAY if world == "delay" and not delays else timedelta(0))
    found = Scenario(
        experiment,
        world,
        tuple((_usual_rates(experiment, world) | rates).values()),
        tuple((late | delays).values()),
        traffic,
        horizon,
        settling,
        seed,
    )
    _check(found)
    return found


def _usual_rates(experiment: Experiment, world: str) -> dict[str, float]:
    """All alike, but for the first variant other than the control."""
    usual = NATURES[experiment.reward.kind].rate
    rates = dict.fromkeys(experiment.variants, usual)
    other = next(name for name in experiment.variants if name != experiment.control)
    if world != "aa":
        rates[other] = usual * (1 + _BETTER if experiment.reward.goal == "maximize" else 1 - _BETTER)
    return rates


def _check(found: Scenario) -> None:
    check_reported(found.experiment)
    if not found.horizon:
        raise UsageError("a simulation takes some time; write a --horizon of 1h or more")
    if found.world == "aa" and len(set(found.rates)) > 1:
        raise UsageError("in the world aa all variants are equal; give each the same rate, or choose stationary")
    instants = (found.horizon * part for part in np.linspace(0, 1, _INSTANTS))
    means = np.array([found.means(instant) for instant in instants])
    for number, name in enumerate(found.experiment.variants):
        for mean in (means[:, number].min(), means[:, number].max()):
            if sentence := found.nature.refusal(float(mean)):
                rate = found.rates[number]
                raise UsageError(f"{name}={rate:g} becomes {mean:g} in the world {found.world}: {sentence}")
