"""Situations, and what a colleague would say of what was decided in each."""

import re

import msgspec
import pytest
from core.builders import HOUR, MINUTE, NOON, counted, experiment, live, stratum
from explanation.explained import B_BETTER, EVEN, explained

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence
from banditctl.core.limits import Limits
from banditctl.core.policies.epsilon_greedy import EpsilonGreedy
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.snapshot import Snapshot
from banditctl.explanation import explain

NOTHING = Evidence((stratum(),))
CLOSE = counted(A=(1000, 50), B=(1000, 60))
YOUNG = counted(A=(100, 5), B=(100, 50))

B_LEADS = (
    "B earns the most with a probability of more than 99.99% after 2,000 trials, 0.1 a request (0.0841 to 0.117); "
    "to stay with it for good would cost next to nothing."
)
A_LOWEST = (
    B_LEADS.replace("B earns the most", "A is lowest")
    .replace("0.1 a", "0.0504 a")
    .replace("0.0841 to 0.117", "0.0341 to 0.0668")
)
EARLY = (
    "It is too early to tell who is best: {} of the 1,000 trials of burn-in are in, and until then the split is equal."
)
STEP = "No share changes by more than 20% a turn."
TWO_MORE = "As things stand, 2 more turns would bring {} to 99.0%."
ASKED = "Shares move again once the share that epsilon_greedy asks for A is {}; now it is {}."
AT_FIVE_PAST = "The next turn is due at 13:05:00 UTC."

SITUATIONS = {
    "a step towards the better": (
        {},
        B_BETTER,
        EVEN,
        ["It moved B from 50.0% to 70.0%.", B_LEADS, STEP, TWO_MORE.format("B"), AT_FIVE_PAST],
    ),
    "where less is better it goes the other way": (
        {"reward": Bernoulli(goal="minimize", default=None)},
        B_BETTER,
        EVEN,
        ["It moved A from 50.0% to 70.0%.", A_LOWEST, STEP, TWO_MORE.format("A"), AT_FIVE_PAST],
    ),
    "the last step": (
        {},
        B_BETTER,
        live(A=0.1, B=0.9),
        [
            "It moved B from 90.0% to 99.0%.",
            B_LEADS,
            "The floor keeps A at 1%.",
            "It would go back if the probability that B is best were below 90.82%; now it is more than 99.99%.",
            AT_FIVE_PAST,
        ],
    ),
    "there is no further to go": (
        {"limits": Limits(cap=0.8)},
        B_BETTER,
        live(A=0.2, B=0.8),
        [
            "Nothing was moved: the shares are as they should be.",
            B_LEADS,
            "The cap keeps B at 80%.",
            "Shares move again once the probability that B is best is below 79.59%; now it is more than 99.99%.",
            AT_FIVE_PAST,
        ],
    ),
    "a step too small": (
        {"policy": EpsilonGreedy(epsilon=0.34)},
        B_BETTER,
        live(A=0.17, B=0.83),
        [
            "Nothing was moved: the next step is within the dead-band of 1.0%.",
            B_LEADS,
            ASKED.format("below 15.31% or above 17.35%", "17%"),
            AT_FIVE_PAST,
        ],
    ),
    "burn-in": (
        {},
        YOUNG,
        EVEN,
        [
            "Nothing was moved: the shares are as they should be.",
            EARLY.format(200),
            "The policy is asked after 800 more trials, in about 4 hours at the pace so far.",
            AT_FIVE_PAST,
        ],
    ),
    "nothing known": (
        {},
        NOTHING,
        EVEN,
        [
            "Nothing was moved: the shares are as they should be.",
            EARLY.format(0),
            "The policy is asked after 1,000 more trials.",
            "The next turn is due at 13:05:00 UTC, or at 13:03:00 UTC with 1 trial by then.",
        ],
    ),
    "a busy endpoint": (
        {},
        B_BETTER,
        live("busy", "Updating", A=0.5, B=0.5),
        [
            "Nothing was moved: the endpoint is Updating, it is changing.",
            B_LEADS,
            "Were nothing in the way, it would move B from 50.0% to 70.0%.",
            "The next turn is due as soon as the endpoint is ready, or at 13:05:00 UTC.",
        ],
    ),
    "a broken endpoint": (
        {},
        B_BETTER,
        live("broken", "Failed", A=0.5, B=0.5),
        [
            "Nothing was moved: the endpoint is Failed, only a person can mend that.",
            B_LEADS,
            "Nothing moves until somebody changes the endpoint or the policy file.",
            AT_FIVE_PAST,
        ],
    ),
    "an endpoint of other variants": (
        {},
        B_BETTER,
        live(A=0.5, C=0.5),
        [
            "Nothing was moved: the endpoint lacks B and also has C; name its variants in the policy file.",
            B_LEADS,
            "Nothing moves until somebody changes the endpoint or the policy file.",
            AT_FIVE_PAST,
        ],
    ),
    "only watching": (
        {"mode": "observe"},
        B_BETTER,
        EVEN,
        [
            "It only observes: otherwise it would have moved B from 50.0% to 70.0%.",
            B_LEADS,
            STEP,
            "Nothing is pushed until the policy file says mode: act.",
            AT_FIVE_PAST,
        ],
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_decision_is_told_in_plain_sentences(situation):
    options, evidence, seen, sentences = SITUATIONS[situation]
    assert explained(evidence, seen, **options).sentences == sentences


def test_of_many_shares_that_change_those_that_change_most_are_told():
    names = ("A", "B", "C", "D", "E")
    evidence = counted(**{name: (1000, 50 + 30 * number) for number, name in enumerate(names)})
    even = live(**dict.fromkeys(names, 0.2))
    (done, *_) = explained(evidence, even, variants=names).sentences
    told_of = "It moved E from 20.0% to 40.0%, B from 20.0% to 14.9%, A from 20.0% to 14.9% and 2 others by less."
    assert done == told_of


def test_a_decision_of_a_former_policy_file_tells_what_it_says_itself_and_no_more():
    decision = decide(experiment(), Snapshot(NOON + HOUR, B_BETTER, EVEN))
    found = explain(experiment(digest="1" * 16, limits=Limits(step=0.01)), decision)
    assert found.sentences == [
        "It moved B from 50.0% to 70.0%.",
        B_LEADS,
        "The policy file has changed since, so what held it back and what was due then is not told here.",
    ]
    assert not found.current
    assert (found.burn_in, found.restraints, found.awaited, found.due) == (None, None, None, None)


def test_the_numbers_are_those_of_the_decision():
    found = explained()
    a, b = found.variants["A"], found.variants["B"]
    assert (a.trials, a.pending, a.live, a.allocated) == (1000, 0, 0.5, 0.3)
    assert b.best > 0.999 > b.interval[1] > b.mean > b.interval[0]
    assert b.proposed == pytest.approx(b.best)
    assert [(one.limit, one.bound, one.variants) for one in found.restraints] == [("step", 0.2, ["A", "B"])]
    assert (found.burn_in.trials, found.burn_in.needed) == (2000, 1000)
    assert (found.due.at, found.due.early, found.due.trials) == (NOON + 65 * MINUTE, NOON + 63 * MINUTE, 3001)
    assert msgspec.json.decode(msgspec.json.encode(found))["sentences"] == found.sentences


def asking(share):
    """Of B, that is: epsilon-greedy gives half of epsilon to each, and the rest to the leader."""
    return {"policy": EpsilonGreedy(epsilon=2 * (1 - share)), "limits": Limits(deadband=0.03, floor=0.02, step=1.0)}


@pytest.mark.parametrize("share", [0.60, 0.70, 0.80, 0.90])
def test_shares_move_just_beyond_the_bounds_that_are_told_and_not_before(share):
    seen = live(A=1 - share, B=share)
    held = explained(seen=seen, **asking((share - 0.02) / 0.96)).sentences[-2]
    below, above = (float(found) / 100 for found in re.findall(r"(?:below|above) ([\d.]+)%", held))
    assert "for B" in held
    for bound, outwards in ((below, -1e-3), (above, 1e-3)):
        assert explained(seen=seen, **asking(bound + outwards)).verdict == "move"
        assert explained(seen=seen, **asking(bound - outwards)).verdict == "hold"
