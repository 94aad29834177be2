"""An import: every line once, in the order of the hours, whatever is wrong with some and however often it runs."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import asdict

import pytest
from msgspec.structs import replace
from support.captured import ENDPOINT, FLIGHTS, NOW, capture_files, captured, hours, labelled, write

from banditctl.core.event import EXPOSED, Event
from banditctl.errors import StoreConflict
from banditctl.importers.capture import Capture
from banditctl.importers.ground_truth import GroundTruth
from banditctl.importers.importing import Import
from banditctl.importers.labels import Pointer
from banditctl.importers.sources import files
from banditctl.stores import MOST_AT_ONCE, Ledger
from banditctl.stores.redis import RedisStore, open_store

CAPTURE = Capture(FLIGHTS, ENDPOINT, NOW)
TRUTH = GroundTruth(FLIGHTS, "reward", None, NOW)
HERE = f"{ENDPOINT}/a/2026/11/20/09/part.jsonl"
NOTHING = dict.fromkeys(("files", "refused_files", "lines", "earlier", "accepted", "duplicates", "refused"), 0)


@pytest.fixture
async def store() -> AsyncIterator[RedisStore]:
    opened = open_store("memory://")
    yield opened
    await opened.close()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def imported(store, source=".", reader=CAPTURE):
    """The counts that are not zero, and what was refused."""
    refused: list[str] = []
    work = Import(store, FLIGHTS, lambda: NOW, refused.append, lambda _: None)
    counts = asdict(await work.run(files(str(source)), reader))
    assert counts["lines"] == sum(counts[what] for what in ("earlier", "accepted", "duplicates", "refused"))
    assert counts.keys() == NOTHING.keys()
    return {name: count for name, count in counts.items() if count}, refused


async def kept(store) -> list[Event]:
    ledger, events = Ledger(), []
    while batch := await store.drain("flights", ledger, FLIGHTS.memory, NOW):
        events += [event for _, event in batch.events]
        ledger = replace(ledger, cursor=batch.cursor)
    return events


async def test_lines_come_in_the_order_of_their_hours_whatever_the_variant(here, store):
    capture_files(here, files=3, lines=2)
    assert await imported(store) == ({"files": 6, "lines": 12, "accepted": 12}, [])
    expected = [(v, hour) for hour in hours(3) for v in ("a", "b") for _ in range(2)]
    assert [(event.variant, event.at) for event in await kept(store)] == expected


async def test_the_second_time_changes_nothing(here, store):
    capture_files(here, files=2, lines=3)
    await imported(store)
    before = await kept(store), await store.imported("flights")
    assert await imported(store) == ({"files": 4, "lines": 12, "earlier": 12}, [])
    assert (await kept(store), await store.imported("flights")) == before


async def test_a_file_that_has_grown_is_read_on_from_where_it_was(here, store):
    file = write(here / HERE, captured("one"), captured("two"))
    await imported(store)
    write(file, captured("one"), captured("two"), "", captured("three"))
    assert await imported(store) == ({"files": 1, "lines": 3, "earlier": 2, "accepted": 1}, [])
    assert [event.id for event in await kept(store)] == list(map(EXPOSED.of, ("one", "two", "three")))


async def test_a_file_that_has_shrunk_is_refused(here, store):
    file = write(here / HERE, captured("one"), captured("two"))
    await imported(store)
    write(file, captured("one"))
    counts, refused = await imported(store)
    assert counts == {"refused_files": 1, "lines": 1, "earlier": 1}
    assert refused == [f"{HERE}: has 1 lines, of which 2 were imported before; a file may only grow"]


async def test_the_same_file_zipped_elsewhere_or_in_s3_is_the_same_file(here, store, s3):
    file = write(here / "folder" / HERE, captured("one"), captured("two"))
    (here / "zipped" / HERE).parent.mkdir(parents=True)
    (here / "zipped" / f"{HERE}.gz").write_bytes(gzip.compress(file.read_bytes()))
    s3.objects = {f"any/prefix/{HERE}": file.read_bytes()}
    await imported(store, "folder")
    for source in (".", "zipped", "s3://captures/any"):
        counts, refused = await imported(store, source)
        assert (counts["earlier"], refused) == (counts["lines"], [])
    assert len(await kept(store)) == 2


async def test_a_request_that_was_captured_twice_is_a_duplicate(here, store):
    write(here / HERE, captured("one"), captured("one"))
    write(here / HERE.replace("part", "qart"), captured("one"), captured("two"))
    assert await imported(store) == ({"files": 2, "lines": 4, "accepted": 2, "duplicates": 2}, [])


async def test_a_wrong_line_is_told_with_its_place_and_the_rest_goes_on(here, store):
    write(here / HERE, captured("one"), "{", "", captured(""), captured("two"))
    counts, refused = await imported(store)
    assert counts == {"files": 1, "lines": 4, "accepted": 2, "refused": 2}
    assert refused == [
        f"{HERE}:2: is not JSON: Input data was truncated",
        f"{HERE}:4: /eventMetadata/eventId: expected `str` of length >= 1",
    ]
    assert await imported(store) == ({"files": 1, "lines": 4, "earlier": 4}, [])


async def test_a_last_line_that_was_half_written_is_read_again_when_it_is_whole(here, store):
    file = write(here / HERE, captured("one"), captured("two")[:40])
    for _ in range(2):
        assert (await imported(store))[0]["refused"] == 1
    write(file, captured("one"), captured("two"))
    assert await imported(store) == ({"files": 1, "lines": 2, "earlier": 1, "accepted": 1}, [])


async def test_labels_read_with_the_wrong_pointer_can_be_read_again_with_the_right_one(here, store):
    write(here / "2026/11/20/09/labels.jsonl", labelled("one", '{"won": 1}', "JSON"))
    counts, refused = await imported(store, reader=TRUTH)
    assert counts["refused"] == 1
    (told,) = refused
    assert told.startswith("2026/11/20/09/labels.jsonl:1: /groundTruthData/data: must be a number; `--value` says")
    assert (await imported(store, reader=GroundTruth(FLIGHTS, "reward", Pointer("/won"), NOW)))[0]["accepted"] == 1


async def test_files_of_others_are_refused_and_those_that_are_ours_are_imported(here, store):
    write(here / HERE, captured("one"))
    write(here / HERE.replace("/a/", "/c/"), captured("two"))
    (here / f"{HERE}.gz").write_bytes(b"no gzip")
    counts, refused = await imported(store)
    assert counts == {"files": 1, "refused_files": 2, "lines": 1, "accepted": 1}
    assert sorted(refused) == [
        f"{HERE}.gz: is not gzip, or was damaged or cut short",
        f"{HERE.replace('/a/', '/c/')}: was captured of the variant c; known are a, b",
    ]


async def test_files_beyond_what_one_step_takes_are_imported_whole(here, store):
    lines = 2 * MOST_AT_ONCE + 1
    write(here / HERE, *(captured(f"{n}") for n in range(lines)))
    assert (await imported(store))[0]["accepted"] == lines
    assert await store.imported("flights") == {HERE: lines}
    assert [event.id for event in await kept(store)] == [EXPOSED.of(f"{n}") for n in range(lines)]


async def test_of_two_imports_at_once_one_is_told_and_nothing_counts_twice(here, store):
    write(here / HERE, captured("one"), captured("two"))
    slow = Import(store, FLIGHTS, lambda: NOW, print, lambda _: None)
    ((reading, file),) = slow._readable(files("."), CAPTURE)
    await imported(store)
    with pytest.raises(StoreConflict, match="is being imported by somebody else as well; run the same command again"):
        await slow._take(reading, file, 0)
    assert [event.id for event in await kept(store)] == [EXPOSED.of("one"), EXPOSED.of("two")]
