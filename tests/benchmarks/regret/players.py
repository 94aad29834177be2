"""banditctl's own policies at play, turn by turn, in pooled counting without floor and step, and as they come."""

from collections.abc import Callable, Iterable

import numpy as np
from core.builders import HOUR, NOON, beliefs, experiment, names, ones

from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import Turn, decide
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.policies import Record
from banditctl.core.snapshot import Snapshot

# From how many requests there will be to how many come before each turn.
Schedule = Callable[[int], Iterable[int]]

# In worlds without a clock, what `evidence.stratum` is by default.
_REQUESTS_AN_HOUR = 1000


def even(batch):
    """A turn after every so many requests."""
    return lambda horizon: [min(batch, horizon - served) for served in range(0, horizon, batch)]


def growing(horizon, first=1000, most=10_000):
    """A turn whenever there are twice as many requests as at the last, none more than `most` apart."""
    turns = [first]
    while (served := sum(turns)) < horizon:
        turns.append(min(served, most, horizon - served))
    return turns


def play(policy, world, schedule):
    """The regret of `policy`, asked at every turn with all that was earned before; the first batch is split evenly."""
    lots = np.random.default_rng([world.seed, 1])
    number = len(world.rates)
    served, gains, shares = np.zeros(number, dtype=int), np.zeros(number), np.full(number, 1 / number)
    for batch in schedule(world.horizon):
        before = world.successes(served)
        served = served + lots.multinomial(batch, shares)
        earned = world.successes(served)
        gains += np.divide(earned - before, shares, out=np.zeros(number), where=shares > 0)
        belief = beliefs(*zip(1 + earned, 1 + served - earned, strict=True))
        record = Record(served.astype(float), gains, float(batch))
        shares = np.array(list(policy.propose(belief, record).shares.values()))
    return world.regret(served)


def play_as_it_comes(policy, world, schedule):
    """The regret of whole decisions with every option at its default, the world's traffic an hourly stratum each."""
    lots = np.random.default_rng([world.seed, 1])
    chosen = experiment(variants=names(len(world.rates)), policy=policy)
    served, strata, last = np.zeros(len(world.rates), dtype=int), [], None
    live, at = Allocation.equal(chosen.variants), NOON
    for batch in schedule(world.horizon):
        for requests in _hours(batch):
            before = world.successes(served)
            sent = lots.multinomial(requests, list(live.shares.values()))
            served = served + sent
            since, at = at, at + HOUR * requests / _REQUESTS_AN_HOUR
            strata.append(_stratum(since, at, live, sent, world.successes(served) - before))
        decision = decide(chosen, Snapshot(at, Evidence(tuple(strata)), Live("InService", "ready", live), last=last))
        live, last = decision.allocation or live, Turn(at, decision.trials)
    return world.regret(served)


def _hours(batch):
    whole, rest = divmod(batch, _REQUESTS_AN_HOUR)
    return [_REQUESTS_AN_HOUR] * whole + [rest] * bool(rest)


def _stratum(since, until, live, sent, earned):
    counts = zip(live.shares, sent.tolist(), earned.tolist(), strict=True)
    cells = {name: Cell(float(count), ones(count, total)) for name, count, total in counts}
    return Stratum(since=since, shares=live.shares, settled=True, until=until, variants=cells)


def play_per_request(worlds):
    """The regret of Thompson sampling that learns from each request before the next, for several worlds at once."""
    rewards = np.stack([world.rewards for world in worlds])
    lots = np.random.default_rng([worlds[0].seed, 2])
    rows, served = np.arange(len(worlds)), np.zeros(rewards.shape[:2], dtype=int)
    earned = np.zeros_like(served)
    for _ in range(worlds[0].horizon):
        chosen = lots.beta(1 + earned, 1 + served - earned).argmax(axis=1)
        earned[rows, chosen] += rewards[rows, chosen, served[rows, chosen]]
        served[rows, chosen] += 1
    return [world.regret(count) for world, count in zip(worlds, served, strict=True)]
