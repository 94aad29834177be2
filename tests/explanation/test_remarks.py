"""What else there is to tell of a decision: others, new models, requests astray, rewards still to come."""

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, shares, stratum, told
from explanation.explained import B_BETTER, EVEN, explained
from msgspec import structs

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence, EvidenceOptions, Model
from banditctl.core.findings import Findings
from banditctl.core.mismatch import Mismatch
from banditctl.core.revision import FileChange
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.snapshot import Snapshot
from banditctl.core.turn import Claim, Turn
from banditctl.explanation import explain

FOREIGN = "Since the last turn somebody else moved A from 30.0% to 90.0%; with on_drift: {}."
DRIFTS = {
    "reassert": (
        "It moved B from 10.0% to 90.0%",
        "reassert what was decided is put back",
        "1 more turn would bring B",
    ),
    "adopt": ("It moved B from 10.0% to 30.0%", "adopt it goes on from there", "4 more turns would bring B to 99.0%"),
    "pause": ("Nothing was moved: paused until", "pause it waits until somebody acts", "move B from 10.0% to 30.0%"),
}


@pytest.mark.parametrize("on_drift", DRIFTS)
def test_what_others_did_is_told_with_what_follows(on_drift):
    done, consequence, outlook = DRIFTS[on_drift]
    known = structs.replace(B_BETTER.strata[0], shares={"A": 0.9, "B": 0.1})
    last = Turn(NOON, 1000, claim=Claim(shares(A=0.3, B=0.7), "split", shares(A=0.5, B=0.5)))
    text = explained(Evidence((known,)), told(A=0.9, B=0.1), last, on_drift=on_drift).sentences
    assert text[0].startswith(done)
    assert FOREIGN.format(consequence) in text
    assert outlook in text[-2]


@pytest.mark.parametrize(
    ("unfinished", "sentence"),
    [(True, "The last push did not arrive, so this"), (False, "The last push was undone: it was rolled back, or")],
)
def test_what_became_of_the_last_push_is_told(unfinished, sentence):
    last = Turn(NOON, 1000, unfinished=unfinished, claim=Claim(shares(A=0.3, B=0.7), "", shares(A=0.5, B=0.5)))
    assert any(one.startswith(sentence) for one in explained(last=last).sentences)


def test_what_the_policy_file_says_otherwise_is_told():
    of, change = experiment(), FileChange("0" * 16, ("limits.step", "mode"))
    found = explain(of, decide(of, Snapshot(NOON + HOUR, B_BETTER, EVEN, last=Turn(NOON, 0), change=change)))
    assert "The policy file has another limits.step, mode than at the turn before." in found.sentences
    assert found.file_change == change


def test_a_new_model_is_told():
    evidence = structs.replace(B_BETTER, models={"A": Model("two", NOON + MINUTE)})
    text = explained(evidence, last=Turn(NOON, 0)).sentences
    assert "A now runs two, and is learned afresh." in text


def test_requests_that_do_not_go_by_the_shares_are_told():
    of = experiment()
    decision = decide(of, Snapshot(NOON + HOUR, B_BETTER, EVEN))
    split = Mismatch(1e6, "B", -0.042, alarm=True)
    found = explain(of, structs.replace(decision, findings=Findings(leader="B", mismatch=split)))
    assert "Requests do not go by the shares: B got 4.2% less than its share, so compare with care." in found.sentences
    assert found.mismatch == split


WAITING = Evidence(
    (
        stratum(until=NOON + HOUR / 2, A=(3000, 50, 50), B=(3000, 100, 100)),
        stratum(since=NOON + HOUR / 2, A=(3000, 50, 50), B=(3000, 60, 60)),
    )
)


def test_rewards_that_are_awaited_are_told_with_their_correction():
    delays = EvidenceOptions(delays={"A": HOUR, "B": HOUR})
    found = explained(WAITING, reward=Bernoulli(), evidence=delays)
    assert any(
        one.startswith("For 8,856 requests a reward may still come, and they do not count yet; of all")
        for one in found.sentences
    )
    waiting = found.awaited
    assert (waiting.correction, waiting.window, waiting.exposed) == ("known", 21600, 12000)
    assert sum(age.counted for age in waiting.ages) == pytest.approx(sum(one.trials for one in found.variants.values()))
    assert [one.pending for one in found.variants.values()] == [
        pytest.approx(6000 - one.trials) for one in found.variants.values()
    ]


def test_without_known_delays_nothing_that_is_awaited_counts_and_it_is_said():
    found = explained(WAITING, reward=Bernoulli())
    assert "For 12,000 requests a reward may still come, and they do not count yet." in found.sentences
    assert (found.awaited.counted, found.awaited.correction) == (0, None)


def test_where_rewards_are_the_trials_nothing_is_awaited():
    assert explained(B_BETTER).awaited is None


def test_one_answer_that_may_be_out_of_date_is_told_with_when_it_looks_again():
    last = Turn(NOON, 1000, claim=Claim(shares(A=0.3, B=0.7)))
    text = explained(seen=told(A=0.9, B=0.1), last=last).sentences
    assert text[0] == "Nothing was moved: looking again, for one answer may be out of date."
    assert text[-1] == "The next turn is due at the next look, or at 13:05:00 UTC."
