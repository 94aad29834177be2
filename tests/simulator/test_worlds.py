"""How rates move in each world, and what is refused before anything is played."""

from datetime import timedelta

import numpy as np
import pytest
from simulator.scenarios import HOUR, experiment, world

from banditctl.errors import UsageError
from banditctl.simulator.nature import NATURES
from banditctl.simulator.reading import by_variant, read_rate, read_span, read_traffic
from banditctl.simulator.worlds import WORLDS

RATES = {"a": 0.05, "b": 0.055}


def means(kind, hours):
    return world(kind, hours=48, rates=RATES).means(hours * HOUR).tolist()


def test_a_stationary_world_and_one_of_delays_do_not_move():
    assert means("stationary", 0) == means("stationary", 31) == means("delay", 31) == [0.05, 0.055]


def test_a_day_swings_by_two_fifths_and_keeps_the_variants_apart():
    assert means("day", 6) == pytest.approx([0.07, 0.077])
    assert means("day", 18) == pytest.approx([0.03, 0.033])
    assert means("day", 30) == pytest.approx(means("day", 6))


def test_a_trend_goes_from_three_fifths_to_seven():
    assert means("trend", 0) == pytest.approx([0.03, 0.033])
    assert means("trend", 48) == pytest.approx([0.07, 0.077])


def test_at_half_time_the_best_and_the_worst_change_places():
    assert means("swap", 23.9) == [0.05, 0.055]
    assert means("swap", 24) == [0.055, 0.05]


def test_in_an_aa_world_nothing_can_be_missed():
    assert world("aa").gaps(HOUR).tolist() == [0, 0]


def test_left_out_the_first_variant_that_is_not_the_control_is_a_tenth_better():
    assert world(variants="[a, b, c]", control="b").rates == pytest.approx((0.055, 0.05, 0.05))
    assert world(reward="{kind: bernoulli, goal: minimize}").rates == pytest.approx((0.05, 0.045))


def test_in_the_world_of_delays_rewards_are_six_hours_late_unless_said_otherwise():
    assert world("delay").delays == (6 * HOUR, 6 * HOUR)
    assert world("delay", delays={"b": HOUR}).delays == (timedelta(0), HOUR)


@pytest.mark.parametrize("kind", NATURES)
def test_rewards_scatter_around_their_mean(kind):
    nature, lots = NATURES[kind], np.random.default_rng(1)
    assert nature.rewards(lots, nature.rate, 100_000).mean() == pytest.approx(nature.rate, abs=0.01)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kind": "night"}, f"unknown world night; known are {', '.join(WORLDS)}"),
        (
            {"rates": {"b": 1.5}},
            "b=1.5 becomes 1.5 in the world stationary: the rate of a bernoulli lies between 0 and 1",
        ),
        ({"kind": "day", "rates": {"a": 0.8}}, "a=0.8 becomes 1.12 in the world day: "),
        ({"rates": {"b": float("nan")}}, "b=nan becomes nan in the world stationary: "),
        ({"kind": "aa", "rates": {"a": 0.1}}, "in the world aa all variants are equal; "),
        ({"hours": 0}, "a simulation takes some time; "),
        (
            {"evidence": "{trials: invocations}", "reward": "{kind: bernoulli}"},
            "fares: there is no CloudWatch here that counts requests; use a copy",
        ),
    ],
)
def test_a_world_that_cannot_be_is_refused_in_a_sentence(options, sentence):
    with pytest.raises(UsageError) as refused:
        world(**options)
    assert str(refused.value).startswith(sentence)


def test_traffic_is_a_number_of_requests_and_a_unit():
    assert [read_traffic(text) for text in ("1/s", "500/m", "1000/h", "2400/d")] == pytest.approx(
        [3600, 30000, 1000, 100]
    )
    for text in ("1000", "1000/w", "-1/h", "0/h", "1e3/h", "1000000/s"):
        with pytest.raises(UsageError, match=f"--traffic {text}: "):
            read_traffic(text)


def test_values_are_given_by_variant_or_for_all():
    fares = experiment()
    assert by_variant("--rate", ["b=0.06"], fares, read_rate) == {"b": 0.06}
    assert by_variant("--delay", ["6h"], fares, read_span) == {"a": 6 * HOUR, "b": 6 * HOUR}
    assert by_variant("--delay", ["a=0", "b=90s"], fares, read_span)["a"] == timedelta(0)


@pytest.mark.parametrize(
    ("option", "written", "read", "sentence"),
    [
        ("--rate", ["c=0.1"], read_rate, "--rate c=0.1: unknown variant c; known are a, b"),
        ("--rate", ["b=much"], read_rate, "--rate b=much: a mean reward is a number"),
        ("--rate", ["b=0.1", "b=0.2"], read_rate, "--rate b=0.2: each variant is given one value"),
        ("--delay", ["6 hours"], read_span, "--delay 6 hours: a duration is a number and a unit"),
        ("--delay", ["6h", "b=1h"], read_span, "--delay b=1h: each variant is given one value"),
    ],
)
def test_a_value_that_cannot_be_is_refused_where_it_stands(option, written, read, sentence):
    with pytest.raises(UsageError) as refused:
        by_variant(option, written, experiment(), read)
    assert str(refused.value).startswith(sentence)
