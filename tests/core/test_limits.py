"""Floor, cap, step, dead-band and grid, whatever the policy asks for."""

import pytest
from core.builders import NAMES, shares
from hypothesis import assume, given, settings, strategies as st

from banditctl.core.allocation import Allocation
from banditctl.core.limits import Limits

FINEST = 2**24 - 1


@st.composite
def allocations(draw, number):
    amounts = draw(
        st.lists(st.floats(0, 1) | st.sampled_from([0.0, 1.0]), min_size=number, max_size=number).filter(
            lambda amounts: sum(amounts) > 1e-3
        )
    )
    return Allocation.proportional(dict(zip(NAMES, amounts, strict=False)))


@st.composite
def situations(draw):
    """Limits that do not contradict each other, and what is live and wanted under them."""
    number = draw(st.integers(2, 10))
    floor = draw(st.sampled_from([0.0, 0.01, 0.05, 0.1]))
    cap = draw(st.sampled_from([1.0, 0.9, 0.6, 0.5]))
    step = draw(st.sampled_from([0.02, 0.1, 0.2, 1.0]))
    grid = draw(st.sampled_from([100, 1000, 10_000, FINEST - 15]))
    limits = Limits(floor=floor, cap=cap, step=step, grid=grid)
    assume(not limits.contradictions(number))
    return limits, draw(allocations(number)), draw(allocations(number))


def until_there(limits, live, wanted):
    """Every step, until nothing changes any more."""
    steps = [live]
    while (following := limits.apply(steps[-1], wanted)) != steps[-1]:
        steps.append(following)
        assert len(steps) < 400
    return steps


@given(situations())
@settings(max_examples=200, deadline=None)
def test_shares_are_whole_numbers_of_the_grid_and_sum_to_it_exactly(situation):
    limits, live, wanted = situation
    units = [share * limits.grid for share in limits.apply(live, wanted).shares.values()]
    assert units == pytest.approx([round(unit) for unit in units], abs=1e-6)
    assert sum(map(round, units)) == limits.grid


@given(situations())
@settings(max_examples=200, deadline=None)
def test_shares_sum_to_one_however_fine_the_grid(situation):
    limits, live, wanted = situation
    assert sum(limits.apply(live, wanted).shares.values()) == pytest.approx(1, abs=1e-12)


@given(situations())
@settings(max_examples=100, deadline=None)
def test_variants_that_have_and_want_the_same_stay_within_a_unit_of_the_grid(situation):
    limits, *allocations = situation
    alike = [dict.fromkeys("AB", (allocation["A"] + allocation["B"]) / 2) for allocation in allocations]
    live, wanted = (Allocation(one.shares | same) for one, same in zip(allocations, alike, strict=True))
    following = limits.apply(live, wanted)
    assert abs(following["A"] - following["B"]) <= 1 / limits.grid + 1e-12


@given(situations())
@settings(max_examples=200, deadline=None)
def test_no_share_changes_by_more_than_the_step_and_a_unit_of_the_grid(situation):
    limits, live, wanted = situation
    assert live.distance(limits.apply(live, wanted)) <= limits.step + 1 / limits.grid + 1e-12


@given(situations())
@settings(max_examples=60, deadline=None)
def test_step_by_step_it_arrives_and_then_stays(situation):
    limits, live, wanted = situation
    there = until_there(limits, live, wanted)[-1]
    assert limits.apply(there, wanted) == there
    assert limits.negligible(there, limits.apply(there, wanted))
    at_once = Limits(limits.floor, limits.cap, 1.0, limits.deadband, limits.grid)
    assert there.distance(at_once.apply(live, wanted)) <= 1 / limits.grid + 1e-12


@given(situations())
@settings(max_examples=60, deadline=None)
def test_once_there_floor_and_cap_hold_exactly_and_are_never_left_again(situation):
    limits, live, wanted = situation
    steps = until_there(limits, live, wanted)
    for name in live.shares:
        assert limits.floor <= steps[-1][name] <= limits.cap + 1 / limits.grid
        within = [limits.floor <= step[name] for step in steps]
        assert within == sorted(within)


@pytest.mark.parametrize("wanted", [shares(A=1, B=0), shares(A=0, B=1), shares(A=0.995, B=0.005)])
@pytest.mark.parametrize("floor", [0.01, 0.03, 0.07, 0.29])
def test_the_floor_is_reached_to_the_last_digit(floor, wanted):
    there = until_there(Limits(floor=floor), shares(A=0.5, B=0.5), wanted)[-1]
    mixed = {name: floor + (1 - 2 * floor) * share for name, share in wanted.shares.items()}
    assert there.shares == pytest.approx(mixed, abs=1e-4)
    assert min(there.shares.values()) >= floor


def test_the_floor_is_a_mixture_with_the_equal_split():
    limits = Limits(floor=0.1, step=1)
    assert limits.apply(Allocation.equal("ABC"), shares(A=1, B=0, C=0)).shares == {"A": 0.8, "B": 0.1, "C": 0.1}


@pytest.mark.parametrize(
    ("wanted", "cap", "allowed"),
    [
        ({"A": 1.0, "B": 0.0, "C": 0.0}, 0.6, {"A": 0.6, "B": 0.2, "C": 0.2}),
        ({"A": 0.8, "B": 0.15, "C": 0.05}, 0.6, {"A": 0.6, "B": 0.3, "C": 0.1}),
        ({"A": 0.7, "B": 0.3, "C": 0.0}, 0.4, {"A": 0.4, "B": 0.4, "C": 0.2}),
        ({"A": 0.9, "B": 0.08, "C": 0.02}, 0.4, {"A": 0.4, "B": 0.4, "C": 0.2}),
        ({"A": 0.5, "B": 0.3, "C": 0.2}, 0.6, {"A": 0.5, "B": 0.3, "C": 0.2}),
    ],
)
def test_what_exceeds_the_cap_goes_to_the_others_in_proportion(wanted, cap, allowed):
    limits = Limits(floor=0, cap=cap, step=1)
    assert limits.apply(Allocation.equal("ABC"), Allocation(wanted)).shares == pytest.approx(allowed)


@given(situations())
@settings(max_examples=100, deadline=None)
def test_a_step_goes_straight_from_live_towards_what_is_wanted(situation):
    limits, live, wanted = situation
    fine = Limits(limits.floor, limits.cap, limits.step, limits.deadband, FINEST)
    end = Limits(limits.floor, limits.cap, 1.0, limits.deadband, FINEST).apply(live, wanted)
    following = fine.apply(live, wanted)
    part = min(1.0, limits.step / live.distance(end)) if live.distance(end) else 1.0
    straight = {name: share + part * (end[name] - share) for name, share in live.shares.items()}
    assert following.shares == pytest.approx(straight, abs=4 / FINEST)


@given(situations(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_variants_does_not_matter(situation, random):
    limits, live, wanted = situation

    def shuffled(allocation):
        order = random.sample(sorted(allocation.shares), len(allocation.shares))
        return Allocation({name: allocation[name] for name in order})

    assert limits.apply(shuffled(live), shuffled(wanted)) == limits.apply(live, wanted)


@pytest.mark.parametrize("number", [3, 6, 7, 9])
def test_of_equal_remainders_the_first_by_name_gets_the_unit_despite_rounding(number):
    noisy = {name: 1 / number + (-1) ** k * 1e-16 for k, name in enumerate(NAMES[:number])}
    limits = Limits(floor=0, step=1, grid=100)
    apart = limits.apply(Allocation.equal(NAMES[:number]), Allocation(noisy))
    assert apart == limits.apply(Allocation.equal(NAMES[:number]), Allocation.equal(NAMES[:number]))
    assert list(apart.shares.values()) == sorted(apart.shares.values(), reverse=True)


@pytest.mark.parametrize(
    ("deadband", "change", "negligible"),
    [
        (0.01, 0.0099, True),
        (0.01, 0.01, False),
        (0.01, 0.2, False),
        (0.0, 0.0, True),
        (0.0, 0.0001, False),
        (0.07, 0.07, False),
    ],
)
def test_a_change_smaller_than_the_dead_band_is_not_worth_an_update(deadband, change, negligible):
    following = shares(A=0.5 + change, B=0.5 - change)
    assert Limits(deadband=deadband).negligible(shares(A=0.5, B=0.5), following) is negligible


@pytest.mark.parametrize(
    ("limits", "variants", "options"),
    [
        (Limits(), 10, []),
        (Limits(floor=0.1), 10, []),
        (Limits(floor=0.11), 10, ["floor"]),
        (Limits(floor=0.5, cap=0.5), 2, []),
        (Limits(cap=0.1), 10, []),
        (Limits(cap=0.3), 3, ["cap"]),
        (Limits(floor=0.6, cap=0.4), 2, ["floor", "cap"]),
        (Limits(floor=0.015, grid=100), 2, ["floor"]),
        (Limits(floor=0.015, cap=1 / 3, grid=1000), 4, ["cap"]),
        (Limits(step=0), 2, ["step"]),
        (Limits(step=0.005, deadband=0.01), 2, ["step"]),
        (Limits(step=0.01, deadband=0.01), 2, []),
        (Limits(step=0.00001, deadband=0.0), 2, ["step"]),
    ],
)
def test_limits_that_cannot_all_hold_are_named(limits, variants, options):
    assert [option for option, _ in limits.contradictions(variants)] == options


@pytest.mark.parametrize(
    ("now", "following", "negligible"),
    [
        ((0.998, 0.002), (0.99, 0.01), False),
        ((0.99, 0.01), (0.985, 0.015), True),
        ((0.95, 0.05), (0.94, 0.06), False),
        ((0.995, 0.005), (0.993, 0.007), True),
        ((0.99004, 0.00996), (0.99, 0.01), True),
    ],
)
def test_a_step_that_reaches_the_floor_is_never_too_small_unless_on_the_grid_it_is_none(now, following, negligible):
    here, there = (Allocation(dict(zip("AB", shares, strict=True))) for shares in (now, following))
    assert Limits().negligible(here, there) == negligible
