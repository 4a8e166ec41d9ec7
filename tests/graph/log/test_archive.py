"""The files of imports: what a crash, a full disk or an erasure leaves of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidEvent, StorageFull
from graph.log import archive
from graph.log.sqlite import SqliteEventLog
from graph.model import EventBatch


@pytest.fixture
def log(tmp_path: Path):
    log = SqliteEventLog(tmp_path / "log.sqlite", durability="normal")
    yield log
    log.close()


def likes(log: SqliteEventLog, people: list[str], sha256: str = "sum") -> None:
    """One chunk a person."""
    with log.bulk([f"{sha256}.csv"], sha256) as bulk:
        for person in people:
            bulk.add_events(EventBatch("liked", [f"{sha256} {person}"], [person], [1], {"product_id": ["p"]}))


def erased(person: str) -> dict[str, Any]:
    return {"event_id": f"erase {person}", "type": "erased", "user_id": person, "at": 2}


def files(log: SqliteEventLog) -> list[str]:
    return sorted(str(path.relative_to(log.imports)) for path in log.imports.rglob("*.arrow"))


def people(log: SqliteEventLog) -> list[str]:
    """Who is told of by imports, in order."""
    chunks = [record for record in log.read(None) if record.type == "imported" and record.body["rows"]]
    return [person for record in chunks for person in log.batch(record).user_ids]  # type: ignore[union-attr]


def full_at(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """So many chunks are written; then the disk is full."""
    whole, left = archive.write_chunk, iter(range(count))

    def write_chunk(*args: Any, **options: Any) -> archive.Chunk:
        if next(left, None) is None:
            raise StorageFull("the disk")
        return whole(*args, **options)

    monkeypatch.setattr(archive, "write_chunk", write_chunk)


def test_an_import_is_a_folder_of_chunks(log):
    likes(log, ["ann", "bob"])
    assert files(log) == ["sum/000001.arrow", "sum/000002.arrow"]


@pytest.mark.parametrize("count", range(3))
def test_a_disk_that_fills_up_in_an_import_leaves_nothing_of_it(log, monkeypatch, count):
    likes(log, ["ann"], "first")
    before = files(log)
    full_at(monkeypatch, count)
    with pytest.raises(StorageFull):
        likes(log, ["ann", "bob", "cem"])
    assert files(log) == before
    assert log.imported("sum") is None
    monkeypatch.undo()
    likes(log, ["ann", "bob", "cem"])
    assert people(log) == ["ann", "ann", "bob", "cem"]


def test_an_import_whose_commit_fails_leaves_no_files(log, monkeypatch):
    def fail(self: archive.ArchiveWriter) -> None:
        whole(self)
        raise StorageFull("the log")

    whole = archive.ArchiveWriter.commit
    monkeypatch.setattr(archive.ArchiveWriter, "commit", fail)
    with pytest.raises(StorageFull):
        likes(log, ["ann"])
    assert files(log) == []
    assert log.last_position() is None


def test_an_erasure_writes_only_the_chunks_that_name_the_person_anew(log):
    likes(log, ["ann", "bob", "cem"])
    log.append([erased("bob")])
    assert files(log) == ["sum/000001.arrow", "sum/000002-1.arrow", "sum/000003.arrow"]
    assert people(log) == ["ann", "cem"]
    log.append([erased("ann"), erased("cem")])
    assert people(log) == []
    assert log.is_kept("sum")


@pytest.mark.parametrize("count", range(2))
def test_an_erasure_that_finds_the_disk_full_changes_nothing_and_can_be_repeated(log, monkeypatch, count):
    likes(log, ["ann", "bob"], "first")
    likes(log, ["bob", "ann"], "second")
    full_at(monkeypatch, count)
    with pytest.raises(StorageFull):
        log.append([erased("ann")])
    assert people(log) == ["ann", "bob", "bob", "ann"]
    monkeypatch.undo()
    log.append([erased("ann")])
    assert people(log) == ["bob", "bob"]
    assert len(files(log)) == 4


def test_what_is_no_chunk_is_never_removed(log, tmp_path):
    likes(log, ["ann"])
    for place in ("mine", "sum", "other.partial"):
        (tmp_path / "imports" / place).mkdir(exist_ok=True)
        (tmp_path / "imports" / place / "thesis.txt").write_text("years of work")
    (tmp_path / "imports" / "notes.txt").write_text("of mine")
    (tmp_path / "imports" / "other.partial" / "000001.arrow").write_text("left by a crash")
    log.sweep()
    assert files(log) == ["sum/000001.arrow"]
    assert len(list(tmp_path.rglob("*.txt"))) == 4


def test_no_import_brings_an_erasure(log):
    with pytest.raises(InvalidEvent, match="one by one"), log.bulk(["x.csv"], "sum") as bulk:
        bulk.add_events(EventBatch("erased", ["a"], ["ann"], [1]))
    assert log.last_position() is None
