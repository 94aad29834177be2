"""Recorded answers, read from files."""

import gzip

import pytest

from banditctl.emulator import read_answers

RECORD = "request_id,carrier,p_logit,ok_logit,p_gbm-rush\nr1,UA,0.343,1,0.212\nr2,AA,0.355,1,\n"


@pytest.mark.parametrize(("name", "pack"), [("record.csv", bytes), ("record.csv.gz", gzip.compress)])
def test_every_p_column_is_a_variant_and_an_empty_cell_is_no_answer(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(RECORD.encode()))
    assert read_answers(path).by_variant == {
        "logit": {"r1": "0.343", "r2": "0.355"},
        "gbm-rush": {"r1": "0.212"},
    }


@pytest.mark.parametrize("text", ["", "request_id,ok_a\nr1,1\n", "id,p_a\nr1,0.5\n"])
def test_a_file_without_the_columns_is_refused_by_name(tmp_path, text):
    path = tmp_path / "record.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"record\.csv needs a column request_id"):
        read_answers(path)
