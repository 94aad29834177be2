"""A world that hands over counts is the world that sends each event."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest
from simulator.scenarios import HOUR, world

from banditctl.core.event import EXPOSED, Exposure, Identity, Reward
from banditctl.simulator.running import Loop
from banditctl.simulator.traffic import MICROSECOND, START

REWARDED = Identity("reward", "reward")


class ByEvents(Loop):
    """An application that reports every request, and every reward when it is known."""

    requests = 0
    late = ()

    def _report(self, since, until, served, told):
        events = [*self.late]
        for number, variant in enumerate(self.scenario.experiment.variants):
            rows = told[told["variant"] == number]
            events += [event for row in rows for event in self.pair(variant, *row.item()[1:])]
            events += [self.exposure(variant, since) for _ in range(served[number] - len(rows))]
        if self.scenario.experiment.evidence.trials == "rewards":
            events = [(at, event) for at, event in events if isinstance(event, Reward)]
        events.sort(key=lambda one: one[0])
        self.books.receive([one for one in events if one[0] <= START + until])
        self.late = [one for one in events if one[0] > START + until]

    def exposure(self, variant, elapsed):
        self.requests += 1
        return START + elapsed, Exposure(EXPOSED.of(f"{self.requests}"), variant, START + elapsed)

    def pair(self, variant, value, begun, exposed, arrives):
        """A request, and its reward: by its id, or where each reward is a trial, by variant and when it was served."""
        served, exposure = self.exposure(variant, exposed * MICROSECOND)
        came, name = START + arrives * MICROSECOND, REWARDED.of(f"{self.requests}")
        if self.scenario.experiment.evidence.trials == "rewards":
            return (served, exposure), (came, Reward(name, value, served, variant=variant))
        return (served, exposure), (came, Reward(name, value, came, exposure.id))


def played(loop):
    """The evidence at the end, and every decision on the way."""
    decisions, told = [], loop.watch.decided
    loop.watch.decided = lambda now, decision: (decisions.append(decision), told(now, decision))
    asyncio.run(loop.play())
    ledger = asyncio.run(loop.books.ledger("fares"))
    return ledger.evidence, decisions, ledger.tally


def alike(**options):
    """Both ways of the same world; the lots are the same as long as the decisions are."""
    scenario = world(hours=12, traffic=300.0, **options)
    return [played(kind(scenario, np.random.default_rng(7))) for kind in (Loop, ByEvents)]


@pytest.mark.parametrize(
    "options",
    [
        {"rates": {"a": 0.1, "b": 0.4}},
        {
            "rates": {"a": 0.1, "b": 0.4},
            "delays": {"a": HOUR, "b": HOUR / 4},
            "reward": "{kind: bernoulli, window: 3h}",
        },
        {"delays": {"b": 2 * HOUR}, "evidence": "{trials: rewards}", "reward": "{kind: bernoulli, window: 1h}"},
        {"delays": {"b": 2 * HOUR}, "settle": timedelta(minutes=7), "reward": "{kind: bernoulli, default: 1}"},
    ],
    ids=["at once", "late", "each reward a trial", "a failure reported, while the endpoint settles"],
)
def test_events_and_counts_give_the_same_evidence_and_the_same_decisions(options):
    counted, sent = alike(**options)
    assert counted == sent
    evidence, decisions, _ = counted
    assert sum(stratum[name].rewarded.count for stratum in evidence.strata for name in "ab") > 50
    assert len(decisions) >= 12


def test_rewards_of_any_size_add_up_to_the_same_but_for_rounding():
    (counted, *_), (sent, *_) = alike(reward="{kind: gaussian, window: 1h}", delays={"a": HOUR / 2})
    for one, other in zip(counted.strata, sent.strata, strict=True):
        for name in "ab":
            assert (one[name].exposed, one[name].ages) == (other[name].exposed, other[name].ages)
            assert one[name].rewarded.total == pytest.approx(other[name].rewarded.total, rel=1e-9)
