"""Pooled: all strata are added up, as if whatever moved between them had moved for no variant more than another."""

from banditctl.core.belief import Independent
from banditctl.core.rewards import RewardModel, net
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials


def pooled(trials: Trials, reward: RewardModel, discount: float) -> Independent:
    """Each variant is believed by itself, by the reward model's own posterior of its discounted sums; net of costs."""
    weights = discount**trials.elapsed
    sums = zip(weights @ trials.count, weights @ trials.total, weights @ trials.squares, strict=True)
    statistics = [Statistics(float(count), float(total), float(squares)) for count, total, squares in sums]
    posterior = net(reward, trials.variants, reward.posterior(statistics))
    return Independent(trials.variants, posterior, reward.goal)
