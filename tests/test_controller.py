"""Learn and steer together: the real store, the emulated endpoint, and clocks that are moved."""

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace
from support.emulated import UPDATING

from banditctl.controller import learn, steer
from banditctl.core.decision import decide, matured_trials
from banditctl.core.event import EXPOSED, Exposure, Identity, Reward
from banditctl.core.evidence import Cell, Evidence, Stratum
from banditctl.core.experiment import Experiment, Schedule
from banditctl.core.findings import advance
from banditctl.core.limits import Limits
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.statistics import Statistics
from banditctl.errors import TargetUnavailable, TermsChanged
from banditctl.stores import Ledger
from banditctl.targets.sagemaker.endpoint import Endpoint

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REWARDED = Identity("reward", "reward")


@pytest.fixture
def experiment():
    return Experiment(
        name="fares",
        variants=("A", "B"),
        control="A",
        reward=Bernoulli(window=timedelta(hours=1), default=None),
        policy=Thompson(),
        limits=Limits(floor=0.05, step=0.2),
        schedule=Schedule(every=5 * MINUTE, at_least=MINUTE, burn_in=100),
        digest="0" * 16,
    )


@pytest.fixture
def target(sagemaker, endpoint):
    return Endpoint(sagemaker, endpoint, grid=10_000)


@pytest.fixture
def report(store, experiment, clock):
    """Reports requests served by a variant, `right` of which earned 1 and the others 0."""

    async def send(variant, requests, right, prefix="r"):
        names = [f"{prefix}-{variant}-{number}" for number in range(requests)]
        exposures = [Exposure(EXPOSED.of(name), variant, clock()) for name in names]
        rewards = [
            Reward(REWARDED.of(name), float(number < right), clock(), EXPOSED.of(name))
            for number, name in enumerate(names)
        ]
        await store.append("fares", [*exposures, *rewards], clock(), experiment.memory)

    return send


async def test_events_wait_until_the_endpoint_was_first_read(experiment, store, target, report, clock):
    await report("A", 3, 1)
    assert (await learn(experiment, store, clock())).learned == 0
    await steer(experiment, store, target, clock())
    learned = await learn(experiment, store, clock())
    assert learned.learned == 6
    assert await learn(experiment, store, clock()) == learned


async def test_while_young_the_traffic_moves_towards_an_equal_split(experiment, store, target, clock):
    decision = await steer(experiment, store, target, clock())
    assert (decision.verdict, decision.allocation.shares) == ("move", {"A": 0.55, "B": 0.45})
    assert "warming up" in decision.reason


async def test_the_better_variant_gets_the_traffic_step_by_step(experiment, store, target, report, clock):
    await steer(experiment, store, target, clock())
    await report("A", 300, 100)
    await report("B", 300, 200)
    await learn(experiment, store, clock())
    shares = []
    for _ in range(4):
        clock.move(UPDATING + 5 * MINUTE)
        decision = await steer(experiment, store, target, clock())
        clock.move(UPDATING)
        shares.append((await target.read()).allocation["B"])
    assert shares == [0.65, 0.85, 0.95, 0.95]
    assert decision.verdict == "hold"
    assert "B is best with probability 100.0% after 600 trials" in decision.reason


async def test_between_turns_nothing_is_decided_but_the_strata_follow_the_endpoint(experiment, store, target, clock):
    await steer(experiment, store, target, clock())
    clock.move(UPDATING / 2)
    assert await steer(experiment, store, target, clock()) is None
    clock.move(UPDATING / 2)
    assert await steer(experiment, store, target, clock()) is None
    transition, settled = (await store.ledger("fares")).evidence.strata
    assert [transition.settled, settled.settled] == [False, True]
    assert settled.shares == {"A": 0.55, "B": 0.45}
    assert transition.until == settled.since == clock()


async def test_a_busy_endpoint_is_not_pushed(experiment, store, target, sagemaker, endpoint, clock):
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredWeight": 9}]
    )
    decision = await steer(experiment, store, target, clock())
    assert decision.verdict == "hold"
    assert "the endpoint is Updating" in decision.reason


async def test_a_turn_that_found_the_endpoint_busy_is_made_up_for_as_soon_as_it_is_ready(
    experiment, store, target, sagemaker, endpoint, clock
):
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredWeight": 9}]
    )
    await steer(experiment, store, target, clock())
    clock.move(UPDATING / 2)
    assert await steer(experiment, store, target, clock()) is None
    clock.move(UPDATING / 2)
    assert (await steer(experiment, store, target, clock())).verdict == "move"


async def test_observe_mode_says_what_it_would_do_and_pushes_nothing(experiment, store, target, clock):
    watching = type(experiment)(**{**vars(experiment), "mode": "observe"})
    decision = await steer(watching, store, target, clock())
    assert decision.reason.startswith("Observe only: would move B from 25.0% to 45.0%")
    assert (await target.read()).state == "ready"


async def test_a_push_that_fails_is_decided_afresh_but_no_sooner_than_turns_may_follow(
    experiment, store, target, clock
):
    class Refusing(Endpoint):
        async def push(self, allocation):
            raise TargetUnavailable("AWS said no")

    refusing = Refusing(target._client, target._name, 10_000)
    with pytest.raises(TargetUnavailable):
        await steer(experiment, store, refusing, clock())
    assert (await store.ledger("fares")).last.unfinished
    clock.move(timedelta(seconds=15))
    assert await steer(experiment, store, target, clock()) is None
    clock.move(MINUTE)
    assert (await steer(experiment, store, target, clock())).verdict == "move"
    assert not (await store.ledger("fares")).last.unfinished
    assert len(await store.decisions("fares", 10)) == 2


async def test_evidence_is_not_mixed_with_what_it_does_not_mean(experiment, store, target, report, clock):
    await steer(experiment, store, target, clock())
    await report("A", 3, 1)
    changed = type(experiment)(**{**vars(experiment), "reward": Bernoulli(window=timedelta(hours=2))})
    with pytest.raises(TermsChanged, match="give the experiment a new name"):
        await learn(changed, store, clock())
    with pytest.raises(TermsChanged):
        await steer(changed, store, target, clock())
    assert (await learn(experiment, store, clock())).learned == 6


async def test_every_recorded_decision_can_be_made_again_bit_for_bit(experiment, store, target, report, clock):
    for turn in range(6):
        await report("A", 50, 10 + turn, prefix=f"turn{turn}")
        await report("B", 50, 20 - turn, prefix=f"turn{turn}")
        await learn(experiment, store, clock())
        await steer(experiment, store, target, clock())
        clock.move(UPDATING + 5 * MINUTE)
    decisions = await store.decisions("fares", 100)
    assert len(decisions) == 6
    for decision in decisions:
        assert decide(experiment, decision.seen) == decision


async def test_old_strata_are_kept_once_and_decisions_still_come_back_whole(experiment, store, target, report, clock):
    await steer(experiment, store, target, clock())
    ledger = await store.ledger("fares")
    ledger = await store.save("fares", ledger, replace(ledger, heard=clock() + 40 * experiment.memory))
    clock.move(UPDATING)
    await steer(experiment, store, target, clock())
    clock.move(5 * MINUTE)
    decision = await steer(experiment, store, target, clock())
    assert (await store.ledger("fares")).immutable > 0
    assert (await store.decisions("fares", 1)) == [decision]


async def test_what_is_more_than_a_week_old_is_folded_by_the_day_and_the_decision_that_saw_it_all_comes_back_whole(
    experiment, store, target, clock
):
    live = (await target.read()).allocation.shares
    hours = [clock() + (number - 240) * HOUR for number in range(241)]
    row = {"A": Cell(10.0, Statistics(10.0, 3.0, 3.0)), "B": Cell(10.0, Statistics(10.0, 6.0, 6.0))}
    strata = [Stratum(since, live, True, until, row) for since, until in pairwise(hours)]
    evidence = Evidence((*strata, Stratum(hours[-1], live, True)))
    begun = Ledger(evidence=evidence, heard=clock(), terms=experiment.terms)
    await store.save("fares", Ledger(), begun)

    decision = await steer(experiment, store, target, clock())
    folded = (await store.ledger("fares")).evidence.strata
    assert decision.seen.evidence.strata == evidence.strata
    assert len(folded) < 200
    assert sum((one["A"] for one in folded), Cell()) == sum((one["A"] for one in strata), Cell())
    assert {one.until - one.since for one in folded if one.until and one.until > clock() - 7 * DAY} == {HOUR}
    assert max(one.until - one.since for one in folded if one.until) == DAY

    clock.move(UPDATING + 5 * MINUTE)
    later = await steer(experiment, store, target, clock())
    assert later.seen.evidence.strata[: len(folded) - 1] == folded[:-1]
    decisions = await store.decisions("fares", 10)
    assert decisions == [later, decision]
    assert [decide(experiment, one.seen) for one in decisions] == decisions


async def test_metrics_by_name_are_learned_beside_the_reward(experiment, store, target, report, clock):
    watched = type(experiment)(**{**vars(experiment), "metrics": {"latency": Gaussian(window=MINUTE)}})
    await steer(watched, store, target, clock())
    await report("A", 3, 1)
    timed = Identity("reward", "latency")
    clock.move(MINUTE)
    latencies = [
        Reward(timed.of(f"l{number}"), 0.5, clock(), EXPOSED.of(f"r-A-{number}"), metric="latency")
        for number in range(2)
    ]
    await store.append("fares", latencies, clock(), watched.memory)
    ledger = await learn(watched, store, clock())
    cells = [one.metrics["latency"]["A"] for one in ledger.evidence.strata if one.metrics]
    assert sum(cells, Cell()).rewarded == Statistics(2.0, 1.0, 0.5)
    # Without the metric in its policy file the evidence is still its own; what comes by it is shown.
    await store.append("fares", [replace(latencies[0], id=timed.of("again"))], clock(), watched.memory)
    assert (await learn(experiment, store, clock())).tally.unknown == 1


async def test_what_sequences_have_read_is_kept_with_the_turn_and_nothing_unread_is_folded(
    experiment, store, target, clock
):
    waiting = type(experiment)(**{**vars(experiment), "reward": Bernoulli(window=30 * DAY)})
    live = (await target.read()).allocation.shares
    hours = [clock() + (number - 960) * HOUR for number in range(961)]
    row = {"A": Cell(100.0, Statistics(10.0, 10.0, 10.0)), "B": Cell(100.0, Statistics(20.0, 20.0, 20.0))}
    strata = [Stratum(since, live, True, until, row) for since, until in pairwise(hours)]
    evidence = Evidence((*strata, Stratum(hours[-1], live, True)))
    begun = Ledger(evidence=evidence, heard=clock() + 99 * DAY, terms=waiting.terms)
    await store.save("fares", Ledger(), begun)

    decision = await steer(waiting, store, target, clock())
    kept = (await store.ledger("fares")).evidence
    trials = matured_trials(waiting, evidence, clock())
    assert kept.past == advance(waiting, evidence, trials, clock())
    assert (kept.past.through, kept.past.counted) == (clock() - 30 * DAY, clock() - HOUR)
    # Ten days were read, and folded by the day; thirty were not.
    assert {one.until - one.since for one in kept.strata if one.until and one.until > kept.past.through} == {HOUR}
    assert len([one for one in kept.strata if one.until and one.until <= kept.past.through]) < 20
    again = await store.decisions("fares", 1)
    assert again == [decision]
    assert decide(waiting, again[0].seen) == decision
