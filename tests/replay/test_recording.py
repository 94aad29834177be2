"""Recorded requests as they are read, and every mistake in them with its line."""

import gzip
from datetime import UTC, datetime

import pytest
from core.builders import experiment

from banditctl.core.rewards.bernoulli import Bernoulli
from banditctl.errors import NotFound, UsageError
from banditctl.replay.columns import Columns, chosen
from banditctl.replay.recording import Row, read, worth

CLICKS = experiment(reward=Bernoulli())
LANDED = experiment(reward=Bernoulli(default=None))
LOGGED = Columns(time="at", variant="who", propensity="p", reward="won")
FULL = Columns(time="at", reward="ok_{variant}", arrival="landed")

ONE, TWO = datetime(2026, 11, 20, 1, tzinfo=UTC), datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Writes the lines of a file, and answers its name."""
    monkeypatch.chdir(tmp_path)

    def written(*lines):
        (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
        return tmp_path.joinpath("log.csv").relative_to(tmp_path)

    return written


def logged(*lines):
    return ("at,who,p,won,shop", *lines)


def refused(file, *lines, columns=LOGGED, where=None, of=CLICKS):
    with pytest.raises(UsageError) as error:
        read(file(*lines), columns, where or {}, of)
    return str(error.value).splitlines()


def test_a_logged_request_has_the_variant_that_served_it_and_how_likely_that_was(file):
    lines = logged("2026-11-20 01:00:00,A,0.25,1,x", "2026-11-20T03:00:00+01:00,B,0.75,,x")
    assert read(file(*lines), LOGGED, {}, CLICKS) == [
        Row(ONE, ONE, (1.0,), 0, 0.25),
        Row(TWO, TWO, (None,), 1, 0.75),
    ]


def test_a_row_with_full_information_has_every_variants_reward_and_when_it_came(file):
    lines = ["at,landed,ok_B,ok_A"] + ["2026-11-20T01:00:00Z,2026-11-20T02:00:00Z,1,0"] * 2
    assert read(file(*lines), FULL, {}, LANDED) == [Row(ONE, TWO, (0.0, 1.0))] * 2


def test_rows_are_put_in_order_of_time(file):
    lines = logged("2026-11-20 02:00:00,A,1,1,x", "2026-11-20 01:00:00,B,1,1,x")
    assert [row.at for row in read(file(*lines), LOGGED, {}, CLICKS)] == [ONE, TWO]


def test_rows_that_are_not_meant_are_passed_over_whatever_they_say(file):
    lines = logged("2026-11-20 01:00:00,A,1,1,x", "never,A,2,7,y", "2026-11-20 02:00:00,B,1,0,x")
    assert len(read(file(*lines), LOGGED, {"shop": "x"}, CLICKS)) == 2


def test_a_variant_that_the_experiment_does_not_have_is_another(file):
    lines = logged(*(f"2026-11-20 01:00:00,{variant},1,1,x" for variant in "ABZ"))
    assert [row.variant for row in read(file(*lines), LOGGED, {}, CLICKS)] == [0, 1, -1]


def test_one_number_may_be_the_propensity_of_all(file):
    lines = logged("2026-11-20 01:00:00,A,,1,x", "2026-11-20 02:00:00,B,,1,x")
    columns = Columns(time="at", variant="who", propensity="0.5", reward="won")
    assert {row.propensity for row in read(file(*lines), columns, {}, CLICKS)} == {0.5}


def test_what_is_gzipped_is_known_by_its_first_bytes(file, tmp_path):
    lines = logged("2026-11-20 01:00:00,A,1,1,x", "2026-11-20 02:00:00,B,1,1,x")
    plain = read(file(*lines), LOGGED, {}, CLICKS)
    (tmp_path / "packed").write_bytes(gzip.compress((tmp_path / "log.csv").read_bytes()))
    assert read(tmp_path / "packed", LOGGED, {}, CLICKS) == plain


def test_a_reward_that_did_not_come_is_worth_the_default():
    assert (worth(None, CLICKS), worth(1.0, CLICKS), worth(0.0, experiment(reward=Bernoulli(default=1)))) == (0, 1, 0)
    assert worth(None, experiment(reward=Bernoulli(default=1))) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-11-20 01:00:00,A,0,1,x", "p: a propensity is at least 1e-09 and at most 1, not 0"),
        ("2026-11-20 01:00:00,A,1.5,1,x", "p: a propensity is at least 1e-09 and at most 1, not 1.5"),
        ("2026-11-20 01:00:00,A,,1,x", "p: must be a finite number, not ''"),
        ("2026-11-20 01:00:00,A,nan,1,x", "p: must be a finite number, not 'nan'"),
        ("2026-11-20 01:00:00,A,1,yes,x", "won: must be a finite number, not 'yes'"),
        ("2026-11-20 01:00:00,A,1,2,x", "won: a bernoulli reward is 0 or 1, not 2"),
        ("yesterday,A,1,1,x", "at: must be a time as 2026-11-20T10:00:00Z, not 'yesterday'"),
        ("0001-01-01T00:00:00+14:00,A,1,1,x", "at: lies outside of the years 1900 to 9900"),
        ("9999-12-31T23:00:00Z,A,1,1,x", "at: lies outside of the years 1900 to 9900"),
        ("2026-11-20 01:00:00,A,1", "has not as many cells as the header"),
        ("2026-11-20 01:00:00,A,1,1,x,y", "has not as many cells as the header"),
    ],
)
def test_a_line_that_cannot_be_is_named_by_its_number(file, line, said):
    good = "2026-11-20 01:00:00,A,1,1,x"
    assert refused(file, *logged(good, line, good)) == [f"log.csv:3: {said}"]


def test_a_reward_comes_after_its_request_and_without_a_default_it_comes(file):
    header, at, landed = "at,landed,ok_A,ok_B", "2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z"
    lines = [header, f"{at},{landed},,1", f"{landed},{at},1,1"]
    assert refused(file, *lines, columns=FULL, of=LANDED) == [
        "log.csv:2: ok_A: empty; write the reward, or name a default for it in the policy file",
        "log.csv:3: landed: the reward came before its request",
    ]


def test_after_ten_mistakes_it_stops(file):
    lines = refused(file, *logged(*["never,A,1,1,x"] * 20))
    assert len(lines) == 11
    assert lines[-1] == "log.csv: and there may be more after these 10"


def test_every_column_that_is_missing_is_named_at_once(file):
    header = "at,who,p,wonn"
    assert refused(file, header, columns=LOGGED, where={"campaign": "men"}) == [
        "log.csv:1: there is no column won; did you mean wonn?",
        "log.csv:1: there is no column campaign; there are at, who, p, wonn",
    ]


def test_a_file_that_nobody_knows_says_which_columns_to_name(file):
    (line,) = refused(file, "at,who", columns=None)
    assert line.startswith("log.csv:1: its columns are at, who; say which is which: --time and --reward")


def test_a_file_of_which_nothing_is_left_is_refused(file):
    assert refused(file, *logged()) == ["log.csv: 0 rows are left, of at least 2; see to --where"]


def test_a_file_with_nothing_in_it_is_refused(tmp_path):
    tmp_path.joinpath("log.csv").touch()
    with pytest.raises(UsageError, match=r"log\.csv: is empty"):
        read(tmp_path / "log.csv", LOGGED, {}, CLICKS)


def test_a_column_that_is_there_twice_is_refused(file):
    lines = ("at,who,p,won,won", "2026-11-20 01:00:00,A,1,1,0")
    assert refused(file, *lines) == ["log.csv:1: there are 2 columns won; nobody could say which is meant"]


def test_the_mark_at_the_beginning_of_a_spreadsheets_file_is_no_part_of_a_name(file):
    first, *others = logged("2026-11-20 01:00:00,A,1,1,x", "2026-11-20 02:00:00,B,1,1,x")
    assert len(read(file("\ufeff" + first, *others), LOGGED, {}, CLICKS)) == 2


def test_a_variant_that_never_served_cannot_be_judged(file):
    lines = logged("2026-11-20 01:00:00,A,1,1,x", "2026-11-20 02:00:00,Z,1,1,x")
    assert refused(file, *lines) == ["log.csv: no request was served by B; only what was tried can be judged"]


def test_a_file_that_is_not_there_is_not_found(file):
    with pytest.raises(NotFound, match=r"nowhere\.csv: there is no such file"):
        read(file(*logged()).with_name("nowhere.csv"), LOGGED, {}, CLICKS)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", gzip.compress(b"at,who" * 1000, mtime=0)[:-9], b'at,who\n"', b"\x1f\x8bno"]
)
def test_a_file_that_is_no_csv_is_refused_in_a_line(tmp_path, raw):
    (tmp_path / "log.csv").write_bytes(raw)
    with pytest.raises(UsageError, match=r"log.csv: cannot be read: |log.csv:1: "):
        read(tmp_path / "log.csv", Columns("at", "who", variant="at", propensity="1"), {}, CLICKS)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ((None, "won", None, None, None), "name at least --time and --reward"),
        (("at", "ok_{variant}", None, "who", None), "leave --variant and --propensity out"),
        (("at", "won", None, "who", None), "name --variant and --propensity, too"),
    ],
)
def test_columns_that_make_no_whole_are_refused(named, said):
    with pytest.raises(UsageError, match=said):
        chosen(*named)


def test_columns_that_nobody_named_are_left_to_the_header():
    assert chosen(None, None, None, None, None) is None
