"""Every kind of reward there is, found by walking the package, is held to the same laws."""

import numpy as np
import pytest
from contracts.kinds import check_kind, kind_class, kinds
from core.builders import ones
from hypothesis import given, settings, strategies as st

from banditctl.core import rewards
from banditctl.core.quadrature import mesh
from banditctl.core.statistics import Statistics

KINDS = kinds(rewards)

# Zeros and ones are rewards of every kind.
counts = st.integers(0, 10**6)
trials = st.tuples(counts, counts).map(lambda pair: ones(max(pair), min(pair)))
several = st.lists(trials, min_size=1, max_size=10)


laws = settings(max_examples=60, deadline=None)


@pytest.fixture(params=KINDS, scope="module")
def model(request):
    return kind_class(rewards, request.param)()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_rewards_holds_one_kind_that_is_named_as_the_file_and_cannot_change(kind):
    check_kind(rewards, kind)


def test_its_defaults_do_not_contradict_each_other(model):
    assert model.contradictions() == []
    assert model.default is None or model.refusal(model.default) is None


def test_it_takes_zeros_and_ones_and_says_in_a_sentence_what_it_refuses(model):
    assert [model.refusal(value) for value in (0.0, 1.0)] == [None, None]
    refusals = [model.refusal(value) for value in (-1e300, -1.0, 0.5, 1e300)]
    assert all(refusal is None or len(refusal.split()) > 3 for refusal in refusals)


@laws
@given(trial=trials)
def test_sums_of_zeros_and_ones_are_sums_that_it_can_have(model, trial):
    assert model.misfit(trial) is None


def test_it_says_in_a_sentence_which_sums_no_rewards_have(model):
    for sums in (Statistics(0, 1, 1), Statistics(2, 2, 1), Statistics(2, -1e150, 1e300)):
        assert len(model.misfit(sums).split()) > 3


@laws
@given(several=several)
def test_so_many_variants_in_so_many_rows_out(model, several):
    posterior = model.posterior(several)
    low, high = posterior.interval(0.95)
    rows = [posterior.mean, posterior.mode, posterior.scale, low, high, *posterior.reach(-30.0)]
    assert {row.shape for row in rows} == {(len(several),)}
    assert all(np.isfinite(row).all() for row in rows)
    assert np.all(posterior.scale > 0)


@laws
@given(several=several)
def test_each_row_is_the_belief_about_its_own_variant_alone(model, several):
    together = model.posterior(several)
    for variant, alone in enumerate(several):
        for one in (model.posterior([alone]), together.take(variant)):
            assert one.mean.tolist() == [together.mean[variant]]
            assert [float(end[0]) for end in one.interval(0.9)] == [
                float(end[variant]) for end in together.interval(0.9)
            ]


@laws
@given(before=trials, more=st.integers(1, 1000))
def test_more_successes_mean_a_greater_mean_and_more_failures_a_smaller(model, before, more):
    mean = model.posterior([before + ones(more, 0), before, before + ones(more, more)]).mean
    assert mean[0] <= mean[1] <= mean[2]
    assert mean[0] < mean[2]


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.95])
def test_with_more_trials_the_belief_narrows_around_what_was_seen(model, rate):
    posterior = model.posterior([ones(n, n * rate) for n in (1e2, 1e4, 1e6, 1e8)])
    low, high = posterior.interval(0.95)
    width = high - low
    assert np.all(np.diff(width) < 0)
    assert width[-1] == pytest.approx(2 * 1.96 * posterior.deviation[-1], rel=1e-2)
    assert posterior.deviation[-1] == pytest.approx(posterior.deviation[-2] / 10, rel=1e-2)
    assert posterior.mean[-1] == pytest.approx(rate, rel=1e-4)


@laws
@given(seen=trials)
def test_a_wider_level_makes_a_wider_interval(model, seen):
    posterior = model.posterior([seen])
    (low, high), (lower, higher) = posterior.interval(0.5), posterior.interval(0.99)
    assert lower < low < high < higher


@laws
@given(several=several, level=st.floats(0.01, 0.99))
def test_the_tails_at_the_ends_of_an_interval_are_what_it_leaves_outside(model, several, level):
    posterior = model.posterior(several)
    low, high = posterior.interval(level)
    for end, inside in ((low, (1 - level) / 2), (high, (1 + level) / 2)):
        within = (end > 1e-12) & (end < 1 - 1e-12)
        below, above = posterior.tails(posterior.coordinate(end))
        assert below + above == pytest.approx(np.ones(len(several)), abs=1e-9)
        assert below[within] == pytest.approx(np.full(within.sum(), inside), abs=1e-3)


@laws
@given(several=several)
def test_mean_and_deviation_are_those_of_its_density(model, several):
    posterior = model.posterior(several)
    for variant in range(len(several)):
        nodes = mesh(posterior.take(variant), 1)
        mean, deviation = posterior.mean[variant], posterior.deviation[variant]
        distance = posterior.reward(nodes.z) - mean
        assert nodes.mass[0] @ distance == pytest.approx(0, abs=1e-6 * deviation)
        # Of a Student-t with three degrees of freedom a little lies beyond any reach.
        assert nodes.mass[0] @ distance**2 == pytest.approx(deviation**2, rel=1e-4)


@laws
@given(several=several)
def test_a_mean_reward_and_its_coordinate_are_two_names_of_one_thing(model, several):
    posterior = model.posterior(several)
    for z in (posterior.mode, posterior.mode - posterior.scale, posterior.mode + posterior.scale):
        again = posterior.coordinate(posterior.reward(z))
        assert np.allclose(again, z, rtol=1e-9, atol=1e-6)
    assert np.all(np.diff([posterior.reward(posterior.mode + k * posterior.scale) for k in (-1, 0, 1)], axis=0) > 0)


@laws
@given(several=several, log_mass=st.floats(-34, -5))
def test_beyond_its_reach_there_is_no_more_mass_than_it_says(model, several, log_mass):
    posterior = model.posterior(several)
    down, up = posterior.reach(log_mass)
    assert np.all(down < 0)
    assert np.all(up > 0)
    assert np.all(posterior.tails(posterior.mode + down)[0] <= np.exp(log_mass) * (1 + 1e-6))
    assert np.all(posterior.tails(posterior.mode + up)[1] <= np.exp(log_mass) * (1 + 1e-6))


@laws
@given(several=several)
def test_its_density_is_highest_at_the_mode_and_falls_on_both_sides(model, several):
    posterior = model.posterior(several)
    distance = np.outer(posterior.scale, [-4, -2, -1, 0, 1, 2, 4])
    log_density = posterior.log_density(distance)
    assert np.all(log_density[:, 3] == 0)
    assert np.all(np.diff(log_density[:, :4], axis=1) > 0)
    assert np.all(np.diff(log_density[:, 3:], axis=1) < 0)


def test_the_order_of_trials_does_not_matter(model):
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    forwards = sum(map(Statistics.of, values), Statistics())
    backwards = sum(map(Statistics.of, values[::-1]), Statistics())
    assert model.posterior([forwards]).mean.tolist() == model.posterior([backwards]).mean.tolist()
