"""What a decision says beside the belief: strata are read once they are final, in order, each once."""

import pytest
from core.builders import HOUR, MINUTE, NOON, experiment, live, ones, stratum
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from banditctl.core.allocation import Allocation
from banditctl.core.decision import decide, matured_trials
from banditctl.core.event import REWARD
from banditctl.core.evidence import Cell, Credit, Evidence, EvidenceOptions, Stratum
from banditctl.core.experiment import Schedule
from banditctl.core.findings import advance
from banditctl.core.mismatch import MismatchOptions
from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.snapshot import Snapshot
from banditctl.core.stopping import Stop

WINDOW = 6 * HOUR
EVEN = live(A=0.5, B=0.5)


def fares(**options):
    return experiment(**{"reward": Bernoulli(window=WINDOW), "schedule": Schedule(burn_in=0)} | options)


def hourly(*cells, settled=True, since=NOON):
    """Closed strata of an hour each, and an open one; cells are (exposed, successes) of A and B."""
    begun = [since + number * HOUR for number in range(len(cells) + 1)]
    rows = [
        stratum(at, at + HOUR, settled, A=(a[0], a[1], a[1]), B=(b[0], b[1], b[1]))
        for at, (a, b) in zip(begun, cells, strict=False)
    ]
    return Evidence((*rows, stratum(begun[-1])))


def seen(evidence, at):
    return Snapshot(at, evidence, EVEN)


def known(learned, at, **options):
    """What has been read of it by `at`."""
    one = fares(**options)
    return advance(one, learned, matured_trials(one, learned, at), at)


CELLS = [((1000, 50), (1000, 60))] * 8
END = NOON + 8 * HOUR


def test_rewards_are_read_once_the_window_has_closed_and_requests_once_all_are_heard_of():
    evidence = hourly(*CELLS)
    assert known(evidence, NOON + HOUR + 4 * MINUTE).counted is None
    heard = known(evidence, NOON + 2 * HOUR + 5 * MINUTE)
    assert (heard.counted, heard.through) == (NOON + 2 * HOUR, None)
    closed = known(evidence, NOON + 8 * HOUR)
    assert closed.through == NOON + 2 * HOUR
    # The first stratum set the scale.
    assert closed.pairs["A"]["B"].information == pytest.approx(500 / (0.055 * 0.945), rel=0.05)


def test_what_is_not_heard_of_yet_is_waited_for():
    late = replace(seen(hourly(*CELLS), END + WINDOW), heard=NOON + HOUR)
    assert decide(fares(), late).findings.mismatch is None


def test_strata_in_transition_are_passed_over():
    evidence = hourly(*CELLS)
    strata = tuple(replace(one, settled=number != 4) for number, one in enumerate(evidence.strata))
    past, all_of_them = (known(one, END + WINDOW) for one in (replace(evidence, strata=strata), evidence))
    assert past.through == past.counted == END
    assert all_of_them.pairs["A"]["B"].information == pytest.approx(7 / 6 * past.pairs["A"]["B"].information, rel=0.01)
    assert all_of_them.routed["A"].exposed - past.routed["A"].exposed == 1000


def test_what_came_before_the_first_stratum_is_no_mismatch():
    past = known(hourly(((9000, 0), (10, 0)), *CELLS), END + HOUR + WINDOW)
    assert past.routed["A"].exposed == 8000


def test_each_stratum_is_read_once_however_often_one_looks():
    evidence, past = hourly(*CELLS), None
    for minutes in range(0, 60 * 15, 7):
        at = NOON + minutes * MINUTE
        evidence = replace(evidence, past=known(evidence, at))
    past = known(evidence, END + WINDOW)
    assert past == known(hourly(*CELLS), END + WINDOW)
    assert past == known(replace(evidence, past=past), END + 9 * WINDOW)


def test_what_comes_after_a_stratum_was_read_changes_no_sequence():
    evidence = hourly(*CELLS)
    evidence = replace(evidence, past=known(evidence, END + WINDOW))
    late = evidence.credit([Credit(NOON, REWARD, "A", Cell(100.0, ones(100, 100)))])
    assert known(late, END + WINDOW) == evidence.past


def test_where_rewards_are_the_trials_requests_are_not_compared_with_shares():
    evidence = hourly(*CELLS)
    past = known(evidence, END + WINDOW, evidence=EvidenceOptions(trials="rewards"))
    assert (past.routed, past.counted, past.through) == ({}, END, END)


shares = st.sampled_from([{"A": 0.5, "B": 0.5}, {"A": 0.2, "B": 0.8}])
cells = st.tuples(st.integers(0, 900), st.integers(0, 100), st.integers(0, 900), st.integers(0, 100))
histories = st.lists(st.tuples(cells, shares, st.booleans(), st.integers(1, 30)), min_size=2, max_size=30)


def evidence_of(history):
    strata, since = [], NOON - 12 * HOUR
    for (a, s, b, t), split, settled, hours in history:
        row = {"A": Cell(float(a + s), ones(s, s)), "B": Cell(float(b + t), ones(t, t))}
        strata.append(Stratum(since, split, settled, since + hours * HOUR, row))
        since += hours * HOUR
    return Evidence((*strata[:-1], replace(strata[-1], until=None)))


@settings(deadline=None)
@given(histories, st.integers(0, 30), st.integers(0, 900))
def test_folding_what_was_read_changes_no_sequence(history, folds, hours):
    evidence, end = evidence_of(history), NOON + 2000 * HOUR
    past = known(evidence, NOON + hours * HOUR)
    carried = replace(evidence, past=past)
    folded = carried.folded(min(folds, carried.read), end)
    assert folded.past == past
    assert known(folded, end) == known(carried, end)


@settings(deadline=None)
@given(histories, st.integers(0, 900))
def test_read_in_two_turns_or_in_one_it_is_the_same(history, hours):
    evidence, end = evidence_of(history), NOON + 2000 * HOUR
    half = replace(evidence, past=known(evidence, NOON + hours * HOUR))
    assert known(half, end) == known(evidence, end)


def test_only_what_both_have_read_may_be_folded():
    evidence = hourly(*CELLS)
    assert evidence.read == 0
    assert replace(evidence, past=known(evidence, NOON + 9 * HOUR)).read == 3


def decided(learned, at=END + WINDOW, **options):
    return decide(fares(**options), seen(learned, at))


def test_a_decision_carries_how_sure_the_lead_is():
    decision = decided(hourly(*CELLS))
    (found,) = decision.findings.rivals.values()
    assert list(decision.findings.rivals) == ["A"]
    assert found.effect == pytest.approx(0.01)
    assert found.interval[0] < 0.01 < found.interval[1]
    assert found.e_value > 1


def test_any_number_has_its_certainty_too():
    decision = decided(hourly(*CELLS), reward=Gaussian(window=WINDOW))
    (found,) = decision.findings.rivals.values()
    assert (found.effect, found.e_value > 1) == (pytest.approx(0.01), True)


def test_a_winner_is_named_in_the_reason():
    decision = decided(hourly(*[((1000, 50), (1000, 120))] * 8))
    assert decision.stop == "winner"
    assert decision.reason.endswith("B is best with probability 100.0% after 16,000 trials: winner.")


def test_little_value_that_remains_is_not_called_a_win():
    even = hourly(*[((100_000, 5000), (100_000, 5060))] * 8)
    early, late = decided(even), decided(even, END + 48 * HOUR)
    assert (early.stop, late.stop) == (None, "low value remaining")
    assert late.reason.endswith(": low value remaining.")
    assert decided(even, stop=Stop(after=HOUR)).stop == "low value remaining"


def test_nothing_is_concluded_while_the_split_is_equal_by_rule():
    young = decided(hourly(*[((1000, 50), (1000, 120))] * 8), schedule=Schedule(burn_in=10**6))
    assert (young.stop, young.findings.rivals["A"].e_value > 20) == (None, True)


def test_requests_that_go_elsewhere_are_told():
    decision = decided(hourly(*[((1200, 50), (800, 40))] * 8))
    assert decision.findings.mismatch.alarm
    assert decision.reason.endswith("; A gets 20.0% more than its share.")
    blocks = decided(hourly(*[((1200, 50), (800, 40))] * 8), mismatch=MismatchOptions(block=1000))
    assert not blocks.findings.mismatch.alarm


def test_a_change_is_told_and_moves_nothing_by_itself():
    calm, better = ((1000, 60), (1000, 50)), ((1000, 60), (1000, 75))
    evidence = hourly(*[calm] * 60, *[better] * 24)
    decision = decided(evidence, at=NOON + 90 * HOUR, evidence=EvidenceOptions(discount=1.0))
    assert decision.findings.change.alert
    assert "; lately B earns more beside the leader than before" in decision.reason


def test_before_there_is_anything_to_find_nothing_is_found():
    decision = decided(Evidence((stratum(),)))
    assert (decision.findings.rivals, decision.findings.mismatch, decision.findings.change) == ({}, None, None)
    assert decision.stop is None


def test_a_decision_follows_from_its_snapshot_alone():
    evidence = hourly(*CELLS)
    carried = replace(evidence, past=known(evidence, NOON + 10 * HOUR))
    assert decided(carried).findings == decided(evidence).findings
    assert Allocation({"A": 0.5, "B": 0.5}) == decided(carried).seen.live.allocation
