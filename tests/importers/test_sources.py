"""Where files come from: folders, and S3 over the wire."""

import gzip
from pathlib import Path

import pytest

from banditctl.errors import SourceUnavailable, UsageError
from banditctl.importers.reading import Refused
from banditctl.importers.sources import files, lines


def found(source):
    """The files of a source, and the lines of each."""
    read = {}
    for file in files(source):
        with lines(file) as rows:
            read[file.shown] = list(rows)
    return read


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data/deep/er").mkdir(parents=True)
    Path("data/one.jsonl").write_bytes(b"1\n2\r\n\n3")
    Path("data/deep/er/two.jsonl.gz").write_bytes(gzip.compress(b"4\n5\n"))
    Path("data/deep/manifest.json").write_bytes(b"{}")
    Path("data/odd.jsonl").mkdir()


def test_a_folder_is_searched_to_its_depth_for_lines_zipped_or_not():
    assert found("data") == {
        "data/one.jsonl": [b"1\n", b"2\r\n", b"\n", b"3"],
        "data/deep/er/two.jsonl.gz": [b"4\n", b"5\n"],
    }


def test_a_file_may_be_named_by_itself():
    assert list(found("data/one.jsonl")) == ["data/one.jsonl"]


def test_a_folder_inside_the_tree_still_knows_the_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir("data/deep")
    (file,) = files(".")
    assert (file.shown, file.path) == ("er/two.jsonl.gz", f"{tmp_path}/data/deep/er/two.jsonl.gz")


@pytest.mark.parametrize("source", ["nowhere", "nowhere.jsonl", "data/deep/manifest.json"])
def test_where_nothing_lies_nothing_is_found(source):
    assert files(source) == []


@pytest.mark.parametrize("damaged", [gzip.compress(b"4\n5\n", mtime=0)[:-9], b"4\n5\n"])
def test_a_zipped_file_that_is_damaged_is_refused(damaged):
    Path("data/deep/er/two.jsonl.gz").write_bytes(damaged)
    with pytest.raises(Refused, match="is not gzip, or was damaged or cut short"):
        found("data/deep")


def test_a_file_that_cannot_be_opened_is_an_error_with_its_name():
    one, *_ = files("data/one.jsonl")
    Path("data/one.jsonl").unlink()
    with pytest.raises(SourceUnavailable, match=r"data/one.jsonl cannot be read: .*No such file"), lines(one):
        pass


def test_s3_lists_every_page_of_a_prefix_as_of_a_folder(s3):
    s3.objects = {f"flights/{n}.jsonl": b"1\n2" for n in range(5)}
    s3.objects |= {
        "flights/manifest.json": b"",
        "flights-old/0.jsonl": b"",
        "flights/z.jsonl.gz": gzip.compress(b"3\n"),
    }
    expected = {f"s3://captures/flights/{n}.jsonl": [b"1\n", b"2"] for n in range(5)}
    expected["s3://captures/flights/z.jsonl.gz"] = [b"3\n"]
    assert found("s3://captures/flights") == found("s3://captures/flights/") == expected
    assert list(found("s3://captures/flights/3.jsonl")) == ["s3://captures/flights/3.jsonl"]
    assert len(files("s3://captures")) == 7


def test_keys_of_any_characters_are_read(s3):
    s3.objects = {"ü ber/a+b&c%20.jsonl": b"1"}
    assert found("s3://captures/ü ber") == {"s3://captures/ü ber/a+b&c%20.jsonl": [b"1"]}


def test_large_objects_come_whole(s3):
    s3.objects = {"x.jsonl": b"".join(b"%d\n" % n for n in range(200_000))}
    assert found("s3://captures")["s3://captures/x.jsonl"] == [b"%d\n" % n for n in range(200_000)]


def test_an_object_that_loses_its_end_on_the_way_is_an_error_not_a_short_file(s3):
    s3.objects, s3.short = {"x.jsonl": b"1\n2\n3\n4\n"}, {"x.jsonl"}
    with pytest.raises(SourceUnavailable, match=r"s3://captures/x\.jsonl cannot be read"):
        found("s3://captures")


def test_a_bucket_that_is_not_there_is_an_error_with_its_name(s3):
    with pytest.raises(SourceUnavailable, match=r"s3://another/x cannot be read: .*NoSuchBucket"):
        files("s3://another/x")


@pytest.mark.parametrize("source", ["s3://", "s3:///flights"])
def test_s3_without_a_bucket_is_refused(source):
    with pytest.raises(UsageError, match="names no bucket; write s3://BUCKET/PREFIX"):
        files(source)
