"""What each policy asks for; the laws they share are in tests/contracts."""

import pytest
from core.builders import beliefs

from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.policies.thompson import Thompson


def test_thompson_gives_each_variant_its_probability_of_being_the_best():
    proposal = Thompson().propose(beliefs((51, 951), (61, 941)))
    assert list(proposal.shares.values()) == pytest.approx([0.16438873512454, 0.83561126487546], abs=1e-11)


def test_thompson_gives_a_variant_beaten_beyond_all_doubt_nothing():
    assert Thompson().propose(beliefs((500, 9500), (5000, 5000))).shares == {"v00": 0, "v01": 1}


@pytest.mark.parametrize(
    ("epsilon", "goal", "asked"),
    [
        (0.1, "maximize", [0.05, 0.95]),
        (0.1, "minimize", [0.95, 0.05]),
        (0.0, "maximize", [0, 1]),
        (1.0, "maximize", [0.5, 0.5]),
    ],
)
def test_epsilon_greedy_explores_with_epsilon_and_gives_the_rest_to_the_leader(epsilon, goal, asked):
    proposal = EpsilonGreedy(epsilon=epsilon).propose(beliefs((51, 951), (52, 950), goal=goal))
    assert list(proposal.shares.values()) == pytest.approx(asked)


def test_epsilon_greedy_shares_between_equal_leaders():
    proposal = EpsilonGreedy(epsilon=0.3).propose(beliefs((5, 5), (1, 9), (5, 5)))
    assert list(proposal.shares.values()) == pytest.approx([0.45, 0.1, 0.45])
