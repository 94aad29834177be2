"""How long one decision takes, beside what the libraries take for a request."""

from collections.abc import Callable
from dataclasses import dataclass
from timeit import repeat

import numpy as np
from benchmarks.regret import peers
from benchmarks.regret.worlds import INSTANCES, World
from core.builders import HOUR, NOON, beliefs, experiment, names, ones, record
from mabwiser.mab import MAB

from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import decide
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.policies.thompson import Thompson
from banditctl.core.snapshot import Snapshot

_STRATA = 100
_SERVED = 1000


@dataclass(frozen=True)
class Took:
    """Microseconds for one call, and for a thousand requests where a turn comes after every thousand."""

    what: str
    variants: int
    microseconds: float
    a_thousand: float


def timings() -> list[Took]:
    """Each for every instance, after about 100,000 requests for us; the libraries take as long at any time."""
    return [took for rates in INSTANCES.values() for took in _of(rates)]


def _of(rates: tuple[float, ...]) -> list[Took]:
    number = len(rates)
    share, whole = _proposal(rates), _decision(rates)
    predict, learn, step = _mabwiser_predict(rates), _mabwiser_learn(rates), _river(rates)
    return [
        Took("banditctl, P(best) and shares", number, share, share),
        Took(f"banditctl, a whole decision from {_STRATA} strata", number, whole, whole),
        Took("MABWiser, `predict`", number, predict, predict * 1000 + learn),
        Took("MABWiser, `partial_fit` of 1000", number, learn, predict * 1000 + learn),
        Took("river, `pull` and `update`", number, step, step * 1000),
    ]


def _microseconds(call: Callable[[], object], number: int) -> float:
    return min(repeat(call, number=number, repeat=5)) / number * 1e6


def _proposal(rates: tuple[float, ...]) -> float:
    pairs = [(1 + 1e4 * rate, 1 + 1e4 * (1 - rate)) for rate in rates]

    def propose() -> Allocation:
        belief = beliefs(*pairs)
        return Thompson().propose(belief, record(belief, [1e4] * len(rates)))

    return _microseconds(propose, 50)


def _decision(rates: tuple[float, ...]) -> float:
    variants = names(len(rates))
    cells = {name: Cell(_SERVED, ones(_SERVED, _SERVED * rate)) for name, rate in zip(variants, rates, strict=True)}
    hours = [(NOON + k * HOUR, NOON + (k + 1) * HOUR) for k in range(_STRATA)]
    shares = Allocation.equal(variants)
    strata = tuple(
        Stratum(since=since, until=until, shares=shares.shares, settled=True, variants=cells) for since, until in hours
    )
    seen = Snapshot(hours[-1][1], Evidence(strata), Live("InService", "ready", shares))
    chosen = experiment(variants=variants)
    return _microseconds(lambda: decide(chosen, seen), 5)


def _mabwiser(rates: tuple[float, ...]) -> tuple[MAB, np.ndarray, np.ndarray]:
    lots = np.random.default_rng(0)
    decisions = lots.choice(len(rates), 1000)
    rewards = (lots.random(1000) < np.array(rates)[decisions]).astype(float)
    mab = MAB(list(range(len(rates))), peers.MABWISER["thompson"], seed=0)
    mab.fit(decisions, rewards)
    return mab, decisions, rewards


def _mabwiser_predict(rates: tuple[float, ...]) -> float:
    mab, _, _ = _mabwiser(rates)
    return _microseconds(mab.predict, 1000)


def _mabwiser_learn(rates: tuple[float, ...]) -> float:
    mab, decisions, rewards = _mabwiser(rates)
    return _microseconds(lambda: mab.partial_fit(decisions, rewards), 20)


def _river(rates: tuple[float, ...]) -> float:
    policy, arms = peers.RIVER["thompson"](World(rates, 0)), list(range(len(rates)))
    return _microseconds(lambda: policy.update(policy.pull(arms), 0), 1000)
