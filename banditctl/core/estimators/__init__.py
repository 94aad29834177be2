"""From trials to belief: one file an estimator, named as policy files name it under `evidence`."""

from typing import Protocol

from banditctl.core.belief import Belief
from banditctl.core.rewards import RewardModel
from banditctl.core.trials import Trials


class Estimate(Protocol):
    """What such a file has under its own name."""

    def __call__(self, trials: Trials, reward: RewardModel, discount: float) -> Belief:
        """The belief that `trials` support, each counting `discount` of itself after one unit of elapsed time."""
        ...
