"""What holds for the files of store and log alike."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest

import graph.sqlite
from graph.errors import ForeignVersion, StorageFull, StoreLocked, StoreUnavailable
from graph.log.sqlite import SqliteEventLog
from graph.model import EventBatch
from graph.sqlite import connect, transaction
from graph.store.sqlite import SqliteGraphStore
from graph.store.tables import fingerprint

OPENERS = {"store": SqliteGraphStore, "log": SqliteEventLog}
both = pytest.mark.parametrize("opener", OPENERS.values(), ids=OPENERS.keys())


def many_ratings(count: int, start: int = 0) -> EventBatch:
    numbers = range(start, start + count)
    return EventBatch(
        "rated",
        [f"e{n}" for n in numbers],
        [f"user {n}" for n in numbers],
        list(numbers),
        {"product_id": [f"p{n % 100}" for n in numbers], "value": [4.0] * count},
    )


@both
def test_a_file_of_a_newer_program_is_refused(opener, tmp_path):
    opener(tmp_path / "file").close()
    raw = sqlite3.connect(tmp_path / "file")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(ForeignVersion) as raised:
        opener(tmp_path / "file")
    assert raised.value.found == 99 > raised.value.known


@both
@pytest.mark.parametrize(
    "content", [b"not a database at all, only some text" * 100, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(opener, content, tmp_path):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(StoreUnavailable):
        opener(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == content


@both
def test_a_folder_in_the_place_of_the_file_is_refused(opener, tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(StoreUnavailable):
        opener(tmp_path / "file")
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreUnavailable):
        opener(tmp_path / "taken" / "file")


@both
def test_reading_only_neither_makes_nor_changes_a_file(opener, tmp_path):
    with pytest.raises(StoreUnavailable):
        opener(tmp_path / "file", read_only=True)
    assert not (tmp_path / "file").exists()
    opener(tmp_path / "file").close()
    reader = opener(tmp_path / "file", read_only=True)
    with pytest.raises(StoreUnavailable), transaction(reader._connection, reader.path):
        reader._connection.execute("CREATE TABLE another (a)")
    reader.close()


@both
@pytest.mark.parametrize(("durability", "level"), [("full", 2), ("normal", 1)])
def test_durability_is_what_was_asked_for(opener, durability, level, tmp_path):
    opened = opener(tmp_path / "file", durability=durability)
    assert opened._connection.execute("PRAGMA synchronous").fetchone() == (level,)
    assert opened._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    opened.close()


def test_migrations_run_once_in_order_and_only_those_that_are_missing(tmp_path):
    first = [lambda c: c.execute("CREATE TABLE t (a)"), lambda c: c.execute("INSERT INTO t VALUES (2)")]
    connect(tmp_path / "file", first).close()
    second = [*first, lambda c: c.execute("INSERT INTO t VALUES (3)")]
    with pytest.raises(StoreUnavailable, match="version 2"):
        connect(tmp_path / "file", second, read_only=True)
    for _ in range(2):
        connection = connect(tmp_path / "file", second)
        assert connection.execute("SELECT a FROM t").fetchall() == [(2,), (3,)]
        connection.close()


def test_a_migration_that_fails_leaves_the_file_at_its_version(tmp_path):
    steps = [lambda c: c.execute("CREATE TABLE t (a)"), lambda c: c.execute("INSERT INTO nowhere VALUES (1)")]
    connect(tmp_path / "file", steps[:1]).close()
    with pytest.raises(StoreUnavailable):
        connect(tmp_path / "file", steps)
    connect(tmp_path / "file", steps[:1]).close()


def test_a_store_made_before_a_label_and_a_property_were_declared_gets_them(tmp_path):
    SqliteGraphStore(tmp_path / "file").close()
    raw = sqlite3.connect(tmp_path / "file")
    raw.execute("DROP TABLE node_tag")
    raw.execute("ALTER TABLE edge_user_bought_product DROP COLUMN quantity")
    raw.execute("UPDATE meta SET value = 'older' WHERE name = 'schema'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreUnavailable, match="older than the schema"):
        SqliteGraphStore(tmp_path / "file", read_only=True)
    store = SqliteGraphStore(tmp_path / "file")
    with store.writing("1") as writer:
        writer.add_events(EventBatch("bought", ["a"], ["u"], [1], {"product_id": ["p"], "quantity": [3]}))
    assert store.node_count("Tag") == 0
    assert store._connection.execute("SELECT quantity FROM edge_user_bought_product").fetchall() == [(3,)]
    assert store._connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() == (fingerprint(),)
    store.close()


def test_a_writer_that_waits_too_long_for_another_says_that_it_is_locked(tmp_path, monkeypatch):
    monkeypatch.setattr(graph.sqlite, "BUSY_TIMEOUT_S", 0.05)
    one, other = SqliteGraphStore(tmp_path / "file"), SqliteGraphStore(tmp_path / "file")
    with one.writing("1"), pytest.raises(StoreLocked), other.writing("2"):
        pass
    with other.writing("2"):
        pass
    assert one.position() == "2"
    one.close()
    other.close()


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path):
    store = SqliteGraphStore(tmp_path / "store.sqlite")
    with store.writing("1") as writer:
        writer.add_events(many_ratings(10))
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(StorageFull, match="free some space"), store.writing("2") as writer:
        writer.add_events(many_ratings(20_000, start=10))
    assert store.position() == "1"
    assert store.node_count("User") == 10
    store._connection.execute("PRAGMA max_page_count = 1000000")
    with store.writing("2") as writer:
        writer.add_events(many_ratings(20_000, start=10))
    assert store.node_count("User") == 20_010
    store.close()


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path):
    log = SqliteEventLog(tmp_path / "log.sqlite")
    (pages,) = log._connection.execute("PRAGMA page_count").fetchone()
    log._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageFull):
        log.append([{"event_id": str(n), "type": "liked", "user_id": "u", "at": n} for n in range(10_000)])
    with pytest.raises(StorageFull), log.bulk(["x"], "sum") as bulk:
        bulk.admit([str(n) for n in range(10_000)], [None] * 10_000)
    assert log.last_position() is None
    log.close()


def test_a_damaged_page_is_an_error_and_never_an_answer(tmp_path):
    store = SqliteGraphStore(tmp_path / "file")
    with store.writing("1") as writer:
        writer.add_events(many_ratings(5_000))
    store.close()
    data = bytearray((tmp_path / "file").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40_000] = b"\xa5" * 40_000
    (tmp_path / "file").write_bytes(data)
    damaged = SqliteGraphStore(tmp_path / "file")
    with pytest.raises(StoreUnavailable):
        [list(damaged.node_ids("User")), list(damaged.edges(("User", "RATED", "Product")))]
    damaged.close()


def test_nothing_of_an_erased_person_is_left_in_the_files(tmp_path):
    store, log = SqliteGraphStore(tmp_path / "store.sqlite"), SqliteEventLog(tmp_path / "log.sqlite")
    log.append(
        [
            {
                "event_id": str(n),
                "type": "reviewed",
                "user_id": "wilhelmina",
                "product_id": f"p{n}",
                "text": "lovely teapot",
                "at": n,
            }
            for n in range(500)
        ]
    )
    reviews = [record.body for record in log.read(None)]
    with store.writing("500") as writer:
        columns = {name: [body[name] for body in reviews] for name in ("product_id", "text")}
        ids, people, at = ([body[name] for body in reviews] for name in ("event_id", "user_id", "at"))
        writer.add_events(EventBatch("reviewed", ids, people, at, columns))
    assert any(b"lovely teapot" in path.read_bytes() for path in tmp_path.iterdir())
    log.append([{"event_id": "x", "type": "erased", "user_id": "wilhelmina", "at": 600}])
    with store.writing("501") as writer:
        writer.add_events(EventBatch("erased", ["x"], ["wilhelmina"], [600]))
    for path in tmp_path.iterdir():
        assert b"lovely teapot" not in path.read_bytes(), path
    for path in tmp_path.glob("store*"):
        assert b"wilhelmina" not in path.read_bytes(), path
    store.close()
    log.close()


CRASH = """
import sys
from pathlib import Path
from graph.folder import DataFolder
from graph.log.project import project
from tests.graph.test_sqlite import many_ratings

folder = DataFolder(Path(sys.argv[1]))
with folder.owned():
    log, store = folder.open_log(), folder.open_store()
    for batch in range(1000):
        with log.bulk([f"file {batch}"], f"{batch:064}"[::-1]) as record:
            ratings = many_ratings(2000, start=batch * 2000)
            record.admit(ratings.event_ids, ratings.at)
            record.add_events(ratings)
        project(log, store)
        print(batch, flush=True)
"""


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.02, 0.04, 0.07, 0.11])
def test_a_killed_process_loses_nothing_that_it_had_acknowledged_and_leaves_no_halves(tmp_path, after_s):
    from graph.folder import DataFolder
    from graph.log.project import project

    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CRASH), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline() for _ in range(3)]
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.read().splitlines()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    last = int(acknowledged[-1])
    folder = DataFolder(tmp_path)
    with folder.owned():
        log, store = folder.open_log(), folder.open_store()
        imports = store.node_count("User") // 2000
        assert store.node_count("User") % 2000 == 0
        assert last + 1 <= imports <= last + 2
        assert store.counts()["edges"] == {"RATED": imports * 2000}
        kept = sum(record.body["rows"] for record in log.read(None)) // 2000
        assert imports <= kept <= imports + 1
        project(log, store)
        assert store.counts()["edges"] == {"RATED": kept * 2000}
        assert store.position() == log.last_position()
        log.sweep()
        assert len(list(folder.imports.iterdir())) == kept
        store.close()
        log.close()


def test_a_transaction_may_raise_whatever_it_likes(tmp_path):
    connection = connect(tmp_path / "file", [lambda c: c.execute("CREATE TABLE t (a)")])

    def leave() -> None:
        with transaction(connection, tmp_path / "file"):
            connection.execute("INSERT INTO t VALUES (1)")
            raise SystemExit

    with pytest.raises(SystemExit):
        leave()
    assert connection.execute("SELECT * FROM t").fetchall() == []
    connection.close()
