"""Situations, what is decided in each, and the sentence that says why."""

from time import process_time
from timeit import repeat
from typing import get_args

import msgspec
import pytest
from core.builders import HOUR, MINUTE, NOON, counted, experiment, live, names, stratum
from msgspec import structs

from banditctl.core.correlated import Correlated
from banditctl.core.decision import _ESTIMATORS, Decision, believe, decide, matured_trials
from banditctl.core.evidence import Estimator, Evidence, EvidenceOptions
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits
from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.snapshot import Snapshot

NOTHING = Evidence((stratum(),))
B_BETTER = counted(A=(1000, 50), B=(1000, 100))
CLOSE = counted(A=(1000, 50), B=(1000, 60))
EQUAL = counted(A=(1000, 50), B=(1000, 50))
YOUNG = counted(A=(100, 5), B=(100, 50))

POOLED = EvidenceOptions(estimator="pooled")
EVEN = live(A=0.5, B=0.5)
WARMING = "warming up with an equal split, {} of 1,000 trials."
B_LEADS = "B is best with probability 100.0% after 2,000 trials."

SITUATIONS = {
    "an even split is kept until anything is known": (
        {},
        NOTHING,
        EVEN,
        ("hold", None, "Hold: the shares are as they should be; " + WARMING.format(0)),
    ),
    "an uneven one is evened out": (
        {},
        NOTHING,
        live(A=0.9, B=0.1),
        ("move", {"A": 0.7, "B": 0.3}, "Move B from 10.0% to 30.0%; " + WARMING.format(0)),
    ),
    "the policy is not asked while evidence is young": (
        {},
        YOUNG,
        EVEN,
        ("hold", None, "Hold: the shares are as they should be; " + WARMING.format(200)),
    ),
    "with a smaller burn-in it is": (
        {"schedule": Schedule(burn_in=200)},
        YOUNG,
        EVEN,
        (
            "move",
            {"A": 0.3, "B": 0.7},
            "Move B from 50.0% to 70.0%; B is best with probability 100.0% after 200 trials.",
        ),
    ),
    "traffic goes to the better variant, one step": (
        {},
        B_BETTER,
        EVEN,
        ("move", {"A": 0.3, "B": 0.7}, "Move B from 50.0% to 70.0%; " + B_LEADS),
    ),
    "and from there another": (
        {},
        B_BETTER,
        live(A=0.3, B=0.7),
        ("move", {"A": 0.1, "B": 0.9}, "Move B from 70.0% to 90.0%; " + B_LEADS),
    ),
    "down to the floor": (
        {},
        B_BETTER,
        live(A=0.1, B=0.9),
        ("move", {"A": 0.01, "B": 0.99}, "Move B from 90.0% to 99.0%; " + B_LEADS),
    ),
    "and stays there": (
        {},
        B_BETTER,
        live(A=0.01, B=0.99),
        ("hold", None, "Hold: the shares are as they should be; " + B_LEADS),
    ),
    "where less is better it goes the other way": (
        {"reward": Bernoulli(goal="minimize", default=None)},
        B_BETTER,
        EVEN,
        (
            "move",
            {"A": 0.7, "B": 0.3},
            "Move A from 50.0% to 70.0%; A is best with probability 100.0% after 2,000 trials.",
        ),
    ),
    "a close call moves as far as it is believed": (
        {"limits": Limits(floor=0, step=1)},
        CLOSE,
        EVEN,
        (
            "move",
            {"A": 0.1639, "B": 0.8361},
            "Move B from 50.0% to 83.6%; B is best with probability 83.6% after 2,000 trials.",
        ),
    ),
    "where strata are added up nearly as far": (
        {"limits": Limits(floor=0, step=1), "evidence": POOLED},
        CLOSE,
        EVEN,
        (
            "move",
            {"A": 0.1644, "B": 0.8356},
            "Move B from 50.0% to 83.6%; B is best with probability 83.6% after 2,000 trials.",
        ),
    ),
    "a tie holds": (
        {},
        EQUAL,
        EVEN,
        (
            "hold",
            None,
            "Hold: the shares are as they should be; A is best with probability 50.0% after 2,000 trials.",
        ),
    ),
    "a wider dead-band holds back a larger step": (
        {"limits": Limits(deadband=0.2, step=0.2), "policy": EpsilonGreedy(epsilon=0.7)},
        B_BETTER,
        EVEN,
        ("hold", None, "Hold: the next step is within the dead-band of 20.0%; " + B_LEADS),
    ),
    "observing says what it would do": (
        {"mode": "observe"},
        B_BETTER,
        EVEN,
        ("hold", {"A": 0.3, "B": 0.7}, "Observe only: would move B from 50.0% to 70.0%; " + B_LEADS),
    ),
    "observing holds like acting does": (
        {"mode": "observe"},
        B_BETTER,
        live(A=0.01, B=0.99),
        ("hold", None, "Hold: the shares are as they should be; " + B_LEADS),
    ),
    "a busy endpoint is waited for": (
        {},
        B_BETTER,
        live("busy", "Updating", A=0.5, B=0.5),
        ("hold", None, "Hold: the endpoint is Updating, it is changing; " + B_LEADS),
    ),
    "so is one that is being made": (
        {},
        NOTHING,
        live("busy", "Creating"),
        ("hold", None, "Hold: the endpoint is Creating, it is changing; " + WARMING.format(0)),
    ),
    "a broken one is left to a person": (
        {},
        B_BETTER,
        live("broken", "Failed", A=0.5, B=0.5),
        ("hold", None, "Hold: the endpoint is Failed, only a person can mend that; " + B_LEADS),
    ),
    "a variant the policy file does not name stops everything": (
        {},
        B_BETTER,
        live(A=0.4, B=0.4, C=0.2),
        ("hold", None, "Hold: the endpoint also has C; name its variants in the policy file; " + B_LEADS),
    ),
    "so does one the endpoint does not have": (
        {},
        B_BETTER,
        live(A=1.0),
        ("hold", None, "Hold: the endpoint lacks B; name its variants in the policy file; " + B_LEADS),
    ),
    "and both": (
        {},
        B_BETTER,
        live(A=0.5, D=0.25, C=0.25),
        (
            "hold",
            None,
            "Hold: the endpoint lacks B and also has C, D; name its variants in the policy file; " + B_LEADS,
        ),
    ),
}


def snapshot(evidence=B_BETTER, seen=EVEN, at=NOON + HOUR):
    return Snapshot(at, evidence, seen)


def ten(number=10, cuts=200):
    """An experiment of ten variants after many strata, and what is seen of it."""
    variants = names(number)
    cells = {name: (1e4, 1e4, 500 + 10 * k) for k, name in enumerate(variants)}
    hours = [stratum(since=NOON + k * HOUR, until=NOON + (k + 1) * HOUR, **cells) for k in range(cuts)]
    seen = Snapshot(NOON + cuts * HOUR, Evidence(tuple(hours)), live(**dict.fromkeys(variants, 1 / number)))
    return experiment(variants=variants), seen


@pytest.mark.parametrize(("options", "evidence", "seen", "outcome"), SITUATIONS.values(), ids=SITUATIONS)
def test_in_each_situation_the_verdict_and_its_reason_are_these(options, evidence, seen, outcome):
    decision = decide(experiment(**options), snapshot(evidence, seen))
    asked = decision.allocation and decision.allocation.shares
    assert (decision.verdict, asked, decision.reason) == outcome


@pytest.mark.parametrize(("options", "evidence", "seen", "outcome"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_decision_read_back_from_json_can_be_made_again_bit_for_bit(options, evidence, seen, outcome):
    made = decide(experiment(**options), snapshot(evidence, seen))
    written = msgspec.json.encode(made)
    read = msgspec.json.decode(written, type=Decision)
    assert read == made
    assert decide(experiment(**options), read.seen) == read
    assert msgspec.json.encode(decide(experiment(**options), read.seen)) == written


def test_ten_variants_and_two_hundred_strata_are_decided_again_bit_for_bit():
    ten_variants, seen = ten()
    written = msgspec.json.encode(decide(ten_variants, seen))
    again = decide(ten_variants, msgspec.json.decode(written, type=Decision).seen)
    assert msgspec.json.encode(again) == written


def test_a_full_decision_among_ten_variants_takes_less_than_fifty_milliseconds():
    ten_variants, seen = ten(cuts=24)
    assert min(repeat(lambda: decide(ten_variants, seen), timer=process_time, number=1, repeat=15)) < 0.05


def test_so_does_one_among_guesses_and_certainties():
    cells = {name: (20.0 * 5**k, 20.0 * 5**k, 5**k) for k, name in enumerate(names(10))}
    seen = snapshot(Evidence((stratum(**cells),)), live(**dict.fromkeys(names(10), 0.1)))
    assert (
        min(repeat(lambda: decide(experiment(variants=names(10)), seen), timer=process_time, number=1, repeat=15))
        < 0.05
    )


def test_the_summary_says_of_each_variant_what_is_believed():
    decision = decide(experiment(evidence=POOLED), snapshot(CLOSE))
    b = decision.belief["B"]
    assert list(decision.belief) == ["A", "B"]
    assert (b.trials, b.mean) == (1000, pytest.approx(61 / 1002))
    assert b.best == pytest.approx(0.83561126487546, abs=1e-11)
    assert b.expected_loss == pytest.approx(0.0617717091574743 - 61 / 1002, abs=1e-11)
    assert b.interval == pytest.approx((0.0470, 0.0764), abs=1e-4)
    assert decision.trials == 2000
    assert 0 < decision.value_remaining < 1 - b.best
    assert decision.proposal.shares == {name: row.best for name, row in decision.belief.items()}


def test_the_order_of_variants_in_the_policy_file_does_not_matter():
    one = decide(experiment(), snapshot(CLOSE))
    other = decide(experiment(variants=("B", "A")), snapshot(CLOSE))
    assert (one.verdict, one.allocation, one.reason) == (other.verdict, other.allocation, other.reason)


def test_a_decision_names_the_experiment_and_the_digest_of_its_file():
    decision = decide(experiment(name="fares", digest="abc"), snapshot())
    assert (decision.experiment, decision.digest, decision.seen) == ("fares", "abc", snapshot())


def test_a_variant_that_is_beaten_beyond_all_doubt_stops_no_turn():
    decision = decide(experiment(), snapshot(counted(A=(1_000_000, 50_000), B=(1_000_000, 500_000))))
    assert decision.allocation.shares == {"A": 0.3, "B": 0.7}
    assert decision.belief["A"].best == 0


def test_any_number_can_be_a_reward():
    rewards = {"reward": Gaussian(default=None), "schedule": Schedule(burn_in=0)}
    assert decide(experiment(**rewards), snapshot(B_BETTER)).allocation.shares == {"A": 0.3, "B": 0.7}


def test_a_variant_that_costs_more_than_it_earns_more_is_left():
    dear = Gaussian(default=None, costs={"B": 0.2})
    assert decide(experiment(reward=Gaussian(default=None)), snapshot(B_BETTER)).allocation["B"] == 0.7
    decision = decide(experiment(reward=dear), snapshot(B_BETTER))
    assert decision.allocation["B"] == 0.3
    assert decision.belief["B"].mean == pytest.approx(0.1 - 0.2, abs=1e-3)


def test_requests_count_once_their_window_has_closed_the_unrewarded_at_the_default():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(1000, 50, 50), B=(1000, 60, 60)),))
    waiting = experiment(reward=Bernoulli(default=0.0))
    pending = decide(waiting, snapshot(evidence, at=NOON + 2 * HOUR))
    closed = decide(waiting, snapshot(evidence, at=NOON + 7 * HOUR))
    assert (pending.trials, closed.trials) == (0, 2000)
    assert closed.belief["A"].mean < 0.06


def test_where_rewards_are_the_trials_each_counts_at_once():
    evidence = Evidence((stratum(A=(0, 50, 20), B=(0, 60, 30)),))
    counting = experiment(reward=Bernoulli(), evidence=EvidenceOptions(trials="rewards"))
    assert decide(counting, snapshot(evidence, at=NOON + HOUR)).trials == 110


def test_trials_are_not_discounted_but_the_belief_is():
    old = Evidence((stratum(until=NOON - 100 * HOUR, A=(1000, 1000, 0), B=(1000, 1000, 0)),))
    forgetful = experiment(evidence=EvidenceOptions(estimator="pooled", discount=0.99))
    trials = matured_trials(forgetful, old, NOON)
    assert trials.count.tolist() == [[1000, 1000]]
    assert believe(forgetful, trials).posterior.b.tolist() == pytest.approx([1 + 1000 * 0.99**100] * 2)


def test_every_estimator_that_a_policy_file_may_name_is_there():
    assert set(_ESTIMATORS) == set(get_args(Estimator))


@pytest.mark.parametrize("number", [2, 3, 4, 10])
def test_by_default_variants_are_compared_within_strata(number):
    variants, seen = ten(number, cuts=5)
    correlated = believe(variants, matured_trials(variants, seen.evidence, seen.at))
    assert isinstance(correlated, Correlated)
    summary = decide(variants, seen).belief
    assert [row.best for row in summary.values()] == correlated.best.tolist()


@pytest.mark.parametrize(("trials", "share"), [(0, 1 / 3), (99, 1 / 3), (100, 0.0)])
def test_a_variant_that_joins_later_has_an_equal_share_until_it_has_trials_of_its_own(trials, share):
    before = stratum(until=NOON + MINUTE, A=(9000, 9000, 450), B=(9000, 9000, 900))
    joined = stratum(since=NOON + MINUTE, A=(400, 400, 20), B=(400, 400, 40), C=(trials, trials, 0))
    joined = structs.replace(joined, shares={"A": 0.4, "B": 0.4, "C": 0.2})
    of_three = experiment(variants=("A", "B", "C"), evidence=POOLED)
    proposal = decide(of_three, snapshot(Evidence((before, joined)), live(A=0.4, B=0.4, C=0.2))).proposal
    assert proposal["C"] == pytest.approx(share, abs=0.01)
    assert proposal["B"] == pytest.approx(1 - share, abs=0.01)


def test_value_remaining_is_undefined_while_nothing_is_known():
    assert decide(experiment(), snapshot(NOTHING)).value_remaining is None


def test_with_known_delays_the_pending_count_before_their_window_has_closed():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(1000, 50, 50), B=(1000, 60, 60)),))
    at_once = EvidenceOptions(delays={"A": MINUTE, "B": MINUTE})
    waiting = snapshot(evidence, at=NOON + 2 * HOUR)
    assert decide(experiment(reward=Bernoulli(), evidence=at_once), waiting).trials == pytest.approx(2000)
    assert decide(experiment(reward=Bernoulli()), waiting).trials == 0
