"""What an experiment refuses, and when its turns are due."""

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, names

from banditctl.core.attribution import Rule, Rules
from banditctl.core.contradictions import contradictions
from banditctl.core.event import CLOCK_SKEW, REWARD
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits
from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.policies.exp3 import Exp3
from banditctl.core.policies.fixed import Fixed
from banditctl.core.policies.kl_ucb import KlUcb
from banditctl.core.policies.ucb1 import Ucb1
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.rewards.poisson import Poisson

WAITING = {"reward": Bernoulli(default=0.0)}
DELAYS = ("evidence", "delays")
POOLED = EvidenceOptions(estimator="pooled")


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({}, []),
        ({"variants": ("A", "A")}, [("variants",)]),
        ({"control": "C"}, [("control",)]),
        ({"schedule": Schedule(every=MINUTE, at_least=2 * MINUTE)}, [("schedule", "at_least")]),
        ({"limits": Limits(floor=0.6)}, [("limits", "floor")]),
        ({"reward": Bernoulli(repeat="sum")}, [("reward", "repeat")]),
        ({"control": "C", "limits": Limits(step=0)}, [("control",), ("limits", "step")]),
        ({"metrics": {"latency": Gaussian(window=6 * HOUR)}}, []),
        ({"metrics": {"latency": Gaussian(window=6 * HOUR + MINUTE)}}, [("metrics", "latency", "window")]),
        ({"metrics": {"reward": Gaussian()}}, [("metrics", "reward")]),
        ({"metrics": {"error": Bernoulli(repeat="sum")}}, [("metrics", "error", "repeat")]),
        ({"reward": Gaussian(value=2.0, costs={"A": 0.1})}, []),
        (
            {"reward": Gaussian(costs={"C": 1.0, "B": 1.0, "D": 0.0})},
            [("reward", "costs", "C"), ("reward", "costs", "D")],
        ),
        ({"reward": Gaussian(value=2.0)}, [("reward", "value")]),
        ({"reward": Bernoulli(costs={"A": 0.1})}, []),
        ({"reward": Bernoulli(costs={"A": 0.1}), "evidence": POOLED}, [("reward", "costs")]),
        ({"reward": Poisson(value=2.0, costs={"A": 0.1}), "evidence": POOLED}, [("reward", "costs")]),
        ({"metrics": {"latency": Gaussian(costs={"A": 1.0})}}, [("metrics", "latency", "costs")]),
        ({"metrics": {"latency": Gaussian(value=2.0)}}, [("metrics", "latency", "value")]),
        (WAITING | {"evidence": EvidenceOptions(delays={"A": HOUR, "B": HOUR})}, []),
        (WAITING | {"evidence": EvidenceOptions(delays={"A": HOUR})}, [DELAYS]),
        (WAITING | {"evidence": EvidenceOptions(delays={"A": HOUR, "C": HOUR})}, [(*DELAYS, "C"), DELAYS]),
        ({"evidence": EvidenceOptions(delays={"A": HOUR, "B": HOUR})}, [DELAYS]),
        (
            WAITING | {"evidence": EvidenceOptions(trials="rewards", delays={"A": HOUR, "B": HOUR})},
            [DELAYS],
        ),
    ],
)
def test_everything_that_cannot_work_is_named_at_once(options, paths):
    assert [path for path, _ in contradictions(experiment(**options))] == paths


@pytest.mark.parametrize("policy", [Ucb1(), KlUcb(), Exp3()])
def test_a_policy_for_pooled_rates_says_which_options_must_be_others(policy):
    pooled, stratified = (EvidenceOptions(estimator=name) for name in ("pooled", "stratified"))
    assert list(contradictions(experiment(policy=policy, evidence=pooled))) == []
    assert list(contradictions(experiment(policy=policy, evidence=stratified, reward=Gaussian()))) == [
        (("reward", "kind"), f"must be bernoulli for {policy.kind}, not gaussian"),
        (("evidence", "estimator"), f"must be pooled for {policy.kind}, not stratified"),
    ]


def test_fixed_shares_that_do_not_fit_the_variants_are_refused_where_they_stand():
    (problem,) = contradictions(experiment(policy=Fixed(shares={"A": 1.0})))
    assert problem == (("policy", "shares"), "lack B; name each variant, or none for an equal split")


@pytest.mark.parametrize(("variants", "burn_in"), [(2, 1000), (10, 1000)])
def test_the_burn_in_is_a_hundred_trials_a_variant_and_at_least_a_thousand(variants, burn_in):
    assert experiment(variants=names(variants)).burn_in == burn_in


def test_a_burn_in_that_was_chosen_is_kept_even_if_it_is_none():
    assert experiment(schedule=Schedule(burn_in=0)).burn_in == 0


def test_trials_are_counted_only_where_they_matter():
    counted = []
    due = [
        Schedule().due(NOON + minutes * MINUTE, NOON, 0, lambda: counted.append(1) or 0, 1000)
        for minutes in range(-1, 7)
    ]
    assert due == [True, False, False, False, False, False, True, True]
    assert len(counted) == 2


@pytest.mark.parametrize(
    ("minutes", "before", "trials", "due"),
    [
        (4, 1000, 1000, False),
        (5, 1000, 1000, True),
        (60, 0, 0, True),
        (3, 1000, 1500, False),
        (3, 1000, 1501, True),
        (2, 1000, 9999, False),
        (3, 0, 1, True),
        (3, 0, 0, False),
        (-60, 1000, 1000, True),
        (3, 5999, 6000, True),
        (3, 5998, 5999, False),
        (2, 5999, 6000, False),
    ],
)
def test_a_turn_is_due_every_so_often_and_earlier_after_burn_in_and_growth_by_half(minutes, before, trials, due):
    schedule = Schedule(every=5 * MINUTE, at_least=3 * MINUTE)
    assert schedule.due(NOON + minutes * MINUTE, NOON, before, lambda: trials, 6000) is due


def test_rewards_are_credited_as_the_reward_says():
    rules = experiment(reward=Bernoulli(window=2 * HOUR, repeat="max")).rules
    assert rules == Rules({REWARD: Rule(2 * HOUR, "max")}, "exposures", memory=2 * HOUR + CLOCK_SKEW)


def test_further_metrics_are_credited_as_each_of_them_says():
    metrics = {"latency": Gaussian(window=10 * MINUTE, repeat="sum"), "error": Bernoulli(window=HOUR)}
    rules = experiment(metrics=metrics).rules
    assert rules.metrics == {
        REWARD: Rule(6 * HOUR, "first"),
        "latency": Rule(10 * MINUTE, "sum"),
        "error": Rule(HOUR, "first"),
    }
    assert rules.memory == 6 * HOUR + CLOCK_SKEW


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({}, True),
        ({"policy": EpsilonGreedy(), "limits": Limits(step=1), "digest": "f" * 16}, True),
        ({"evidence": EvidenceOptions(discount=1.0)}, True),
        ({"evidence": EvidenceOptions(estimator="pooled", delays={"A": HOUR, "B": HOUR})}, True),
        ({"metrics": {"latency": Gaussian()}}, True),
        ({"reward": Bernoulli(default=None, value=2.0, costs={"A": 1.0})}, True),
        ({"reward": Bernoulli(window=HOUR)}, False),
        ({"evidence": EvidenceOptions(trials="rewards")}, False),
        ({"evidence": EvidenceOptions(stratum=MINUTE)}, False),
    ],
)
def test_the_terms_change_with_what_evidence_means_and_with_nothing_else(options, same):
    assert (experiment(**options).terms == experiment().terms) is same
