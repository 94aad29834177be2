"""The frame of the long simulations: chunks on several processes, bars, and runs that go on where they were ended."""

import sys

import pytest
from simulations import __main__ as command
from simulations.goals import at_least, at_most, every_goal
from simulations.playing import play
from support.doubling import doubling


@pytest.fixture
def folder(tmp_path):
    """Where chunks leave a file when they are played; what is kept of them stands beside it."""
    (tmp_path / "played").mkdir()
    return tmp_path


def played(folder, **options):
    """The rows of the goal, how many chunks were told to be done, and those that were played now."""
    done = []
    ((_, rows),) = play([doubling(folder / "played", **options)], folder, 1, lambda: done.append(1))
    fresh = sorted(path.name for path in (folder / "played").iterdir())
    for name in fresh:
        (folder / "played" / name).unlink()
    return rows, len(done), fresh


def test_what_was_played_is_not_played_again_unless_the_setting_is_another(folder):
    assert played(folder) == ([0, 2, 4], 3, ["0", "1", "2"])
    assert played(folder) == ([0, 2, 4], 3, [])
    assert played(folder, setting="by two, again") == ([0, 2, 4], 3, ["0", "1", "2"])


def test_a_chunk_whose_line_was_cut_short_is_played_again(folder):
    played(folder)
    kept = folder / "doubling.jsonl"
    kept.write_text(kept.read_text()[:-6])
    assert played(folder) == ([0, 2, 4], 3, ["2"])
    assert played(folder) == ([0, 2, 4], 3, [])


@pytest.mark.parametrize(("bar", "status", "outcome"), [(4, 0, "kept"), (3, 1, "MISSED")])
def test_a_bar_that_is_missed_fails_the_command(folder, monkeypatch, capsys, bar, status, outcome):
    monkeypatch.setattr(command, "every_goal", lambda: [doubling(folder / "played", bar=bar)])
    monkeypatch.setattr(sys, "argv", ["simulations", "--folder", str(folder), "--jobs", "1"])
    assert command.main() == status
    assert f"│ {outcome} │" in capsys.readouterr().out


def test_bars_are_kept_by_what_just_reaches_them():
    assert [at_most("", 1, 1).holds, at_most("", 1.01, 1).holds] == [True, False]
    assert [at_least("", 1, 1).holds, at_least("", 0.99, 1).holds] == [True, False]


def test_every_goal_has_a_name_of_its_own():
    names = [goal.name for goal in every_goal()]
    assert len(names) == len(set(names))
