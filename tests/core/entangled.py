"""Variants whose beliefs hang together, at random: covariances, histories, and what many draws say of them."""

import numpy as np
from core.builders import hourly

from banditctl.core.estimators.stratified import stratified
from banditctl.core.rewards.bernoulli import Bernoulli


def spread(covariance):
    """(K, K) standard deviations of the differences."""
    variance = np.diag(covariance)
    return np.sqrt(np.maximum(variance[:, None] + variance - 2 * covariance, 0))


def compared(number, rng):
    """Contrasts as some strata of random shares and sizes leave them, means that are not far apart."""
    information = np.eye(number)
    for _ in range(rng.integers(1, 12)):
        trials = rng.dirichlet(np.full(number, 10 ** rng.uniform(-1, 1))) * 10 ** rng.uniform(1, 5)
        information += np.diag(trials) - np.outer(trials, trials) / trials.sum()
    covariance = np.linalg.inv(information)
    return _around(covariance, rng)


def anyhow(number, rng):
    """Any covariance at all, of variables of very different sizes."""
    root = rng.normal(size=(number, number)) * 10 ** rng.uniform(-2, 1, size=(number, 1))
    return _around(root @ root.T, rng)


def _around(covariance, rng):
    middle = np.median(spread(covariance)[np.triu_indices(len(covariance), 1)])
    return rng.normal(size=len(covariance)) * middle * 10 ** rng.uniform(-2, 0.3), covariance


def by_draws(mean, covariance, rng, draws=1_000_000):
    """How often each is the largest, and how much larger than all of them on average."""
    values = mean + rng.standard_normal((draws, len(mean))) @ np.linalg.cholesky(covariance).T
    chances = np.bincount(values.argmax(axis=1), minlength=len(mean)) / draws
    return chances, (values.max(axis=1) - values.mean(axis=1)).mean() + mean.mean()


def more_successes(number, rng):
    """The change of a variant's chance when some of its failures in one stratum turn into successes."""
    strata = rng.integers(1, 30)
    shares = rng.dirichlet(np.full(number, 10 ** rng.uniform(-0.5, 1)), size=strata)
    count = np.array([rng.multinomial(int(10 ** rng.uniform(1, 4)), row) for row in shares])
    rates = 0.05 * np.exp(rng.normal(size=(strata, 1)) / 2 + rng.normal(size=number) / 10)
    total = rng.binomial(count, np.clip(rates, 0, 0.9))
    which, own = rng.integers(strata), rng.integers(number)
    before = stratified(hourly(count, total), Bernoulli(), 0.995).best[own]
    total[which, own] += rng.integers(0, count[which, own] - total[which, own] + 1)
    return stratified(hourly(count, total), Bernoulli(), 0.995).best[own] - before
