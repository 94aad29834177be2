"""A policy file on recorded requests: on small ones whose end is known, and on the two real recordings."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from core.builders import HOUR, MINUTE, NOON, experiment

from banditctl.core.belief import Goal
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.demo.flights import RECORDING, VARIANTS
from banditctl.errors import UsageError
from banditctl.replay import replay
from banditctl.replay.columns import Columns
from banditctl.replay.recording import Row, read

SAMPLE = Path(__file__).parent / "data/obd_small.csv.gz"
HOURLY = Schedule(every=HOUR, at_least=HOUR, burn_in=20)


def replayed(of, rows, seed=1):
    return asyncio.run(replay(of, rows, seed, lambda _: None))


def full_rows(count, rewards=(0.0, 1.0), delay=MINUTE):
    """Six requests an hour, all alike."""
    return [Row(NOON + i * 10 * MINUTE, NOON + i * 10 * MINUTE + delay, rewards) for i in range(count)]


def of(goal: Goal = "maximize", **options):
    return experiment(reward=Bernoulli(default=None, goal=goal), schedule=HOURLY, **options)


def test_mean_rewards_stand_beside_the_equal_split_and_the_best_variant():
    found = replayed(of(), full_rows(600))
    served = found["variants"]["B"]["served"]
    assert found["mean_reward"] == {"equal_split": 0.5, "policy": served / 600, "best_variant": 1.0}
    assert found["regret"] == {"equal_split": 300.0, "policy": pytest.approx(600.0 - served)}
    assert found["gained"] == pytest.approx((served - 300) / 300)
    assert found["best_variant"] == "B"
    assert served > 500


def test_where_less_is_better_the_other_variant_is_the_best():
    found = replayed(of(goal="minimize"), full_rows(600))
    assert (found["best_variant"], found["regret"]["equal_split"]) == ("A", 300.0)
    assert found["variants"]["A"]["served"] > 500


def test_shares_are_told_from_turn_to_turn_and_each_change_is_an_update():
    found = replayed(of(), full_rows(60))
    shares = [turn["shares"]["B"] for turn in found["shares"]]
    assert shares[:4] == [0.5, 0.5, 0.5, 0.5]
    assert shares == sorted(shares)
    assert max(np.diff(shares)) == pytest.approx(0.2)
    assert (found["turns"], found["updates"]) == (len(shares), np.count_nonzero(np.diff(shares)))
    assert [turn["requests"] for turn in found["shares"]] == list(range(0, 60, 6))


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    rows = full_rows(200)
    assert replayed(of(), rows, 1) == replayed(of(), rows, 1) != replayed(of(), rows, 2)


def test_a_reward_counts_only_once_it_has_come():
    found = replayed(of(), full_rows(120, delay=5 * HOUR))
    shares = [turn["shares"]["B"] for turn in found["shares"]]
    # Twenty rewards make the burn-in; the twentieth has come after eight hours and ten minutes.
    assert shares[:9] == [0.5] * 9
    assert shares[9] == 0.7


@pytest.mark.parametrize("every", [HOUR, 48 * HOUR])
@pytest.mark.parametrize("default", [None, 0.0])
def test_in_the_end_everything_has_been_counted(default, every):
    rows = full_rows(65, delay=5 * HOUR)
    schedule = Schedule(every=every, at_least=every)
    found = replayed(experiment(reward=Bernoulli(default=default), schedule=schedule), rows)
    assert sum(one.trials for one in found["belief"].values()) == 65
    assert found["shares"][-1]["at"] <= rows[-1].at


def test_a_reward_that_comes_after_its_window_is_not_counted():
    found = replayed(of(), full_rows(60, delay=7 * HOUR))
    assert sum(one.trials for one in found["belief"].values()) == 0


def test_where_cloudwatch_is_to_count_the_requests_there_is_nothing_to_replay():
    counted = experiment(evidence=EvidenceOptions(trials="invocations"))
    with pytest.raises(UsageError, match="fares: there is no CloudWatch here"):
        replayed(counted, full_rows(1))


def test_a_policy_file_that_only_observes_is_replayed_as_if_it_acted():
    assert replayed(of(mode="observe"), full_rows(200)) == replayed(of(), full_rows(200))


def test_progress_ends_with_the_last_row():
    heard = []
    asyncio.run(replay(of(), full_rows(50), 1, heard.append))
    assert heard == sorted(heard)
    assert heard[-1] == 50


def logged_rows(count, rates, routed, seed=3):
    """A request a minute, routed by `routed`; the last of `rates` may be of a variant that nobody knows."""
    lots = np.random.default_rng(seed)
    served = lots.choice(len(routed), size=count, p=routed)
    won = lots.random(count) < np.array(rates)[served]
    for i, variant in enumerate(served.tolist()):
        at = NOON + i * MINUTE
        yield Row(at, at + MINUTE, (float(won[i]),), variant if variant < 2 else -1, routed[variant])


def test_what_shares_would_have_earned_is_estimated_by_three_ways_that_agree():
    found = replayed(of(), list(logged_rows(6000, [0.3, 0.6], [0.7, 0.3])))
    for name in ("inverse_propensity", "self_normalised", "doubly_robust"):
        assert found["policy"][name]["value"] == pytest.approx(0.59, abs=0.04)
        low, high = found["variants"]["B"][name]["interval"]
        assert low < 0.6 < high
    assert found["variants"]["B"]["served"] == pytest.approx(1800, abs=150)


def test_shares_that_would_have_been_move_though_the_log_stays_as_it_was():
    found = replayed(of(), list(logged_rows(600, [0.1, 0.9], [0.5, 0.5])))
    shares = [turn["shares"]["B"] for turn in found["shares"]]
    assert shares[0] == 0.5
    assert shares[-1] == pytest.approx(0.99)
    assert max(np.diff(shares)) == pytest.approx(0.2)
    assert found["reason"].startswith("Hold: the ")


def test_requests_of_other_variants_bear_on_nothing_but_how_many_there_were():
    found = replayed(of(), list(logged_rows(6000, [0.3, 0.6, 1.0], [0.2, 0.2, 0.6])))
    low, high = found["variants"]["B"]["inverse_propensity"]["interval"]
    assert low < 0.6 < high
    assert sum(one.trials for one in found["belief"].values()) < 0.45 * 6000


def test_of_rewards_that_hardly_differ_no_interval_is_told():
    found = replayed(of(), list(logged_rows(600, [0.0, 0.5], [0.5, 0.5])))
    assert found["variants"]["A"]["inverse_propensity"]["interval"] is None
    assert found["variants"]["B"]["inverse_propensity"]["interval"] is not None


FLIGHTS = experiment(
    VARIANTS,
    reward=Bernoulli(default=None, window=timedelta(days=1)),
    evidence=EvidenceOptions(stratum=timedelta(days=1)),
    limits=Limits(floor=0.05),
    schedule=Schedule(every=timedelta(days=1), at_least=timedelta(days=1)),
)


def test_on_the_flights_it_gains_most_of_what_there_was_to_gain():
    found = replayed(FLIGHTS, read(RECORDING, None, {}, FLIGHTS))
    mean = found["mean_reward"]
    assert (found["requests"], round(mean["equal_split"], 4), round(mean["best_variant"], 4)) == (24000, 0.6529, 0.7422)
    assert 0.70 < mean["policy"] < 0.73
    assert found["best_variant"] == "gbm-weather-cal"


def test_the_open_bandit_sample_says_too_little_to_be_sure_of_a_policy():
    day = timedelta(days=1)
    slow = experiment(
        ("random", "bts"),
        reward=Bernoulli(default=None),
        evidence=EvidenceOptions(discount=1.0),
        schedule=Schedule(every=day, at_least=day),
    )
    found = replayed(slow, read(SAMPLE, None, {}, slow))
    random, bts = (found["variants"][name] for name in ("random", "bts"))
    assert (random["served"], bts["served"]) == (30_000, 30_000)
    assert bts["self_normalised"]["value"] == pytest.approx(157 / 30_000)
    assert random["self_normalised"]["interval"][1] > bts["self_normalised"]["interval"][0]
    assert found["belief"]["bts"].best == pytest.approx(0.95, abs=0.01)
    assert "winner" not in found["concluded"]


ITEMS = Columns(time="timestamp", variant="item_id", propensity="propensity_score", reward="click")


def test_items_shown_at_random_are_judged_by_how_likely_each_was():
    items = experiment(
        ("11", "25"), reward=Bernoulli(default=None), schedule=replace(HOURLY, every=6 * HOUR, at_least=6 * HOUR)
    )
    rows = read(SAMPLE, ITEMS, {"policy": "random", "campaign": "men"}, items)
    found = replayed(items, rows)
    assert (found["requests"], found["variants"]["11"]["served"]) == (10_000, 345)
    clicks = sum(row.rewards[0] for row in rows if row.variant == 0)
    assert found["variants"]["11"]["inverse_propensity"]["value"] == pytest.approx(clicks * 34 / 10_000)
