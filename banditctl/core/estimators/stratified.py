"""Stratified: variants are compared within each stratum, so that what moves between strata moves no comparison.

The model is y = level of the stratum + contrast of the variant + noise, with nothing known of the levels beforehand
and a contrast worth one observation. docs/statistics.md says what it costs and what pooling would.
"""

from itertools import accumulate

import numpy as np

from banditctl.core.correlated import Correlated
from banditctl.core.posterior import Posterior
from banditctl.core.rewards import RewardModel
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials
from banditctl.core.units import Array

# What the spread of rewards a unit of elapsed time ago still counts: a day of hours.
_FADING = 1 - 1 / 24


def stratified(trials: Trials, reward: RewardModel, discount: float) -> Correlated:
    """Contrasts from within the strata, about the level of all trials together.

    The level is shown so that the means, weighted by their trials, give it back; what the shares did to it moves all
    variants alike. What rewards are worth and requests cost comes last.
    """
    weights = discount**trials.elapsed
    level = _level(trials, weights, reward)
    noise = reward.noise(trials, lambda column: _recent(column, trials.elapsed))
    information, pull = _compared(trials, weights / noise)
    prior = 1 / noise[-1] if len(noise) else 1 / level.deviation[0] ** 2
    contrast, covariance = _solve(information, pull, prior)
    about = np.eye(len(contrast)) - _portions(weights @ trials.count)
    lowest, highest = (np.full(len(contrast), end) for end in level.reward(np.array([-np.inf, np.inf])))
    return Correlated(
        variants=trials.variants,
        mean=reward.worth(trials.variants, level.mean[0] + about @ contrast),
        covariance=reward.value**2 * about @ covariance @ about.T,
        level=reward.value * float(level.deviation[0]),
        bounds=(reward.worth(trials.variants, lowest), reward.worth(trials.variants, highest)),
        goal=reward.goal,
    )


def _compared(trials: Trials, weights: Array) -> tuple[Array, Array]:
    """How much the strata, with `weights` (T,), tell of each difference (K, K), and to where they pull (K,).

    The sums are those of diag(n) - n n' / N and of S - n S. / N. Written as conductances between variants, which are
    never negative, their rows sum to zero whatever is rounded.
    """
    together = trials.count.sum(axis=1)
    per_trial = np.divide(weights, together, out=np.zeros_like(weights), where=together > 0)
    between = (trials.count * per_trial[:, None]).T @ trials.count
    np.fill_diagonal(between, 0.0)
    information = np.diag(between.sum(axis=1)) - (between + between.T) / 2
    pull = weights @ trials.total - (per_trial * trials.total.sum(axis=1)) @ trials.count
    return information, pull


def _solve(information: Array, pull: Array, prior: float) -> tuple[Array, Array]:
    """Contrasts (K,) and their covariance (K, K), but for a level that both leave open: it is held at zero."""
    number = len(pull)
    # As firmly as the contrasts are known, so that a level that nobody asks for takes none of their digits.
    held = information.trace() / number**2
    covariance = np.linalg.inv(information + prior * np.eye(number) + held)
    return covariance @ pull, (covariance + covariance.T) / 2


def _level(trials: Trials, weights: Array, reward: RewardModel) -> Posterior:
    """The belief about the mean reward of all trials together, each variant's as it comes."""
    sums = [weights @ column.sum(axis=1) for column in (trials.count, trials.total, trials.squares)]
    return reward.posterior([Statistics(*map(float, sums))])


def _portions(count: Array) -> Array:
    """(K, K): in each row, the part of the trials that each variant has."""
    whole = count.sum()
    portion = count / whole if whole > 0 else np.full(len(count), 1 / len(count))
    return np.tile(portion, (len(count), 1))


def _recent(column: Array, elapsed: Array) -> Array:
    """(T,) sums of `column` up to each stratum, what came before it fading with the time in between."""
    faded = _FADING ** -np.diff(elapsed, prepend=elapsed[:1])
    pairs = zip(column.tolist(), faded.tolist(), strict=True)
    sums = accumulate(pairs, lambda before, now: (now[0] + before[0] * now[1], 0.0))
    return np.array([total for total, _ in sums])
