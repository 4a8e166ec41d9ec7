"""`tastegraph log verify`: a log that is whole, and every way in which one is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph.log.sqlite import SqliteEventLog
from graph.log.verify import Verified, verify_log
from graph.model import EventBatch

EVENTS = [
    {"event_id": "1", "type": "bought", "user_id": "ana", "product_id": "boot", "at": 1},
    {"event_id": "2", "type": "reviewed", "user_id": "ana", "product_id": "boot", "value": 4, "text": "warm", "at": 2},
    {"event_id": "3", "type": "followed", "user_id": "bob", "other_id": "ana", "at": 3},
    {"event_id": "4", "type": "posted", "user_id": "bob", "post_id": "hello", "text": "look", "at": 4},
]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "log.sqlite", durability="normal")
    log.append(EVENTS)
    with log.bulk(["likes.csv"], "sum") as bulk:
        assert bulk.admit(["a", "b"], [1, 2]) == [True, True]
        bulk.add_events(EventBatch("liked", ["a", "b"], ["ana", "bob"], [1, 2], {"product_id": ["p", "q"]}))
    yield log
    log.close()


def verified(log: SqliteEventLog) -> Verified:
    return verify_log(log.path, log.imports, log.path.parent / "keys.sqlite")


def changed(log: SqliteEventLog, statement: str) -> list[str]:
    with closing(sqlite3.connect(log.path)) as connection:
        assert connection.execute(statement).rowcount == 1
        connection.commit()
    return verified(log).problems


def test_a_log_is_whole_while_it_is_written(log):
    assert verified(log) == Verified(records=5, chunks=1, rows=2)


def test_a_log_is_whole_after_an_erasure(log):
    log.append([{"event_id": "5", "type": "erased", "user_id": "bob", "at": 5}])
    found = verified(log)
    assert (found.problems, found.rows) == ([], 1)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM event_ids WHERE position = 2", "record 2: its id '2' does not lead to it"),
        ("UPDATE records SET body = '{' WHERE position = 1", "record 1: it is no JSON"),
        ("UPDATE records SET type = 'liked' WHERE position = 1", "record 1: its id, type or time"),
        ("UPDATE records SET type = 'danced' WHERE position = 1", "record 1: 'danced' is no event type"),
        ("UPDATE records SET version = 9 WHERE position = 1", "record 1: its form 9"),
        ("DELETE FROM people WHERE position = 1", "record 1: 1 of its people"),
        ("DELETE FROM chunks", "record 5: 2 of its 2 rows"),
        ("UPDATE chunks SET rows = 3", "record 5: chunk 1 has 2 rows"),
        ("DELETE FROM identity", "the log has no name"),
        ("UPDATE records SET body = replace(body, '\"2\"', '\"9\"') WHERE position = 2", "record 2: what is sealed"),
    ],
)
def test_what_is_damaged_is_told(log, statement, told):
    problems = changed(log, statement)
    assert any(told in problem for problem in problems), problems


def test_a_flipped_bit_in_an_import_is_told(log):
    (file,) = log.imports.rglob("*.arrow")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert "it differs from its checksum" in verified(log).problems[0]
