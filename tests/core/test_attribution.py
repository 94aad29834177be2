"""A reward belongs to the variant and the stratum of its exposure, whatever order events arrive in."""

from itertools import pairwise

import pytest
from core.builders import HOUR, MINUTE, NOON, SECOND, exposure, reward, stratum
from hypothesis import given, settings, strategies as st

from banditctl.core.attribution import Rule, Rules, Tally, attribute
from banditctl.core.event import CLOCK_SKEW, EXPOSED, REWARD, Exposure, Reward, remembered
from banditctl.core.evidence import Evidence
from banditctl.core.statistics import Statistics

WINDOW = HOUR
TWO_HOURS = Evidence((stratum(until=NOON + HOUR), stratum(since=NOON + HOUR)))


X = EXPOSED.of("x")


def rules(repeat="first", trials="exposures", **metrics):
    """The reward's window and repeat, and for each further metric its own as (window, repeat)."""
    further = {name: Rule(*how) for name, how in metrics.items()}
    return Rules({REWARD: Rule(WINDOW, repeat)} | further, trials, remembered(WINDOW))


def at_once(*events):
    """Each event received at the very time it speaks of."""
    return [(event.at, event) for event in events]


def after(events, how=None, evidence=TWO_HOURS):
    return attribute(evidence, Tally(), {}, events, how or rules())


def cells(learned):
    """Per stratum and variant: exposures, rewarded, total."""
    return [
        {name: (cell.exposed, cell.rewarded.count, cell.rewarded.total) for name, cell in s.variants.items()}
        for s in learned.evidence.strata
    ]


def squares(stratum):
    return {name: cell.rewarded.squares for name, cell in stratum.variants.items()}


def test_an_exposure_is_counted_and_its_reward_joins_it():
    learned = after(at_once(exposure("x"), reward("r", inference_id="x", at=NOON + MINUTE)))
    assert cells(learned) == [{"A": (1, 1, 1)}, {}]
    assert learned.tally == Tally()


def test_a_reward_of_the_next_stratum_belongs_to_that_of_its_exposure():
    late_in_the_hour = exposure("x", at=NOON + 59 * MINUTE)
    learned = after(at_once(late_in_the_hour, reward("r", inference_id="x", at=NOON + 61 * MINUTE)))
    assert cells(learned) == [{"A": (1, 1, 1)}, {}]


def test_a_reward_that_comes_before_its_exposure_waits_for_it():
    early = reward("r", inference_id="x", at=NOON + SECOND)
    waiting = after([(NOON, early)])
    assert (cells(waiting), waiting.tally) == ([{}, {}], Tally(orphaned=1))
    found = attribute(waiting.evidence, waiting.tally, waiting.attributions, at_once(exposure("x")), rules())
    assert (cells(found), found.tally) == ([{"A": (1, 1, 1)}, {}], Tally())
    assert found.attributions[X].waiting == ()


def test_a_reward_whose_exposure_never_comes_stays_an_orphan():
    learned = after(at_once(exposure("x"), reward("r", inference_id="y")))
    assert (cells(learned), learned.tally) == ([{"A": (1, 0, 0)}, {}], Tally(orphaned=1))


@pytest.mark.parametrize(
    ("earlier", "later", "counted"),
    [
        (NOON, NOON + WINDOW, 1),
        (NOON, NOON + WINDOW + SECOND, 0),
        (NOON + CLOCK_SKEW, NOON, 1),
        (NOON + CLOCK_SKEW + SECOND, NOON, 0),
    ],
    ids=["as the window closes", "after it", "clocks a little apart", "clocks too far apart"],
)
@pytest.mark.parametrize("reward_first", [False, True])
def test_a_reward_outside_the_window_of_its_exposure_is_late(earlier, later, counted, reward_first):
    events = [exposure("x", at=earlier), reward("r", inference_id="x", at=later)]
    received = max(earlier, later)
    learned = after([(received, event) for event in (events[::-1] if reward_first else events)])
    assert cells(learned)[0] == {"A": (1, counted, counted)}
    assert learned.tally == Tally(late=1 - counted)


@pytest.mark.parametrize("event", [exposure("x"), reward("r", inference_id="x"), reward("r", variant="A")])
def test_an_event_received_after_its_window_and_the_skew_of_clocks_is_late(event):
    assert after([(NOON + WINDOW + CLOCK_SKEW, event)]).tally.late == 0
    late = after([(NOON + WINDOW + CLOCK_SKEW + SECOND, event)])
    assert (cells(late), late.attributions, late.tally) == ([{}, {}], {}, Tally(late=1))


def test_a_clock_that_runs_ahead_does_not_move_an_event_into_a_later_stratum():
    ahead = exposure("x", at=NOON + HOUR + MINUTE)
    assert cells(after([(NOON + 59 * MINUTE, ahead)])) == [{"A": (1, 0, 0)}, {}]


@pytest.mark.parametrize(
    ("at", "number"),
    [(NOON - MINUTE, 0), (NOON, 0), (NOON + HOUR - SECOND, 0), (NOON + HOUR, 1), (NOON + 99 * HOUR, 1)],
)
def test_an_instant_belongs_to_the_stratum_in_force_and_before_the_first_to_the_first(at, number):
    found = cells(after(at_once(exposure("x", at=at))))
    assert found[number] == {"A": (1, 0, 0)}
    assert found[1 - number] == {}


@pytest.mark.parametrize(
    ("repeat", "worth", "repeated"),
    [("first", Statistics.of(2), 2), ("sum", Statistics.of(10), 0), ("max", Statistics.of(5), 0)],
)
@pytest.mark.parametrize("reward_first", [False, True])
def test_of_further_rewards_the_first_the_sum_or_the_largest_counts(repeat, worth, repeated, reward_first):
    rewards = [reward(f"r{n}", value, inference_id="x") for n, value in enumerate((2.0, 5.0, 3.0))]
    events = [*rewards, exposure("x")] if reward_first else [exposure("x"), *rewards]
    learned = after(at_once(*events), rules(repeat))
    cell = learned.evidence.strata[0]["A"]
    assert (cell.exposed, cell.rewarded) == (1.0, worth)
    assert learned.tally == Tally(repeated=repeated)


def test_a_second_exposure_of_the_same_request_changes_nothing():
    learned = after(at_once(exposure("x", "A"), exposure("x", "B")))
    assert (cells(learned), learned.tally) == ([{"A": (1, 0, 0)}, {}], Tally(repeated=1))


@pytest.mark.parametrize("reward_first", [False, True])
def test_a_targeted_request_and_its_reward_are_kept_out(reward_first):
    events = [exposure("x", targeted=True), reward("r", inference_id="x")]
    learned = after(at_once(*(events[::-1] if reward_first else events)))
    assert (cells(learned), learned.tally) == ([{}, {}], Tally(targeted=1))


def test_a_reward_by_variant_belongs_to_the_stratum_of_its_time():
    learned = after(at_once(reward("r", 0.0, variant="A"), reward("s", variant="B", at=NOON + HOUR)))
    assert cells(learned) == [{"A": (0, 1, 0)}, {"B": (0, 1, 1)}]


def test_where_rewards_are_the_trials_exposures_only_tell_whose_they_are():
    learned = after(at_once(exposure("x"), reward("r", inference_id="x")), rules(trials="rewards"))
    assert cells(learned) == [{"A": (0, 1, 1)}, {}]


def test_tallies_go_on_from_where_they_were():
    before = Tally(late=1, orphaned=2, repeated=3, targeted=4, unknown=5)
    learned = attribute(TWO_HOURS, before, {}, at_once(exposure("x", targeted=True)), rules())
    assert learned.tally == Tally(late=1, orphaned=2, repeated=3, targeted=5, unknown=5)


def test_only_what_changed_is_handed_back():
    known = after(at_once(exposure("x"), exposure("y"))).attributions
    learned = attribute(TWO_HOURS, Tally(), known, at_once(reward("r", inference_id="x")), rules())
    assert set(learned.attributions) == {X}
    assert learned.attributions[X].values == {REWARD: 1.0}
    assert known[X].values == {}


ids = st.sampled_from("uvwxyz")
minutes = st.integers(0, 110).map(lambda number: NOON + number * MINUTE)
values = st.integers(-3, 3).map(float)
exposures = st.builds(exposure, ids, st.sampled_from("AB"), minutes, st.booleans())
rewards = st.builds(reward, st.just("r"), values, minutes, ids)
by_variant = st.builds(reward, st.just("r"), values, minutes, st.none(), st.sampled_from("AB"))
delays = st.sampled_from([-2 * MINUTE, 0 * MINUTE, MINUTE, 40 * MINUTE, 70 * MINUTE])


@st.composite
def arrivals(draw):
    """Events of few requests with all that goes wrong: repeats, orphans, late ones, clocks that are off."""
    events = draw(st.lists(exposures | rewards | by_variant, max_size=25))
    return [(event.at + draw(delays), event) for event in events]


@given(arrivals(), st.sets(st.integers(0, 25)), st.sampled_from(["first", "sum", "max"]))
@settings(max_examples=150, deadline=None)
def test_however_events_are_cut_into_batches_the_same_is_learned(events, cuts, repeat):
    whole = after(events, rules(repeat))
    evidence, tally, known = TWO_HOURS, Tally(), {}
    edges = [0, *sorted(cuts), len(events)]
    for start, end in pairwise(edges):
        learned = attribute(evidence, tally, known, events[start:end], rules(repeat))
        evidence, tally, known = learned.evidence, learned.tally, known | learned.attributions
    assert (evidence, tally, known) == (whole.evidence, whole.tally, whole.attributions)


@given(
    st.lists(exposures, max_size=6, unique_by=lambda event: event.id),
    st.lists(rewards | by_variant, max_size=15),
    st.sampled_from(["sum", "max"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None)
def test_the_order_in_which_events_arrive_does_not_matter(requests, earned, repeat, random):
    events = [(NOON + 100 * MINUTE, event) for event in [*requests, *earned]]
    learned, shuffled = (after(order, rules(repeat)) for order in (events, random.sample(events, len(events))))
    assert (cells(learned), learned.tally) == (cells(shuffled), shuffled.tally)
    assert [squares(s) for s in learned.evidence.strata] == [squares(s) for s in shuffled.evidence.strata]


@given(arrivals())
@settings(max_examples=60, deadline=None)
def test_no_request_is_counted_or_rewarded_twice(events):
    requests = {event.id for _, event in events if isinstance(event, Exposure)}
    for learned in (after(events), after(events, rules("sum"))):
        found = [cell for s in learned.evidence.strata for cell in s.variants.values()]
        direct = sum(isinstance(event, Reward) and event.exposure is None for _, event in events)
        assert sum(cell.exposed for cell in found) <= len(requests)
        assert sum(cell.rewarded.count for cell in found) <= len(requests) + direct


def test_a_flood_of_rewards_for_an_exposure_that_never_comes_is_counted_and_not_kept():
    flood = [reward(f"r{number}", 1.0, inference_id="ghost") for number in range(300)]
    learned = after(at_once(*flood), rules("first"))
    assert len(learned.attributions[EXPOSED.of("ghost")].waiting) == 100
    assert learned.tally == Tally(orphaned=300)
