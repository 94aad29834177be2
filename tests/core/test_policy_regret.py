"""What each policy gives up in a world that stays as it is, on a few seeds; `make regret` plays hundreds."""

from functools import cache

import numpy as np
import pytest
from benchmarks.regret.players import even, growing, play
from benchmarks.regret.worlds import HORIZON, INSTANCES, World, hardness

from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.policies.exp3 import Exp3
from banditctl.core.policies.fixed import Fixed
from banditctl.core.policies.kl_ucb import KlUcb
from banditctl.core.policies.softmax import Softmax
from banditctl.core.policies.thompson import Thompson
from banditctl.core.policies.top_two import TopTwo
from banditctl.core.policies.ucb1 import Ucb1


@cache
def world(seed):
    return World(INSTANCES["I1"], seed)


def mean_regret(policy, schedule, seeds=20):
    return np.mean([play(policy, world(seed), schedule) for seed in range(seeds)])


@pytest.mark.parametrize(
    ("policy", "most"),
    [
        (Thompson(), 47),
        (KlUcb(), 85),
        (EpsilonGreedy(), 80),
        (EpsilonGreedy(epsilon=1, decay=True), 65),
        (Softmax(), 300),
        (Exp3(), 300),
        (Ucb1(), 320),
        (TopTwo(), 505),
        (Fixed(), 505),
    ],
)
def test_of_two_variants_at_5_and_6_percent_a_policy_gives_up_no_more_than_this(policy, most):
    assert mean_regret(policy, even(1000)) <= most


def test_a_turn_whenever_trials_have_doubled_does_nearly_as_well_as_one_for_every_thousand():
    assert len(growing(HORIZON)) == 14
    assert sum(growing(HORIZON)) == HORIZON
    assert mean_regret(Thompson(), growing) <= 1.2 * 47


@pytest.mark.parametrize(
    ("instance", "constant"), [("I1", 10.6732012352195), ("I2", 30.6366089794435), ("I3", 17.4451741311894)]
)
def test_how_hard_an_instance_is_by_lai_and_robbins(instance, constant):
    assert hardness(INSTANCES[instance]) == pytest.approx(constant, rel=1e-12)
