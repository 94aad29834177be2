"""Counts that were written are read as what they were: the belief that they give is the same, bit for bit."""

import msgspec
import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, live, stratum
from msgspec import structs

from banditctl import counts
from banditctl.core.allocation import Live
from banditctl.core.decision import decide
from banditctl.core.evidence import Cell, Evidence, EvidenceOptions, Model
from banditctl.core.experiment import Schedule
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.snapshot import Snapshot
from banditctl.core.statistics import Statistics

DAY = 24 * HOUR
CLOSED = [
    stratum(since=NOON + number * HOUR, until=NOON + (number + 1) * HOUR, A=(900, 450, 45 + number), B=(900, 500, 90))
    for number in range(10)
]
AGES = structs.replace(
    CLOSED[9],
    since=NOON + 10 * HOUR,
    until=NOON + 11 * HOUR,
    variants={
        name: structs.replace(cell, ages=(int(cell.rewarded.count),)) for name, cell in CLOSED[9].variants.items()
    },
)
OPEN = stratum(since=NOON + 11 * HOUR, settled=False, A=(300, 10, 1), B=(300, 20, 2))
HELD = Evidence((*CLOSED, AGES, OPEN))
AT_ONCE = EvidenceOptions(delays={"A": MINUTE, "B": HOUR})
CREDITS = Evidence((stratum(A=(0, 500, 20), B=(0, 700, 40)),))
LATENCIES = Evidence((structs.replace(OPEN, variants={"A": Cell(9.0, Statistics(3.0, -1.5, 2.0))}),))

SITUATIONS = {
    "delays are known": ({"reward": Bernoulli(), "evidence": AT_ONCE}, HELD, None),
    "delays are observed": ({"reward": Bernoulli()}, HELD, None),
    "some events are not learned yet": ({"reward": Bernoulli(), "evidence": AT_ONCE}, HELD, NOON + 10 * HOUR),
    "only rewards count": ({}, HELD, None),
    "rewards are the trials": ({"evidence": EvidenceOptions(trials="rewards")}, CREDITS, None),
    "a reward is any number": ({"reward": Gaussian()}, LATENCIES, None),
    "a variant has a new model": (
        {"reward": Bernoulli()},
        structs.replace(HELD, models={"A": Model("two", NOON + 5 * HOUR)}),
        None,
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_a_decision_saw_is_read_as_it_was(situation):
    options, evidence, heard = SITUATIONS[situation]
    of = experiment(schedule=Schedule(burn_in=0), **options)
    decision = decide(of, Snapshot(NOON + 12 * HOUR, evidence, live(A=0.3, B=0.7), heard))
    text = msgspec.json.encode(counts.write(of, decision.seen)).decode()
    told = counts.read(text, "counts.json", of)
    again = decide(of, Snapshot(told.at, told.evidence, Live("as written", "ready", told.live), told.heard))
    assert (again.belief, again.proposal, again.allocation) == (decision.belief, decision.proposal, decision.allocation)


def test_another_instant_is_told_with_all_that_was_received():
    of = experiment(reward=Bernoulli())
    seen = Snapshot(NOON + 12 * HOUR, Evidence(tuple(CLOSED)), live(A=0.3, B=0.7), NOON + 10 * HOUR)
    text = msgspec.json.encode(counts.write(of, seen)).decode()
    told = counts.read(text, "counts.json", of, NOON + DAY)
    assert (told.at, told.heard) == (NOON + DAY, None)


def test_evidence_that_has_not_begun_is_written_as_it_is():
    assert counts.write(experiment(), Snapshot(NOON, Evidence(), live())) == {
        "strata": [],
        "live": None,
        "at": NOON,
        "heard": None,
    }
