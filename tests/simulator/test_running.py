"""Runs are what their seed says, and go as the daemon would."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from simulator.scenarios import HOUR, world

from banditctl.core.evidence import age_bin
from banditctl.simulator.nature import NATURES
from banditctl.simulator.parallel import play_all
from banditctl.simulator.reference import thompson
from banditctl.simulator.running import Loop, play
from banditctl.simulator.watching import POINTS

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def looped(scenario):
    loop = Loop(scenario, np.random.default_rng(5))
    asyncio.run(loop.play())
    return loop, asyncio.run(loop.books.ledger("fares")).evidence.strata


def test_the_same_seed_and_number_give_the_same_run_however_many_processes_play():
    scenario = world(hours=6)
    alone = {run.number: run for run in play_all(scenario, [0, 1, 2], jobs=1)}
    together = {run.number: run for run in play_all(scenario, [2, 0, 1], jobs=2)}
    assert alone == together
    assert alone[0] != alone[1]


def test_another_seed_gives_another_run():
    assert play(world(hours=6), 0) != play(world(hours=6, seed=2), 0)


def test_where_nothing_is_moved_the_regret_is_that_of_an_equal_split():
    run = play(world(hours=48, mode="observe"), 0)
    assert run.regret == pytest.approx(run.equal, rel=0.05)
    assert run.equal == pytest.approx(48 * 1000 * 0.005 / 2)
    assert run.updates == 0
    assert run.shares == [[0.5, 0.5]] * POINTS


def test_traffic_goes_to_the_variant_that_earns_more_and_what_is_missed_levels_off():
    run = play(world(hours=48, rates={"a": 0.05, "b": 0.1}), 0)
    assert run.shares[-1][1] > 0.95
    assert run.missed == sorted(run.missed)
    assert run.missed[-1] == run.regret < run.equal / 4
    assert not run.wrong


def test_a_winner_is_proved_where_traffic_is_split_evenly_and_the_difference_is_large():
    even = world(hours=48, rates={"a": 0.05, "b": 0.1}, policy="{kind: fixed}")
    assert 0 < play(even, 0).certain < 48
    assert play(replace(even, rates=(0.05, 0.05)), 0).certain is None


def test_where_less_is_better_traffic_goes_there():
    run = play(
        world(rates={"a": 0.1, "b": 0.05}, reward="{kind: bernoulli, default: null, window: 1h, goal: minimize}"), 0
    )
    assert run.shares[-1][1] > 0.9
    assert run.regret < run.equal / 2


def test_every_request_is_counted_in_the_stratum_that_served_it():
    _, strata = looped(world(hours=12, traffic=997.3))
    assert sum(stratum[name].exposed for stratum in strata for name in "ab") == round(997.3 * 12)
    for stratum in strata[:-1]:
        served = stratum["a"].exposed + stratum["b"].exposed
        assert stratum["b"].exposed == pytest.approx(served * stratum.shares["b"], abs=5 * served**0.5)


def test_a_target_that_settles_at_once_leaves_no_stratum_in_transition():
    loop, strata = looped(world(hours=12))
    assert loop.target.pushes > 5
    assert all(stratum.settled for stratum in strata)


def test_one_that_takes_its_time_serves_by_the_old_shares_in_a_stratum_of_its_own():
    _, strata = looped(world(hours=12, settle=7 * MINUTE))
    passing = [stratum for stratum in strata if not stratum.settled and stratum.until]
    assert len(passing) > 5
    assert {stratum.until - stratum.since for stratum in passing} == {7 * MINUTE}


def test_strata_are_no_longer_than_they_may_be_though_turns_are_rare():
    _, strata = looped(world(hours=30, schedule="{every: 10h, at_least: 10h}"))
    assert {stratum.until - stratum.since for stratum in strata[:-1]} == {HOUR}


def test_while_young_turns_come_as_trials_grow():
    loop, _ = looped(world(hours=30, schedule="{every: 10h, at_least: 1h, burn_in: 1000}"))
    # At once, with the first trials, and whenever they have grown by half, each at the next look.
    begun = [now / HOUR for now, *_ in loop.watch._looks]
    assert {1, 2, 4}.issubset(begun)
    assert 6 <= loop.watch._turns <= 12


def test_a_reward_that_is_late_does_not_make_its_variant_look_worse():
    scenario = world("aa", hours=48, rates={"a": 0.3, "b": 0.3}, delays={"b": HOUR}, reward="{kind: bernoulli}")
    _, strata = looped(scenario)
    ripe = strata[:36]
    rates = [sum(s[n].rewarded.total for s in ripe) / sum(s[n].exposed for s in ripe) for n in "ab"]
    assert rates == pytest.approx([0.3, 0.3], abs=0.03)


@pytest.mark.parametrize("kind", NATURES)
def test_thompson_sampling_by_request_finds_the_best_of_three_of_any_kind(kind):
    reward = f"{{kind: {kind}, default: null, window: 1h}}"
    usual = NATURES[kind].rate
    rates = {"a": usual, "b": 2 * usual, "c": usual}
    scenario = world(hours=10, rates=rates, reward=reward, variants="[a, b, c]")
    equal = 10_000 * scenario.gaps(HOUR).mean()
    assert 0 < thompson(scenario, np.random.default_rng(3)) < equal / 8


@pytest.mark.parametrize("kind", NATURES)
def test_a_policy_file_of_any_kind_finds_the_better_of_two(kind):
    usual = NATURES[kind].rate
    reward = f"{{kind: {kind}, default: null, window: 1h}}"
    run = play(world(hours=24, rates={"a": usual, "b": 2 * usual}, reward=reward), 0)
    assert run.shares[-1][1] > 0.9
    assert run.regret < run.equal / 2


def test_the_regret_of_thompson_sampling_is_the_one_that_is_known_of_two_rates():
    # 37.6 and 36.8 were measured of 100,000 requests in 200 runs, one by one and by the hundred; a run strays by 40.
    scenario = world(hours=100, rates={"a": 0.05, "b": 0.06})
    missed = [thompson(scenario, np.random.default_rng(seed)) for seed in range(30)]
    assert 20 < np.mean(missed) < 60


def test_rewards_are_as_late_as_was_asked_for_and_none_is_too_late_to_count():
    reward = "{kind: bernoulli, window: 6h}"
    _, strata = looped(world(hours=30, traffic=3000, rates={"b": 0.5}, delays={"b": 3 * HOUR}, reward=reward))
    exposed, earned = np.sum([(s["b"].exposed, s["b"].rewarded.total) for s in strata[:20]], axis=0)
    assert earned / exposed == pytest.approx(0.5, abs=0.01)
    ages = np.sum([np.pad(s["b"].ages, (0, 40 - len(s["b"].ages))) for s in strata[:20]], axis=0)
    assert age_bin(6 * HOUR) == max(np.flatnonzero(ages))
    # Of exponential delays of 3 h that end by 6 h, so many are below the edge at 2**13 s.
    assert ages[: age_bin(2**13 * SECOND)].sum() / ages.sum() == pytest.approx(0.5316 / 0.8647, abs=0.02)
