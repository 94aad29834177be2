"""What each policy asks for; the laws they share are in tests/contracts."""

import numpy as np
import pytest
from core.builders import beliefs, normals, record
from hypothesis import given, strategies as st

from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.policies.exp3 import Exp3
from banditctl.core.policies.fixed import Fixed
from banditctl.core.policies.kl_ucb import KlUcb, trials_at
from banditctl.core.policies.softmax import Softmax
from banditctl.core.policies.thompson import Thompson
from banditctl.core.policies.top_two import TopTwo
from banditctl.core.policies.ucb1 import Ucb1


def asked(policy, belief, trials=None, batch=1000.0):
    """The shares, in the order of variants."""
    trials = np.full(len(belief.variants), 1000.0) if trials is None else trials
    return list(policy.propose(belief, record(belief, trials, batch)).shares.values())


def test_thompson_gives_each_variant_its_probability_of_being_the_best():
    shares = asked(Thompson(), beliefs((51, 951), (61, 941)))
    assert shares == pytest.approx([0.16438873512454, 0.83561126487546], abs=1e-11)


def test_thompson_gives_a_variant_beaten_beyond_all_doubt_nothing():
    assert asked(Thompson(), beliefs((500, 9500), (5000, 5000))) == [0, 1]


@pytest.mark.parametrize(
    ("epsilon", "goal", "shares"),
    [
        (0.1, "maximize", [0.05, 0.95]),
        (0.1, "minimize", [0.95, 0.05]),
        (0.0, "maximize", [0, 1]),
        (1.0, "maximize", [0.5, 0.5]),
    ],
)
def test_epsilon_greedy_explores_with_epsilon_and_gives_the_rest_to_the_leader(epsilon, goal, shares):
    assert asked(EpsilonGreedy(epsilon=epsilon), beliefs((51, 951), (52, 950), goal=goal)) == pytest.approx(shares)


def test_epsilon_greedy_shares_between_equal_leaders():
    shares = asked(EpsilonGreedy(epsilon=0.3), beliefs((5, 5), (1, 9), (5, 5)))
    assert shares == pytest.approx([0.45, 0.1, 0.45])


@pytest.mark.parametrize(
    ("epsilon", "trials", "explored"),
    [(1.0, 0, (2 / np.e) ** (1 / 3)), (1.0, 9000, 0.1225844), (1.0, 99_000, 0.06129220), (0.1, 9000, 0.1)],
)
def test_a_decaying_epsilon_explores_less_as_trials_come_in_and_never_more_than_epsilon(epsilon, trials, explored):
    greedy = EpsilonGreedy(epsilon=epsilon, decay=True)
    shares = asked(greedy, beliefs((51, 951), (61, 941)), [trials / 2] * 2, batch=1000.0 if trials else 1.0)
    assert shares[0] == pytest.approx(explored / 2, rel=1e-5)


def test_top_two_gives_each_variant_its_chance_of_being_drawn_first_or_challenging_the_first():
    shares = asked(TopTwo(), beliefs((101, 901), (121, 881), (111, 891)))
    assert shares == pytest.approx([0.091376568029284, 0.487722440059198, 0.420900991911518], abs=1e-12)


def test_top_two_is_thompson_where_beta_is_everything():
    belief = beliefs((101, 901), (121, 881), (111, 891))
    assert asked(TopTwo(beta=1.0), belief) == pytest.approx(asked(Thompson(), belief), abs=1e-15)


def test_top_two_splits_evenly_between_two_whatever_is_known_of_them():
    for pairs in ([(51, 951), (61, 941)], [(500, 9500), (5000, 5000)]):
        assert asked(TopTwo(), beliefs(*pairs)) == pytest.approx([0.5, 0.5], abs=1e-12)


def test_beyond_all_doubt_top_two_challenges_with_the_fewest_deviations_behind_not_the_nearest_mean():
    narrow, wide, best = (49_000, 51_000), (40, 60), (90_000, 10_000)
    assert asked(TopTwo(beta=0.6), beliefs(narrow, wide, best)) == [0, 0.4, 0.6]
    assert asked(TopTwo(beta=0.6), beliefs(wide, narrow, best, wide)) == pytest.approx([0.2, 0, 0.6, 0.2])
    assert asked(TopTwo(), normals((-1e3, 1), (0, 1), (-2e3, 1), goal="minimize")) == [0.5, 0, 0.5]


def test_softmax_gives_e_times_the_share_for_a_temperature_more():
    worse, better = asked(Softmax(temperature=0.5), normals((1, 1), (1.5, 1)))
    assert better / worse == pytest.approx(np.e)
    assert asked(Softmax(temperature=0.5), normals((1, 1), (1.5, 1), goal="minimize")) == [better, worse]
    assert asked(Softmax(temperature=1e-6), normals((1, 1), (1e6, 1))) == [0, 1]


def test_exp3_weighs_what_all_requests_would_have_earned_by_the_exponential():
    belief = beliefs((51, 951), (61, 941))
    eta = np.sqrt(np.log(2) / (2 * 3000))
    odds = np.exp(eta * 2000 * (belief.mean[1] - belief.mean[0]))
    assert asked(Exp3(mix=0.0), belief)[1] == pytest.approx(odds / (1 + odds))
    assert asked(Exp3(mix=0.5), belief)[1] == pytest.approx(0.25 + 0.5 * odds / (1 + odds))


def test_at_so_many_trials_the_index_of_kl_ucb_is_this():
    assert trials_at(0.0851791058821924, np.array([0.05]), np.log(1e4)) == pytest.approx(1000, rel=1e-12)


def by_requests(index, rates, trials, batch):
    """The shares of a batch played request by request, its means frozen."""
    now = np.array(trials, dtype=float)
    for _ in range(batch):
        now[index(np.array(rates), now).argmax()] += 1
    return (now - trials) / batch


@pytest.mark.parametrize("trials", [(1000, 1000, 1000), (300, 5000, 400), (0, 10, 10), (50_000, 900, 100)])
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_ucb1_asks_for_what_playing_the_batch_request_by_request_would_give(trials, goal):
    belief = beliefs((51, 951), (61, 941), (80, 920), goal=goal)
    log_t = np.log(sum(trials) + 4000)

    def index(rates, n):
        return belief.direction * rates + np.sqrt(2 * log_t / np.maximum(n, 1e-9))

    played = by_requests(index, belief.mean, trials, 4000)
    assert asked(Ucb1(), belief, trials, 4000.0) == pytest.approx(played, abs=2 / 4000)


@pytest.mark.parametrize("trials", [(1000, 1000), (300, 2000), (10_000, 900)])
def test_kl_ucb_asks_for_what_playing_the_batch_request_by_request_would_give(trials):
    belief = beliefs((51, 951), (61, 941))
    log_t, levels = np.log(sum(trials) + 500), np.linspace(0.0610, 0.3, 200_000)
    tables = [trials_at(levels, np.array([rate]), log_t)[::-1] for rate in belief.mean]

    def index(_, n):
        return np.array([np.interp(count, table, levels[::-1]) for count, table in zip(n, tables, strict=True)])

    played = by_requests(index, belief.mean, trials, 500)
    assert asked(KlUcb(), belief, trials, 500.0) == pytest.approx(played, abs=2 / 500)


@pytest.mark.parametrize("policy", [Ucb1(), KlUcb()])
def test_an_index_asks_first_for_a_variant_it_has_never_tried(policy):
    shares = asked(policy, beliefs((501, 9501), (1001, 9001), (1, 1)), [10_000.0, 10_000.0, 0.0], batch=10.0)
    assert shares == [0, 0, 1]


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 6))
def test_an_index_copes_with_any_number_of_trials(first, second, batch):
    for policy in (Ucb1(), KlUcb()):
        pair = [(1 + 0.05 * 10**n, 1 + 0.95 * 10**n) for n in (first, second)]
        assert sum(asked(policy, beliefs(*pair), [10**first, 10**second], 10**batch)) == pytest.approx(1)


def test_fixed_shares_are_those_that_were_given_or_all_alike():
    belief = beliefs((1, 1), (500, 500), (1, 9))
    assert asked(Fixed(), belief) == pytest.approx([1 / 3] * 3)
    assert asked(Fixed(shares={"v01": 0.0, "v02": 0.1, "v00": 0.9}), belief) == [0.9, 0.0, 0.1]


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ({}, None),
        ({"A": 0.9, "B": 0.1}, None),
        ({"A": 0.9, "B": 0.2}, "must sum to 1, not to 1.1"),
        ({"A": 1.0}, "lack B; name each variant, or none for an equal split"),
        ({"A": 0.5, "D": 0.5}, "lack B and also have D; name each variant, or none for an equal split"),
        ({"A": 0.5, "B": 0.5, "C": 0.0}, "also have C; name each variant, or none for an equal split"),
    ],
)
def test_fixed_shares_name_all_variants_and_sum_to_one(shares, sentence):
    found = Fixed(shares=shares).contradictions(("A", "B"))
    assert found == ([] if sentence is None else [("shares", sentence)])
