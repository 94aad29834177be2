"""What pooled counting says beside a belief, and how a decision comes by it."""

from dataclasses import replace

import numpy as np
import pytest
from core.builders import HOUR, NOON, counted, experiment, live, stratum

from banditctl.core.decision import Turn, decide
from banditctl.core.evidence import Evidence, EvidenceOptions
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits
from banditctl.core.policies import Record
from banditctl.core.policies.exp3 import Exp3
from banditctl.core.policies.ucb1 import Ucb1
from banditctl.core.snapshot import Snapshot
from banditctl.core.trials import Trials


def column(*rows):
    return np.array(rows, dtype=float)


TWO_STRATA = Trials(
    variants=("A", "B"),
    elapsed=np.array([2.0, 0.0]),
    settled=np.array([True, True]),
    ripe=np.array([True, True]),
    shares=column((0.5, 0.5), (0.9, 0.1)),
    exposed=column((500, 500), (900, 100)),
    count=column((500, 500), (900, 100)),
    total=column((50, 60), (90, 12)),
    squares=column((50, 60), (90, 12)),
)


def test_a_record_counts_trials_and_what_all_requests_would_have_earned():
    record = Record.of(TWO_STRATA, 1.0, 1000)
    assert record.trials.tolist() == [1400, 600]
    assert record.gains == pytest.approx([100 + 100, 120 + 120])
    assert (record.batch, record.horizon) == (1000, 3000)


def test_what_is_old_counts_less_but_the_batch_counts_in_full():
    record = Record.of(TWO_STRATA, 0.9, 0)
    assert record.trials == pytest.approx([500 * 0.81 + 900, 500 * 0.81 + 100])
    assert record.gains == pytest.approx([100 * 0.81 + 100, 120 * 0.81 + 120])
    assert record.batch == 2000


@pytest.mark.parametrize("before", [2000, 5000])
def test_where_nothing_has_come_since_the_next_batch_is_taken_to_be_like_the_latest_stratum(before):
    waiting = replace(TWO_STRATA, count=column((500, 600), (0, 0)), total=column((50, 60), (0, 0)))
    assert Record.of(TWO_STRATA, 1.0, before).batch == 1000
    assert Record.of(waiting, 1.0, before).batch == 1100


def test_where_nothing_ever_came_the_next_batch_is_one_trial():
    nothing = replace(TWO_STRATA, count=column((0, 0), (0, 0)), total=column((0, 0), (0, 0)))
    assert Record.of(nothing, 1.0, 0).batch == 1


def test_while_the_endpoint_changes_the_shares_are_those_that_were_served():
    changing = replace(TWO_STRATA, settled=np.array([True, False]), shares=column((0.5, 0.5), (0.1, 0.9)))
    assert Record.of(changing, 1.0, 0).gains == pytest.approx([200, 240])


def test_a_variant_without_a_share_or_without_a_trial_has_gained_nothing():
    nothing = replace(
        TWO_STRATA,
        settled=np.array([True, False]),
        shares=column((1, 0), (0, 1)),
        count=column((500, 0), (0, 0)),
        total=column((50, 0), (0, 0)),
    )
    assert Record.of(nothing, 1.0, 0).gains.tolist() == [50, 0]


def free(policy):
    """An experiment that asks the policy at once and may follow it at once."""
    evidence = EvidenceOptions(estimator="pooled", discount=1.0)
    return experiment(
        policy=policy, evidence=evidence, schedule=Schedule(burn_in=0), limits=Limits(floor=0, step=1, deadband=0)
    )


def test_a_decision_tells_its_policy_how_many_trials_came_since_the_last_turn():
    evidence = counted(A=(1000, 50), B=(1000, 100))
    at, seen = NOON + HOUR, live(A=0.5, B=0.5)
    first = decide(free(Ucb1()), Snapshot(at, evidence, seen))
    later = decide(free(Ucb1()), Snapshot(at, evidence, seen, last=Turn(NOON, 1990)))
    assert first.proposal["A"] > later.proposal["A"] == 0
    assert decide(free(Ucb1()), later.seen) == later


def test_a_decision_divides_rewards_by_the_shares_they_were_earned_at():
    fair = stratum(since=NOON, until=NOON + HOUR, A=(100, 100, 10), B=(100, 100, 20))
    decision = decide(free(Exp3(mix=0.0)), Snapshot(NOON + HOUR, Evidence((fair,)), live(A=0.5, B=0.5)))
    eta = np.sqrt(np.log(2) / (2 * 400))
    assert decision.proposal["B"] / decision.proposal["A"] == pytest.approx(np.exp(eta * 20))


def test_with_nothing_learned_and_no_burn_in_every_policy_is_asked_all_the_same():
    for policy in (Ucb1(), Exp3()):
        decision = decide(free(policy), Snapshot(NOON, Evidence(), live(A=0.5, B=0.5)))
        assert decision.proposal.shares == pytest.approx({"A": 0.5, "B": 0.5})
