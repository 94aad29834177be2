"""MABWiser and river in the same worlds: MABWiser learning every thousand requests, river from each."""

from math import e, log, sqrt

import numpy as np
from mabwiser.mab import MAB, LearningPolicy
from river import bandit, proba, stats

_BATCH = 1000

MABWISER = {
    "thompson": LearningPolicy.ThompsonSampling(),
    "epsilon_greedy": LearningPolicy.EpsilonGreedy(epsilon=0.1),
    "ucb1": LearningPolicy.UCB1(alpha=1),
    "softmax": LearningPolicy.Softmax(tau=0.01),
}

RIVER = {
    "thompson": lambda world: bandit.ThompsonSampling(reward_obj=proba.Beta(), seed=world.seed),
    "epsilon_greedy": lambda world: bandit.EpsilonGreedy(epsilon=0.1, reward_obj=stats.Mean(), seed=world.seed),
    "ucb1": lambda world: bandit.UCB(delta=1, reward_obj=stats.Mean(), seed=world.seed),
    "exp3": lambda world: bandit.Exp3(gamma=_gamma(world), seed=world.seed),
}


def _gamma(world):
    """What Auer and others (2002) advise for a known horizon."""
    number = len(world.rates)
    return min(1.0, sqrt(number * log(number) / ((e - 1) * world.horizon)))


def play_mabwiser(name, world):
    """The regret of MABWiser's policy; as for ours, the first batch is split evenly."""
    lots = np.random.default_rng([world.seed, 1])
    arms, served = list(range(len(world.rates))), np.zeros(len(world.rates), dtype=int)
    mab = MAB(arms, MABWISER[name], seed=world.seed)
    for batch in range(world.horizon // _BATCH):
        sent = [mab.predict() for _ in range(_BATCH)] if batch else lots.choice(arms, _BATCH)
        learn = mab.partial_fit if batch else mab.fit
        learn(np.array(sent), _rewards(world, served, sent))
    return world.regret(served)


def _rewards(world, served, sent):
    """What each of these requests earns; `served` is moved on."""
    found = np.empty(len(sent))
    for number, variant in enumerate(sent):
        found[number] = world.rewards[variant, served[variant]]
        served[variant] += 1
    return found


def play_river(name, world):
    """The regret of river's policy."""
    policy, arms = RIVER[name](world), list(range(len(world.rates)))
    rewards, served = world.rewards.tolist(), [0] * len(arms)
    for _ in range(world.horizon):
        variant = policy.pull(arms)
        policy.update(variant, rewards[variant][served[variant]])
        served[variant] += 1
    return world.regret(np.array(served))
