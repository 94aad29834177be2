"""Small worlds to test the core in, each in a line."""

from datetime import UTC, datetime, timedelta

import numpy as np

from banditctl.core.allocation import Allocation, Live
from banditctl.core.belief import Independent
from banditctl.core.event import EXPOSED, REWARD, Exposure, Identity, Reward
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.experiment import Experiment
from banditctl.core.policies import Record
from banditctl.core.policies.thompson import Thompson
from banditctl.core.posterior.beta import Beta
from banditctl.core.posterior.gamma import Gamma
from banditctl.core.posterior.normal import Normal
from banditctl.core.posterior.student_t import StudentT
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NAMES = tuple("ABCDEFGHIJ")


def names(count):
    return tuple(f"v{number:02}" for number in range(count))


def joint(posterior, goal="maximize"):
    """One belief about all variants of a posterior."""
    return Independent(names(len(posterior.mean)), posterior, goal)


def beliefs(*parameters, goal="maximize"):
    """Beta(a, b) for each variant."""
    return joint(Beta(*_columns(parameters)), goal)


def gammas(*parameters, goal="maximize"):
    """Gamma(shape, rate) for each variant."""
    return joint(Gamma(*_columns(parameters)), goal)


def normals(*parameters, goal="maximize"):
    """Normal(mean, deviation) for each variant."""
    return joint(Normal(*_columns(parameters)), goal)


def students(*parameters, goal="maximize"):
    """Student-t of (freedom, mean, scale) for each variant."""
    return joint(StudentT(*_columns(parameters)), goal)


def _columns(rows):
    return np.array(rows, dtype=float).T


def record(belief, trials, batch=1000.0):
    """What pooled counting says where each variant earned its mean reward in every one of its `trials`."""
    trials = np.array(trials, dtype=float)
    return Record(trials, belief.mean * trials.sum(), batch)


def ones(count, total):
    """`count` rewards of 0 or 1, `total` of them 1."""
    return Statistics(float(count), float(total), float(total))


def shares(**each):
    return Allocation(each)


def live(state="ready", status="InService", **each):
    return Live(status, state, Allocation(each) if each else None)


def told(config="split", desired=None, **shares):
    """What an endpoint that has settled tells, its configuration too."""
    return Live("InService", "ready", Allocation(shares), desired and Allocation(desired), config)


def stratum(since=NOON, until=None, settled=True, **cells):
    """Cells as (exposed, rewarded, successes)."""
    variants = {name: Cell(float(n), ones(count, total)) for name, (n, count, total) in cells.items()}
    return Stratum(since=since, shares={"A": 0.5, "B": 0.5}, settled=settled, until=until, variants=variants)


def hourly(count, total, squares=None):
    """Trials of strata of an hour each, the last of them open: rows of strata, columns of variants."""
    count, total = np.array(count, dtype=float), np.array(total, dtype=float)
    length, number = count.shape
    always, shares = np.ones(length, dtype=bool), count / np.maximum(count.sum(axis=1, keepdims=True), 1)
    squares = total if squares is None else np.array(squares, dtype=float)
    elapsed = np.arange(length)[::-1].astype(float)
    return Trials(names(number), elapsed, always, always, shares, count, count, total, squares)


def counted(**results):
    """Evidence of one open stratum in which every exposure was rewarded: (count, successes)."""
    return Evidence((stratum(**{name: (n, n, total) for name, (n, total) in results.items()}),))


def experiment(variants=("A", "B"), **options):
    return Experiment(
        **{
            "name": "fares",
            "variants": variants,
            "control": variants[0],
            "reward": Bernoulli(default=None),
            "policy": Thompson(),
            "digest": "0" * 16,
        }
        | options
    )


def exposure(name, variant="A", at=NOON, targeted=False):
    return Exposure(EXPOSED.of(name), variant, at, targeted)


def reward(name, value=1.0, at=NOON, inference_id=None, variant=None, metric=REWARD):
    exposed = None if inference_id is None else EXPOSED.of(inference_id)
    return Reward(Identity("reward", metric).of(name), value, at, exposed, variant, metric)
