"""Pooled: strata are added up, and old ones fade with time."""

import pytest
from core.builders import HOUR, NOON, ones, stratum

from banditctl.core.estimators.pooled import pooled
from banditctl.core.evidence import Evidence
from banditctl.core.maturity import Maturity, mature
from banditctl.core.rewards.bernoulli import Bernoulli


def believed(strata, after, discount=1.0, length=HOUR):
    """Successes and failures of A, without the prior's, where rewards count at once."""
    now = Maturity(NOON + after, 6 * HOUR, None, length, discount, {})
    posterior = pooled(mature(Evidence(tuple(strata)), ("A", "B"), now), Bernoulli(), discount).posterior
    return posterior.a[0] - 1, posterior.b[0] - 1


def test_trials_of_all_strata_are_added_up():
    strata = [stratum(until=NOON + HOUR, A=(9, 9, 4)), stratum(since=NOON + HOUR, A=(2, 2, 1))]
    assert believed(strata, 2 * HOUR) == (5, 6)


@pytest.mark.parametrize("cuts", [1, 2, 5])
def test_the_discount_goes_by_elapsed_time_however_many_strata_that_is(cuts):
    old = stratum(until=NOON, A=(10, 10, 4))
    later = [stratum(since=NOON + k * HOUR / cuts, until=NOON + (k + 1) * HOUR / cuts) for k in range(cuts)]
    assert believed([old, *later], 3 * HOUR, 0.9) == pytest.approx((4 * 0.9**3, 6 * 0.9**3))


def test_the_longer_the_stratum_the_slower_the_discount():
    old = stratum(until=NOON, A=(10, 10, 4))
    assert believed([old], 3 * HOUR, 0.9, 2 * HOUR) == pytest.approx((4 * 0.9**1.5, 6 * 0.9**1.5))


def test_the_open_stratum_and_a_discount_of_one_forget_nothing():
    old, fresh = stratum(until=NOON, A=(10, 10, 4)), stratum(A=(2, 2, 1))
    assert believed([fresh], 1000 * HOUR, 0.5) == (1, 1)
    assert believed([old, fresh], 1000 * HOUR) == (5, 7)


def test_the_belief_is_the_reward_models_own():
    strata = Evidence((stratum(A=(10, 10, 4), B=(20, 20, 5)),))
    trials = mature(strata, ("A", "B"), Maturity(NOON, HOUR, None, HOUR, 1.0, {}))
    belief = pooled(trials, Bernoulli(goal="minimize"), 1.0)
    assert belief.posterior.mean.tolist() == Bernoulli().posterior([ones(10, 4), ones(20, 5)]).mean.tolist()
    assert (belief.variants, belief.direction) == (("A", "B"), -1)
