"""Old impressions, outcomes and searches go; nothing that a store is made of does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.backup.make import make_backup
from graph.folder import DataFolder
from graph.log.project import project
from graph.log.retention import LOG_ONLY
from graph.log.sqlite import SqliteEventLog
from graph.log.verify import verify_log
from graph.people.retention import trim_old
from graph.schema import EVENTS
from graph.store.sqlite import SqliteGraphStore

DAY = 86_400_000
NOW = datetime(2026, 11, 23, tzinfo=UTC)
OF = {
    "searched": {"text": "boots"},
    "impression": {"attribution": "t", "items": [{"id": "p", "position": 0}]},
    "outcome": {"attribution": "t", "items": [{"id": "p", "position": 0}], "kind": "click"},
    "liked": {"product_id": "p"},
    "followed": {"other_id": "v"},
}


def event(number: int, kind: str, person: str, days_ago: int) -> dict[str, object]:
    at = int(NOW.timestamp() * 1000) - days_ago * DAY
    return {"event_id": f"e{number}", "type": kind, "user_id": person, "at": at, **OF[kind]}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "log.sqlite", durability="normal")
    yield log
    log.close()


def ids(log: SqliteEventLog) -> list[str]:
    return [record.body["event_id"] for record in log.read(None)]


def test_only_types_that_write_nowhere_are_let_go() -> None:
    assert all(not EVENTS[kind].edges and not EVENTS[kind].node for kind in LOG_ONLY)


def test_old_ones_go_young_ones_and_others_stay(log: SqliteEventLog) -> None:
    history = [("liked", 99), ("searched", 99), ("impression", 50), ("searched", 10), ("outcome", 99), ("liked", 1)]
    log.append([event(number, kind, "u", days) for number, (kind, days) in enumerate(history)])
    last = log.last_position()
    assert log.trim(last or "", int(NOW.timestamp() * 1000) - 40 * DAY) == 3
    assert ids(log) == ["e0", "e3", "e5"]
    assert log.last_position() == last
    assert log.find("e1") is None
    assert [each["event_id"] for each in log.about("u")] == ["e0", "e3", "e5"]


def test_what_went_is_known_again_when_it_is_sent_again(log: SqliteEventLog) -> None:
    history = [event(0, "liked", "u", 99), event(1, "searched", "u", 99), event(2, "liked", "u", 1)]
    log.append(history)
    log.trim(log.last_position() or "", int(NOW.timestamp() * 1000))
    assert log.append(history) == [None] * 3


def test_nothing_that_no_backup_holds_goes(log: SqliteEventLog) -> None:
    positions = log.append([event(number, "searched", "u", 99) for number in range(4)])
    assert log.trim(positions[1] or "", int(NOW.timestamp() * 1000)) == 2
    assert ids(log) == ["e2", "e3"]


def test_a_reader_in_the_middle_goes_on(log: SqliteEventLog) -> None:
    positions = log.append([event(number, "searched", "u", 99) for number in range(6)])
    log.trim(positions[4] or "", int(NOW.timestamp() * 1000))
    assert [record.body["event_id"] for record in log.read(positions[2])] == ["e5"]


def test_the_file_gives_its_space_back(log: SqliteEventLog) -> None:
    text = os.urandom(2000).hex()
    log.append([{**event(number, "searched", "u", 99), "text": text} for number in range(2000)])
    with closing(SqliteEventLog(log.path, read_only=True)):
        pass
    before = log.path.stat().st_size
    log.trim(log.last_position() or "", int(NOW.timestamp() * 1000))
    assert log.path.stat().st_size < before / 5


def state(log: SqliteEventLog, path: Path) -> list[tuple[object, ...]]:
    with closing(SqliteGraphStore(path, durability="normal")) as store:
        project(log, store)
        connection = store._connection
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = sorted(name for name in names if not name.startswith("sqlite_"))
        return [(name, *row) for name in kept for row in connection.execute(f'SELECT * FROM "{name}"').fetchall()]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(OF)), st.sampled_from("uvw"), st.integers(0, 120)), max_size=25),
    st.integers(0, 120),
)
def test_a_store_made_of_what_is_left_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, int]], days: int
) -> None:
    folder = tmp_path_factory.mktemp("trimmed")
    with closing(SqliteEventLog(folder / "log.sqlite", durability="normal")) as log:
        log.append([event(number, *each) for number, each in enumerate(history)])
        before = state(log, folder / "before.sqlite")
        if history:
            log.trim(log.last_position() or "", int(NOW.timestamp() * 1000) - days * DAY)
        assert state(log, folder / "after.sqlite") == before
        assert verify_log(log.path, log.imports, folder / "keys.sqlite").problems == []


def test_a_folder_lets_go_of_what_its_newest_backup_holds(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with closing(folder.open_log()) as log:
        log.append([event(number, "searched", "u", 99) for number in range(3)])
        assert trim_old(folder, log, NOW, 40) == 0
    make_backup(folder, tmp_path / "backup", NOW)
    with closing(folder.open_log()) as log:
        log.append([event(number, "searched", "u", 99) for number in range(3, 6)])
        assert trim_old(folder, log, NOW, 100) == 0
        assert trim_old(folder, log, NOW, 40) == 3
        assert ids(log) == ["e3", "e4", "e5"]
