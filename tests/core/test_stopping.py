"""When it is time to stop, and which of the two reasons is given."""

from datetime import timedelta

import pytest
from core.builders import beliefs

from banditctl.core.certainty import Comparison
from banditctl.core.stopping import Stop

DAY = timedelta(days=1)
TWO = beliefs((1, 2), (2, 1))
THREE = beliefs((1, 2), (2, 1), (1, 3))


def beaten(e_value, effect=0.01):
    return Comparison(effect, (effect - 0.1, effect + 0.1), e_value)


def test_the_leader_is_the_winner_once_it_beats_its_rival_at_alpha():
    stop = Stop(alpha=0.05)
    assert stop.conclusion(TWO, {"v00": beaten(20)}, 0.5, DAY) == "winner"
    assert stop.conclusion(TWO, {"v00": beaten(19.9)}, 0.5, DAY) is None


def test_of_several_rivals_it_must_beat_every_one_at_its_part_of_alpha():
    stop = Stop(alpha=0.05)
    assert stop.conclusion(THREE, {"v00": beaten(40), "v02": beaten(40)}, 0.5, DAY) == "winner"
    assert stop.conclusion(THREE, {"v00": beaten(40), "v02": beaten(39)}, 0.5, DAY) is None
    assert stop.conclusion(THREE, {"v00": beaten(1e9)}, 0.5, DAY) is None


def test_a_difference_the_other_way_is_no_win():
    assert Stop().conclusion(TWO, {"v00": beaten(1e9, -0.01)}, 0.5, DAY) is None


def test_where_less_is_better_earning_less_wins():
    less = beliefs((1, 2), (2, 1), goal="minimize")
    assert Stop().conclusion(less, {"v01": beaten(20, -0.01)}, 0.5, DAY) == "winner"
    assert Stop().conclusion(less, {"v01": beaten(20, 0.01)}, 0.5, DAY) is None


@pytest.mark.parametrize(
    ("remaining", "age", "conclusion"),
    [
        (0.05, 2 * DAY, "low value remaining"),
        (0.051, 2 * DAY, None),
        (0.0, 2 * DAY - timedelta(seconds=1), None),
        (None, 9 * DAY, None),
    ],
)
def test_little_that_remains_is_told_by_its_own_name_and_not_too_early(remaining, age, conclusion):
    assert Stop(after=2 * DAY).conclusion(TWO, {"v00": beaten(1)}, remaining, age) == conclusion


def test_a_winner_is_told_first():
    assert Stop().conclusion(TWO, {"v00": beaten(20)}, 0.0, 9 * DAY) == "winner"
