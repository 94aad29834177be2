"""Each kind of reward against posteriors worked out by hand."""

import math

import numpy as np
import pytest
from core.builders import ones

from banditctl.core.posterior.beta import Beta
from banditctl.core.posterior.normal import Normal
from banditctl.core.rewards import net
from banditctl.core.rewards.bernoulli import Bernoulli, BetaPrior
from banditctl.core.rewards.gaussian import Gaussian, NormalPrior
from banditctl.core.rewards.poisson import GammaPrior, Poisson
from banditctl.core.statistics import Statistics


def of_all(*values):
    return sum(map(Statistics.of, values), Statistics())


def test_a_success_rate_is_a_beta_of_the_prior_and_what_was_seen():
    posterior = Bernoulli().posterior([ones(1000, 50), ones(0, 0)])
    assert (posterior.a.tolist(), posterior.b.tolist()) == ([51, 1], [951, 1])
    assert posterior.mean.tolist() == [51 / 1002, 0.5]
    assert posterior.deviation.tolist() == pytest.approx([math.sqrt(51 * 951 / 1003) / 1002, math.sqrt(1 / 12)])


def test_a_prior_counts_as_successes_and_failures_that_were_seen():
    informed = Bernoulli(prior=BetaPrior(successes=5, failures=95))
    assert informed.posterior([ones(10, 3)]).mean.tolist() == [8 / 110]


def test_discounted_counts_that_rounding_left_below_their_total_do_no_harm():
    posterior = Bernoulli().posterior([Statistics(0.3, 0.1 + 0.2, 0.3)])
    assert posterior.b.tolist() == [1]


def test_a_beta_interval_holds_its_level():
    low, high = Bernoulli().posterior([ones(0, 0)]).interval(0.95)
    assert (low[0], high[0]) == (pytest.approx(0.025), pytest.approx(0.975))


def test_a_mean_is_a_student_t_about_the_prior_and_what_was_seen():
    # Prior: 1 reward of mean 0, variance 1. Seen: 1, 2, 3, so n = 4, mean = 6/4, squared deviations from
    # the mean of the rewards 2, between the means 1*3/4 * 2**2 = 3: expected variance (1 + 2 + 3) / 4.
    posterior = Gaussian().posterior([of_all(1, 2, 3)])
    assert (posterior.mean.tolist(), posterior.freedom.tolist()) == ([1.5], [6])
    assert posterior.deviation.tolist() == [pytest.approx(math.sqrt(1.5 / 4))]


def test_a_mean_of_which_nothing_was_seen_is_the_prior():
    posterior = Gaussian(prior=NormalPrior(mean=7, variance=9, count=4)).posterior([Statistics()])
    assert (posterior.mean.tolist(), posterior.deviation.tolist()) == ([7], [pytest.approx(1.5)])


@pytest.mark.parametrize("count", [1e-6, 1, 100])
def test_a_mean_has_a_deviation_however_little_the_prior_counts(count):
    posterior = Gaussian(prior=NormalPrior(variance=9, count=count)).posterior([Statistics()])
    assert posterior.freedom[0] > 2
    assert posterior.deviation[0] == pytest.approx(3 / math.sqrt(count))


def test_a_strong_prior_weighs_as_many_rewards_as_it_says():
    posterior = Gaussian(prior=NormalPrior(mean=10, variance=1, count=100)).posterior([of_all(*[0] * 100)])
    assert posterior.mean.tolist() == [5]


def test_with_many_rewards_the_prior_no_longer_matters():
    seen = Statistics(1e6, 2e6, 13e6)
    posterior = Gaussian().posterior([seen])
    assert posterior.mean[0] == pytest.approx(2, rel=1e-5)
    assert posterior.deviation[0] == pytest.approx(3 / 1e3, rel=1e-4)


def test_with_few_rewards_the_interval_of_a_mean_is_wider_than_a_normal_one():
    posterior = Gaussian().posterior([of_all(1, 2, 3)])
    low, high = posterior.interval(0.95)
    # Student's 97.5% with 6 degrees of freedom, the scale sqrt(6 / (6 * 4)).
    assert (high[0] - low[0]) / 2 == pytest.approx(2.446912 * 0.5, rel=1e-6)


def test_a_normal_interval_holds_its_level():
    low, high = Normal(np.array([0.0]), np.array([1.0])).interval(0.95)
    assert (low[0], high[0]) == (pytest.approx(-1.959964), pytest.approx(1.959964))


def test_rewards_all_alike_leave_a_belief_with_some_width():
    posterior = Gaussian().posterior([Statistics(1e8, 5e8, 25e8)])
    assert np.all(posterior.deviation > 0)


def test_a_mean_count_is_a_gamma_of_the_prior_and_what_was_seen():
    posterior = Poisson().posterior([of_all(0, 2, 5, 1), Statistics()])
    assert (posterior.shape.tolist(), posterior.rate.tolist()) == ([9, 1], [5, 1])
    assert (posterior.mean.tolist(), posterior.deviation.tolist()) == ([9 / 5, 1], [3 / 5, 1])


def test_a_prior_counts_as_a_total_of_so_many_trials():
    informed = Poisson(prior=GammaPrior(shape=40, rate=10))
    assert informed.posterior([of_all(1, 1)]).mean.tolist() == [42 / 12]


def test_a_gamma_interval_holds_its_level():
    low, high = Poisson().posterior([Statistics()]).interval(0.95)
    assert (low[0], high[0]) == (pytest.approx(-math.log(0.975)), pytest.approx(-math.log(0.025)))


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0])
def test_a_bernoulli_reward_of_0_or_1_is_taken(value):
    assert Bernoulli().refusal(value) is None


@pytest.mark.parametrize(("value", "written"), [(2.0, "2"), (0.5, "0.5"), (-1.0, "-1"), (1.0000001, "1")])
def test_any_other_bernoulli_reward_is_refused(value, written):
    assert Bernoulli().refusal(value) == f"a bernoulli reward is 0 or 1, not {written}"


def test_a_gaussian_reward_is_any_number_whose_square_can_be_added_up():
    assert [Gaussian().refusal(value) for value in (-3.5, 0.0, 1e100)] == [None] * 3
    assert all("squares" in Gaussian().refusal(value) for value in (1.1e100, -1e200))


@pytest.mark.parametrize("value", [0, 7, 0.0, 3.0, 2.0**53 - 1])
def test_a_poisson_reward_is_a_whole_number_from_zero(value):
    assert Poisson().refusal(value) is None


@pytest.mark.parametrize(("value", "written"), [(-1.0, "-1"), (0.5, "0.5"), (-0.5, "-0.5"), (2.0**53, "9.0072e+15")])
def test_amounts_debts_and_what_floats_cannot_count_are_no_poisson_rewards(value, written):
    refusal = "a poisson reward is a whole number from 0 to below 2**53, not {}; gaussian takes any number"
    assert Poisson().refusal(value) == refusal.format(written)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (Bernoulli(), []),
        (Bernoulli(default=None), []),
        (Bernoulli(default=1.0, repeat="max"), []),
        (Bernoulli(default=0.5), ["default"]),
        (Bernoulli(repeat="sum"), ["repeat"]),
        (Bernoulli(default=-1.0, repeat="sum"), ["default", "repeat"]),
        (Gaussian(default=-0.5, repeat="sum"), []),
        (Poisson(default=3.0, repeat="sum"), []),
        (Poisson(default=None, repeat="max"), []),
        (Poisson(default=0.5), ["default"]),
        (Poisson(default=-1.0), ["default"]),
    ],
)
def test_options_that_cannot_go_together_are_named(model, options):
    assert [option for option, _ in model.contradictions()] == options


def test_what_a_request_is_worth_is_the_value_of_its_reward_less_its_cost():
    priced = Gaussian(value=2.0, costs={"a": 0.5, "b": 3.0})
    assert priced.worth(("a", "b", "c"), np.array([1.0, 2.0, 3.0])).tolist() == [1.5, 1.0, 6.0]


def test_where_less_is_better_a_cost_makes_it_more():
    priced = Poisson(goal="minimize", value=2.0, costs={"a": 0.5})
    assert priced.worth(("a", "b"), np.array([1.0, 2.0])).tolist() == [2.5, 4.0]


def test_costs_shift_a_belief_about_amounts_and_a_value_widens_it():
    priced = Gaussian(value=2.0, costs={"a": 3.0})
    plain = priced.posterior([of_all(1, 2, 3), of_all(4, 4, 5)])
    worth = net(priced, ("a", "b"), plain)
    assert worth.mean.tolist() == pytest.approx([2 * plain.mean[0] - 3, 2 * plain.mean[1]])
    assert worth.deviation.tolist() == pytest.approx((2 * plain.deviation).tolist())
    assert worth.freedom.tolist() == plain.freedom.tolist()


def test_without_costs_a_belief_is_about_rewards_whatever_its_family():
    posterior = Bernoulli().posterior([ones(10, 5)])
    assert net(Bernoulli(), ("a",), posterior) is posterior
    assert isinstance(posterior, Beta)
