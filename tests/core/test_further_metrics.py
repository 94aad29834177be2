"""Further metrics are credited beside the reward, each by its own window and repeat, and move no traffic."""

import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, experiment as experiment_of, exposure, live, ones, reward, stratum

from banditctl.core.attribution import Rule, Rules, Tally, attribute
from banditctl.core.decision import decide
from banditctl.core.event import CLOCK_SKEW, EXPOSED, REWARD, Identity, remembered
from banditctl.core.evidence import Cell, Credit, Evidence
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.core.snapshot import Snapshot

TWO_HOURS = Evidence((stratum(until=NOON + HOUR), stratum(since=NOON + HOUR)))
RULES = Rules(
    {REWARD: Rule(HOUR, "first"), "latency": Rule(10 * MINUTE, "sum"), "error": Rule(20 * MINUTE, "max")},
    "exposures",
    remembered(HOUR),
)


def latency(name, value, at=NOON, inference_id="x"):
    return reward(name, value, at, inference_id, metric="latency")


def after(*events):
    return attribute(TWO_HOURS, Tally(), {}, [(event.at, event) for event in events], RULES)


def earned(learned, metric, variant="A"):
    """Per stratum: how many requests were rewarded, and with how much in total."""
    cells = [s.metrics.get(metric, {}).get(variant, Cell()) for s in learned.evidence.strata]
    return [(cell.rewarded.count, cell.rewarded.total) for cell in cells]


def test_a_metric_is_credited_to_the_variant_and_stratum_of_the_exposure_and_the_reward_is_as_it_was():
    without = after(exposure("x"), reward("r", inference_id="x"))
    learned = after(exposure("x"), reward("r", inference_id="x"), latency("l", 0.2, NOON + MINUTE))
    assert [s.variants for s in learned.evidence.strata] == [s.variants for s in without.evidence.strata]
    assert earned(learned, "latency") == [(1, 0.2), (0, 0)]
    assert learned.tally == Tally()


def test_an_exposure_is_counted_once_and_with_the_reward_however_many_metrics_there_are():
    learned = after(exposure("x"), latency("l", 0.2), reward("e", inference_id="x", metric="error"))
    first = learned.evidence.strata[0]
    assert first["A"].exposed == 1
    assert {name: cells["A"].exposed for name, cells in first.metrics.items()} == {"latency": 0, "error": 0}


@pytest.mark.parametrize(("metric", "window"), [("latency", 10 * MINUTE), ("error", 20 * MINUTE), (REWARD, HOUR)])
@pytest.mark.parametrize("reward_first", [False, True])
def test_each_metric_has_a_window_of_its_own(metric, window, reward_first):
    for later, late in [(window, 0), (window + SECOND, 1)]:
        events = [exposure("x"), reward("r", 1.0, NOON + later, "x", metric=metric)]
        learned = attribute(
            TWO_HOURS,
            Tally(),
            {},
            [(NOON + later, event) for event in (events[::-1] if reward_first else events)],
            RULES,
        )
        assert learned.tally == Tally(late=late)


def test_each_metric_repeats_as_its_own_rule_says():
    further = [latency("l1", 2.0), latency("l2", 5.0), latency("l3", 3.0)]
    errors = [reward(f"e{n}", value, inference_id="x", metric="error") for n, value in enumerate((0.0, 1.0, 0.0))]
    firsts = [reward(f"r{n}", value, inference_id="x") for n, value in enumerate((4.0, 9.0))]
    learned = after(exposure("x"), *further, *errors, *firsts)
    assert earned(learned, "latency") == [(1, 10), (0, 0)]
    assert earned(learned, "error") == [(1, 1), (0, 0)]
    assert learned.evidence.strata[0]["A"].rewarded.total == 4
    assert learned.tally == Tally(repeated=1)
    assert learned.attributions[EXPOSED.of("x")].values == {REWARD: 4.0, "latency": 10.0, "error": 1.0}


def test_metrics_that_come_before_their_exposure_wait_for_it_each_by_its_name():
    waiting = after(latency("l", 0.5), reward("r", inference_id="x"))
    assert waiting.tally == Tally(orphaned=2)
    found = attribute(waiting.evidence, waiting.tally, waiting.attributions, [(NOON, exposure("x"))], RULES)
    assert earned(found, "latency") == [(1, 0.5), (0, 0)]
    assert found.evidence.strata[0]["A"] == Cell(1.0, ones(1, 1), (1,))
    assert found.tally == Tally()


def test_a_metric_by_variant_belongs_to_the_stratum_of_its_time():
    at = NOON + HOUR + MINUTE
    learned = after(reward("l", 3.0, at, variant="B", metric="latency"))
    assert earned(learned, "latency", "B") == [(0, 0), (1, 3)]


def test_a_targeted_request_earns_nothing_by_any_metric():
    learned = after(exposure("x", targeted=True), latency("l", 0.2), reward("r", inference_id="x"))
    assert (learned.evidence, learned.tally) == (TWO_HOURS, Tally(targeted=1))


def test_a_reward_that_waited_by_a_metric_that_was_taken_out_of_the_policy_is_shown_and_stops_nothing():
    waiting = after(latency("l", 0.5), reward("r", inference_id="x"))
    assert waiting.tally == Tally(orphaned=2)
    rules = Rules({REWARD: RULES.metrics[REWARD]}, RULES.trials, RULES.memory)
    events = [exposure("x"), exposure("y"), reward("s", inference_id="y")]
    found = attribute(waiting.evidence, waiting.tally, waiting.attributions, [(NOON, event) for event in events], rules)
    assert found.tally == Tally(unknown=1)
    assert found.evidence.strata[0]["A"] == Cell(2.0, ones(2, 2), (2,))
    assert earned(found, "latency") == [(0, 0), (0, 0)]
    assert found.attributions[EXPOSED.of("x")].waiting == ()


@pytest.mark.parametrize("target", [{"inference_id": "x"}, {"variant": "A"}])
def test_a_metric_that_the_policy_has_no_more_is_shown_and_credits_nothing(target):
    learned = after(reward("r", metric="retired", **target))
    assert (learned.evidence, learned.attributions, learned.tally) == (TWO_HOURS, {}, Tally(unknown=1))


def test_what_is_late_is_late_whatever_its_metric():
    old = reward("r", inference_id="x", metric="retired")
    learned = attribute(TWO_HOURS, Tally(), {}, [(NOON + HOUR + CLOCK_SKEW + SECOND, old)], RULES)
    assert learned.tally == Tally(late=1)


def test_metrics_move_no_traffic():
    evidence = Evidence((stratum(until=NOON + HOUR, A=(2000, 2000, 500), B=(2000, 2000, 900)),))
    other = evidence.credit([Credit(NOON, "latency", "B", Cell(0.0, ones(900, 1)))])
    watched = experiment_of(metrics={"latency": Gaussian(goal="minimize")})
    at, seen = NOON + 24 * HOUR, live(A=0.5, B=0.5)
    with_them, without = (decide(watched, Snapshot(at, one, seen)) for one in (other, evidence))
    assert with_them.belief == without.belief
    assert (
        with_them.allocation == without.allocation == decide(experiment_of(), Snapshot(at, evidence, seen)).allocation
    )


def test_the_same_id_is_another_event_by_another_metric_or_type_and_sixteen_bytes_in_each():
    ids = {EXPOSED.of("x"), *(Identity("reward", metric).of("x") for metric in (REWARD, "latency", "rewardx"))}
    assert len(ids) == 4
    assert {len(one) for one in ids} == {16}
    assert Identity("reward", "a").of("bc") != Identity("reward", "ab").of("c")
    assert EXPOSED.of("x") == EXPOSED.of("x")
