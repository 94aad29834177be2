"""Seeded random beliefs of up to fifty variants and a billion observations, beside a finer mesh."""

import numpy as np
import pytest
from core.builders import joint

from banditctl.core.posterior.beta import Beta
from banditctl.core.posterior.gamma import Gamma
from banditctl.core.posterior.student_t import StudentT
from banditctl.core.quadrature import mesh

BELIEFS = 150


def finer(belief, stretch):
    """P(best) and the expected best by more nodes and more panels."""
    fine = mesh(belief.posterior, belief.direction, order=40, stretch=stretch)
    return fine.wins.sum(axis=1), (fine.wins * belief.posterior.reward(belief.direction * fine.z)).sum()


def near_ties(lots, mean, observations, deviation):
    """Means of variants that are hard to tell apart: within some deviations of each other."""
    return np.abs(mean + 3 * deviation * lots.standard_normal(observations.size) / np.sqrt(observations))


def betas(lots, observations):
    mean = 10 ** lots.uniform(-4, -0.3)
    alike = np.clip(near_ties(lots, mean, observations, mean**0.5), 0, 1)
    rate = alike if lots.random() < 0.5 else 10 ** lots.uniform(-4, -0.3, observations.size)
    prior = lots.choice([0.1, 0.5, 1.0])
    pairs = prior + observations * rate, prior + observations * (1 - rate)
    return Beta(*(pairs if lots.random() < 0.5 else pairs[::-1]))


def gammas(lots, observations):
    mean = 10 ** lots.uniform(-4, 2)
    alike = near_ties(lots, mean, observations, mean**0.5)
    rate = alike if lots.random() < 0.5 else 10 ** lots.uniform(-4, 2, observations.size)
    prior = lots.choice([0.1, 0.5, 1.0])
    return Gamma(prior + observations * rate, prior + observations)


def students(lots, observations):
    spread = 10 ** lots.uniform(-2, 2, observations.size)
    seen = observations * (lots.random(observations.size) < 0.9)
    alike = near_ties(lots, 10 ** lots.uniform(-1, 3), seen + 1, spread)
    mean = alike if lots.random() < 0.5 else 100 * lots.standard_normal(observations.size)
    return StudentT(seen + 3, mean, spread / np.sqrt(seen + 1))


@pytest.mark.parametrize("family", [betas, gammas, students])
def test_a_finer_mesh_agrees_and_the_chances_sum_to_one(family):
    lots = np.random.default_rng(20_261_120)
    for _ in range(BELIEFS):
        observations = 10 ** lots.uniform(0, 9, lots.integers(2, 51))
        belief = joint(family(lots, observations), lots.choice(["maximize", "minimize"]))
        best, best_mean = finer(belief, stretch=1.0)
        np.testing.assert_allclose(belief.best, best, rtol=0, atol=1e-11)
        assert belief.best_mean == pytest.approx(best_mean, rel=1e-9, abs=1e-9 * np.abs(belief.mean).max())
        coarse = mesh(belief.posterior, belief.direction)
        assert abs(coarse.wins.sum() - 1) <= 1e-11
        # By distribution functions at each node instead of the sums: what both meshes have in common is not in it.
        if observations.size <= 10:
            assert belief.value_remaining(belief.leader, 0.0) == pytest.approx(1 - belief.best.max(), abs=1e-9)


@pytest.mark.parametrize("prior", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("family", [Beta, Gamma])
def test_with_next_to_nothing_seen_it_agrees_to_twelve_digits(family, prior):
    lots = np.random.default_rng(20_261_121)
    for _ in range(2 * BELIEFS):
        number = lots.integers(2, 5)
        seen = 10 ** lots.uniform(-1, 2, number) * (lots.random(number) < 0.7)
        rate = lots.random(number) * (lots.random(number) < 0.5)
        others = prior + seen * (1 - rate) if family is Beta else prior + seen
        belief = joint(family(prior + seen * rate, others), lots.choice(["maximize", "minimize"]))
        np.testing.assert_allclose(belief.best, finer(belief, stretch=0.5)[0], rtol=0, atol=1e-12)
        assert abs(mesh(belief.posterior, belief.direction).wins.sum() - 1) <= 1e-12


@pytest.mark.parametrize("size", [0.1, 1, 10, 1e3, 9.9e4, 1.01e5, 1e6, 1e8, 1e9])
@pytest.mark.parametrize(
    "family",
    [
        lambda size: Gamma(size, np.ones(1)),
        lambda size: Beta(size, size),
        lambda size: Beta(size, 19 * size),
        lambda size: Beta(1000 * size, size),
        lambda size: StudentT(2 + size, np.zeros(1), np.ones(1)),
    ],
    ids=["gamma", "beta", "rare", "sure", "student_t"],
)
def test_distribution_functions_are_what_the_density_adds_up_to(family, size):
    posterior = family(np.array([float(size)]))
    fine = mesh(posterior, 1, order=40, stretch=0.5)
    below, above = posterior.tails(fine.z[None, :])
    # A coordinate of 20 beside a deviation of 3e-5 is rounded to 1e-10 of it.
    tolerance = 1e-11 + np.spacing(np.abs(posterior.mode[0])) / posterior.scale[0]
    np.testing.assert_allclose(below, fine.below, rtol=0, atol=tolerance)
    np.testing.assert_allclose(above, 1 - fine.below, rtol=0, atol=tolerance)
