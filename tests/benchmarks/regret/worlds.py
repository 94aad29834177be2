"""Worlds whose variants never change, and what was lost in them by not asking the best one every time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import rel_entr

HORIZON = 100_000

# Success rates: two alike, three alike, and ten of which one is far better.
INSTANCES = {
    "I1": (0.05, 0.06),
    "I2": (0.10, 0.12, 0.11),
    "I3": (0.1, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01),
}


@dataclass(frozen=True)
class World:
    """The n-th request that a variant serves earns the same whoever sent it: players differ by their choices alone."""

    rates: tuple[float, ...]
    seed: int
    horizon: int = HORIZON

    @cached_property
    def rewards(self):
        """(K, horizon) of 0 and 1."""
        lots = np.random.default_rng([self.seed, 0]).random((len(self.rates), self.horizon))
        return (lots < np.array(self.rates)[:, None]).astype(np.int8)

    @cached_property
    def earned(self):
        """(K, horizon + 1) successes among the first n requests of each variant."""
        sums = np.cumsum(self.rewards, axis=1, dtype=np.int32)
        return np.hstack([np.zeros((len(self.rates), 1), dtype=np.int32), sums])

    def successes(self, served):
        """(K,) successes among the first `served` (K,) requests of each variant."""
        return self.earned[np.arange(len(self.rates)), served]

    def regret(self, served):
        """Reward given up, on average, by what `served` (K,) says."""
        return float(gaps(self.rates) @ served)


def gaps(rates):
    """(K,) how far each variant is behind the best."""
    return max(rates) - np.array(rates)


def hardness(rates):
    """The constant C of Lai and Robbins (1985): in the very long run no policy's regret grows slower than C ln t."""
    rate, behind = np.array(rates), gaps(rates) > 0
    divergence = rel_entr(rate, max(rates)) + rel_entr(1 - rate, 1 - max(rates))
    return float((gaps(rates)[behind] / divergence[behind]).sum())
