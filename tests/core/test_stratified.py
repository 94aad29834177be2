"""Stratified: variants are compared within strata, so that drift and moving shares deceive nobody."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from core.builders import hourly
from core.entangled import more_successes
from hypothesis import given, settings, strategies as st
from scipy.special import ndtr

from banditctl.core.estimators.pooled import pooled
from banditctl.core.estimators.stratified import stratified
from banditctl.core.rewards.bernoulli import Bernoulli, BetaPrior
from banditctl.core.rewards.gaussian import Gaussian, NormalPrior
from banditctl.core.rewards.poisson import Poisson
from banditctl.core.statistics import Statistics

HOURS = 120


@dataclass(frozen=True, kw_only=True)
class Told(Bernoulli):
    """Rewards of which the variance within each stratum is told."""

    variances: tuple[float, ...]

    def noise(self, trials, recent):
        return np.array(self.variances)


def difference(belief):
    """B less A, and its variance."""
    covariance = belief.covariance
    return belief.mean[1] - belief.mean[0], covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]


def world(rng, rates, share, requests=1000):
    """Trials of equal variants that earn `rates`, B having `share` of the traffic, hour by hour."""
    served = rng.binomial(requests, share)
    count = np.stack([requests - served, served], axis=1)
    return hourly(count, rng.binomial(count, np.asarray(rates)[:, None]))


def permuted(trials, order):
    """The same trials, variants in another order."""
    columns = {name: getattr(trials, name)[:, order] for name in ("shares", "exposed", "count", "total", "squares")}
    return replace(trials, variants=tuple(trials.variants[k] for k in order), **columns)


def test_three_strata_give_the_reference_contrast():
    trials = hourly([(500, 500), (200, 800), (100, 900)], [(25, 27), (14, 62), (4, 41)])
    delta, variance = difference(stratified(trials, Told(variances=(0.05, 0.07, 0.045)), 1.0))
    # A prior of one observation each is half an observation of their difference.
    information = 1 / variance - 0.5 / 0.045
    assert information == pytest.approx(9285.71428571429, abs=1e-8)
    assert delta / variance == pytest.approx(48.2539682539683, abs=1e-9)
    assert delta / variance / information == pytest.approx(0.0051965811965812, abs=1e-12)
    assert information**-0.5 == pytest.approx(0.0103774904332554, abs=1e-12)


counts = st.tuples(st.integers(0, 3000), st.integers(0, 3000))
histories = st.lists(st.tuples(counts, st.floats(0, 0.5), st.floats(0, 0.5)), min_size=1, max_size=12)


def history(rows):
    count = [row[0] for row in rows]
    total = [[int(n * rate) for n, rate in zip(row[0], row[1:], strict=True)] for row in rows]
    return hourly(count, total)


@settings(max_examples=80, deadline=None)
@given(histories, st.floats(0.9, 1))
def test_two_variants_have_the_closed_form(rows, discount):
    trials = history(rows)
    noise = np.full(len(rows), 0.05)
    weights = discount**trials.elapsed / noise
    together = np.maximum(trials.count.sum(axis=1), 1)
    (one, other), (earned, gained) = trials.count.T, trials.total.T
    information = (weights * one * other / together).sum() + 0.5 / 0.05
    pull = (weights * (gained * one - earned * other) / together).sum()
    belief = stratified(trials, Told(variances=tuple(noise)), discount)
    assert belief.best[1] == pytest.approx(ndtr(pull / information**0.5), abs=1e-11)
    assert difference(belief) == pytest.approx((pull / information, 1 / information), rel=1e-9, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(histories, st.floats(0.9, 1))
def test_the_means_weighted_by_their_trials_give_back_the_level_of_all(rows, discount):
    trials = history(rows)
    count, total = (discount**trials.elapsed @ column for column in (trials.count, trials.total))
    belief = stratified(trials, Bernoulli(), discount)
    level = (total.sum() + 1) / (count.sum() + 2)
    weights = count if count.sum() > 0 else np.ones(2)
    assert belief.mean @ weights / weights.sum() == pytest.approx(level, rel=1e-9)


@pytest.mark.parametrize("number", [2, 3, 5])
@pytest.mark.parametrize("model", [Bernoulli(), Gaussian(), Poisson()])
def test_where_nothing_is_known_all_are_alike(number, model):
    for trials in (
        hourly(np.zeros((0, number)), np.zeros((0, number))),
        hourly([[0] * number] * 3, [[0] * number] * 3),
    ):
        belief = stratified(trials, model, 0.995)
        np.testing.assert_allclose(belief.best, 1 / number, rtol=0, atol=1e-12)
        assert belief.mean.tolist() == pytest.approx(model.posterior([Statistics()] * number).mean.tolist())
        assert belief.value_remaining(0, 0.01) is None


def test_before_any_trial_the_level_is_the_priors():
    informed = Bernoulli(prior=BetaPrior(successes=5, failures=95))
    assert stratified(hourly([(0, 0)], [(0, 0)]), informed, 1.0).mean.tolist() == pytest.approx([0.05, 0.05])


def test_in_a_single_stratum_it_believes_nearly_what_pooling_does():
    trials = hourly([(10_000, 5_000, 20_000)], [(500, 265, 1050)])
    one, other = stratified(trials, Bernoulli(), 1.0), pooled(trials, Bernoulli(), 1.0)
    assert one.best.tolist() == pytest.approx(other.best.tolist(), abs=0.01)
    assert one.mean.tolist() == pytest.approx(other.mean.tolist(), rel=5e-3)
    assert one.best_mean == pytest.approx(other.best_mean, rel=5e-3)


def test_rising_rates_while_traffic_moves_deceive_pooling_but_not_strata():
    """Equal variants whose rate rises from 3% to 7% while the share of B grows from 10% to 90%."""
    rng = np.random.default_rng(1)
    rates, share = np.linspace(0.03, 0.07, HOURS), np.linspace(0.1, 0.9, HOURS)
    strata, totals, held = [], [], 0
    for _ in range(60):
        trials = world(rng, rates, share)
        delta, variance = difference(stratified(trials, Bernoulli(), 1.0))
        strata.append(delta)
        totals.append(np.subtract(*pooled(trials, Bernoulli(), 1.0).mean[::-1]))
        held += abs(delta) < 1.96 * variance**0.5
    assert abs(np.mean(strata)) < 4e-4
    assert np.mean(totals) > 9e-3
    assert held >= 50


@pytest.mark.parametrize("number", [2, 3, 4, 8])
@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_variants_does_not_matter(number, seed):
    rng = np.random.default_rng(seed)
    count = rng.multinomial(2000, rng.dirichlet(np.ones(number)), size=5)
    trials, order = hourly(count, rng.binomial(count, 0.05)), rng.permutation(number)
    belief, shuffled = stratified(trials, Bernoulli(), 0.99), stratified(permuted(trials, order), Bernoulli(), 0.99)
    np.testing.assert_allclose(shuffled.best, belief.best[order], rtol=0, atol=1e-9)
    np.testing.assert_allclose(shuffled.mean, belief.mean[order], rtol=0, atol=1e-12)
    assert shuffled.best_mean == pytest.approx(belief.best_mean, abs=1e-9)


@pytest.mark.parametrize("number", [2, 3, 4, 8])
def test_equals_share_alike(number):
    rng = np.random.default_rng(number)
    count = rng.multinomial(2000, rng.dirichlet(np.ones(number)), size=5)
    total = rng.binomial(count, 0.05)
    count[:, 1], total[:, 1] = count[:, 0], total[:, 0]
    best = stratified(hourly(count, total), Bernoulli(), 0.99).best
    assert best[0] == pytest.approx(best[1], abs=1e-12)


@pytest.mark.parametrize("number", [2, 3, 6])
def test_the_same_trials_give_the_same_bits(number):
    rng = np.random.default_rng(number)
    count = rng.multinomial(2000, np.full(number, 1 / number), size=300)
    total = rng.binomial(count, 0.05)
    one, other = (stratified(hourly(count, total), Bernoulli(), 0.995) for _ in range(2))
    assert (one.best.tobytes(), one.mean.tobytes()) == (other.best.tobytes(), other.mean.tobytes())
    assert (one.best_mean, one.value_remaining(0, 0.01)) == (other.best_mean, other.value_remaining(0, 0.01))


@pytest.mark.parametrize("number", [2, 3, 5])
def test_minimizing_failures_is_maximizing_successes(number):
    rng = np.random.default_rng(number)
    count = rng.multinomial(2000, np.full(number, 1 / number), size=4)
    total = rng.binomial(count, 0.3)
    gains = stratified(hourly(count, total), Bernoulli(), 1.0)
    costs = stratified(hourly(count, count - total), Bernoulli(goal="minimize"), 1.0)
    np.testing.assert_allclose(costs.best, gains.best, rtol=0, atol=1e-9)
    np.testing.assert_allclose(costs.expected_loss, gains.expected_loss, rtol=0, atol=1e-9)


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_costs_shift_what_variants_are_worth_and_a_value_widens_it(goal):
    trials = hourly([(1000, 1000, 1000)] * 3, [(50, 55, 60)] * 3)
    plain = stratified(trials, Bernoulli(goal=goal), 1.0)
    worth = stratified(trials, Bernoulli(goal=goal, value=2.0, costs={"v02": 0.02}), 1.0)
    cost = -0.02 if goal == "maximize" else 0.02
    assert worth.mean.tolist() == pytest.approx((2 * plain.mean + [0, 0, cost]).tolist())
    assert worth.deviation.tolist() == pytest.approx((2 * plain.deviation).tolist())
    (low, high), (lower, higher) = (belief.interval(0.9) for belief in (plain, worth))
    assert (higher - lower).tolist() == pytest.approx((2 * (high - low)).tolist())
    assert worth.best[2] < plain.best[2]


def test_what_has_changed_since_is_forgotten_by_the_discount():
    count, total = [(1000, 1000)] * 200, [(60, 40)] * 150 + [(40, 60)] * 50
    assert stratified(hourly(count, total), Bernoulli(), 1.0).best[0] > 0.99
    assert stratified(hourly(count, total), Bernoulli(), 0.98).best[1] > 0.99


def test_a_level_that_moves_leaves_contrasts_of_gaussian_rewards_alone():
    rng = np.random.default_rng(3)
    levels = rng.normal(scale=1000, size=(40, 1))
    values = levels[:, :, None] + np.array([0.0, 1.0])[None, :, None] + rng.normal(size=(40, 2, 100))
    trials = hourly(np.full((40, 2), 100), values.sum(axis=2), (values**2).sum(axis=2))
    belief = stratified(trials, Gaussian(), 1.0)
    assert difference(belief)[0] == pytest.approx(1, abs=0.1)
    assert difference(belief)[1] == pytest.approx(2 / 4000, rel=0.05)
    assert belief.best[1] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("a_stratum", [0.1, 0.5, 1])
def test_equal_variants_of_few_rewards_a_stratum_are_seldom_told_apart(a_stratum):
    """Of amounts that are often alike; by what was within variants alone, 47 to 62 of 100 histories were."""
    rng, sure = np.random.default_rng(5), 0
    for _ in range(40):
        count = rng.poisson(a_stratum, (400, 2))
        values = rng.choice([10.0, 20.0, 200.0], p=[0.6, 0.3, 0.1], size=(400, 2, count.max()))
        values[np.arange(count.max()) >= count[:, :, None]] = 0.0
        trials = hourly(count, values.sum(axis=2), (values**2).sum(axis=2))
        sure += stratified(trials, Gaussian(), 1.0).best.max() > 0.95
    assert sure <= 10


def test_after_a_gap_of_years_gaussian_rewards_vary_as_they_did():
    count, total, squares = [(100, 100), (1, 1)], [(300, 300), (3, 4)], [(1900, 1900), (9, 16)]
    gap = replace(hourly(count, total, squares), elapsed=np.array([20_000.0, 0.0]))
    assert stratified(gap, Gaussian(), 1.0).best[1] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6, 1e90])
def test_the_unit_of_rewards_does_not_matter(unit):
    rng = np.random.default_rng(4)
    values = unit * rng.normal(loc=[[0.0], [0.1]], size=(10, 2, 50))
    trials = hourly(np.full((10, 2), 50), values.sum(axis=2), (values**2).sum(axis=2))
    belief = stratified(trials, Gaussian(prior=NormalPrior(variance=unit**2)), 1.0)
    assert belief.best[1] == pytest.approx(0.7859720175203887, rel=1e-9)
    assert difference(belief)[1] == pytest.approx(unit**2 * 2 / 500, rel=0.1)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e100])
def test_rewards_all_alike_leave_all_variants_alike(value):
    count = np.full((3, 3), 1e8)
    trials = hourly(count, count * value, count * value * value)
    np.testing.assert_allclose(stratified(trials, Gaussian(), 1.0).best, 1 / 3, rtol=0, atol=1e-6)


def test_the_spread_of_rewards_is_that_of_recent_strata_and_fades_with_time():
    trials = hourly([(100, 100), (0, 0), (300, 100)], [(10, 10), (0, 0), (50, 30)])
    fading = (1 - 1 / 24) ** np.array([2, 1, 0])
    rates = [
        20.5 / 201,
        (20 * fading[1] + 0.5) / (200 * fading[1] + 1),
        (20 * fading[0] + 80.5) / (200 * fading[0] + 401),
    ]
    seen = []

    class Watched(Bernoulli):
        def noise(self, trials, recent):
            seen.extend(super().noise(trials, recent))
            return np.array(seen)

    stratified(trials, Watched(), 1.0)
    assert seen == pytest.approx([rate * (1 - rate) for rate in rates])


def test_counts_vary_by_as_much_as_their_mean():
    count = np.full((30, 2), 1000.0)
    belief = stratified(hourly(count, count * [2.0, 2.1], count * [6.0, 6.5]), Poisson(), 1.0)
    assert difference(belief)[1] == pytest.approx(2.05 * 2 / 30_000, rel=1e-3)


def test_after_a_gap_of_years_the_spread_begins_afresh():
    old_and_new = replace(hourly([(1000, 1000)] * 2, [(500, 500), (10, 10)]), elapsed=np.array([20_000.0, 0.0]))
    new = hourly([(1000, 1000)], [(10, 10)])
    one, other = (stratified(trials, Bernoulli(), 0.9) for trials in (old_and_new, new))
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9)


@pytest.mark.parametrize(("number", "runs"), [(2, 600), (3, 600), (5, 200)])
def test_more_successes_hardly_ever_cost_a_variant_share_and_then_not_much(number, runs):
    """They raise what rewards are held to vary by, and so the doubt."""
    rng = np.random.default_rng(number)
    lost = [-change for change in (more_successes(number, rng) for _ in range(runs)) if change < -1e-12]
    assert len(lost) <= 0.03 * runs
    assert max(lost, default=0) <= 0.2
