"""The embedded event log: one SQLite file, written by one process."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from graph.errors import InvalidEvent, InvalidValue
from graph.log.port import LogRecord
from graph.sqlite import Durability, Migration, connect, forget_journal, transaction, translated

IMPORTED = "imported"
RECORD_VERSION = 1
"""Form of a record's body; kept with every record."""

DAY_MS = 24 * 60 * 60 * 1000
NO_DAY = -1
"""Partition of the events without a time."""

VERSION_1 = (
    "CREATE TABLE records (position INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, type TEXT NOT NULL,"
    " body BLOB NOT NULL)",
    "CREATE TABLE people (person TEXT, position INTEGER, PRIMARY KEY (person, position)) WITHOUT ROWID",
    "CREATE TABLE event_ids (day INTEGER, key BLOB, position INTEGER NOT NULL, PRIMARY KEY (day, key)) WITHOUT ROWID",
    "CREATE TABLE imports (sha256 TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
)


def _version_1(connection: sqlite3.Connection) -> None:
    for statement in VERSION_1:
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (_version_1,)
"""Numbered from 1; a released one never changes."""

REMEMBER = "INSERT OR IGNORE INTO event_ids (day, key, position) VALUES (?, ?, ?)"


class SqliteEventLog:
    """Implements `graph.log.port.EventLog`; to be used by one thread at a time.

    An event id is remembered as a hash, in a partition for the day of its event: random ids in one big index would
    make every insert slower as the log grows. So an id is known again when it comes with a time at most a day away,
    as every retry does.

    Args:
        path: the file; made when there is none.
        durability: what an acknowledged event survives, see `graph.sqlite.Durability`.
        read_only: never write or create.

    Raises:
        StoreUnavailable: the file cannot be opened or is no log.
        ForeignVersion: a newer program wrote it.
    """

    def __init__(self, path: Path, *, durability: Durability = "full", read_only: bool = False) -> None:
        self.path = path
        self._connection = connect(path, MIGRATIONS, durability=durability, read_only=read_only)

    def append(self, events: Sequence[Mapping[str, Any]]) -> list[str | None]:
        """Keep checked events (see `graph.log.events`) in one commit; durable on return.

        Returns:
            The position of each, or None for a duplicate id.

        Raises:
            InvalidEvent: one has no id, type or time; none is kept.
            StorageFull: no space was left; none is kept.
        """
        with transaction(self._connection, self.path):
            positions = [self._append(event) for event in events]
        if any(event["type"] == "erased" for event in events):
            forget_journal(self._connection, self.path)
        return positions

    def _append(self, event: Mapping[str, Any]) -> str | None:
        event_id, at = _identity(event)
        key, day = event_key(event_id), day_of(at)
        if self._known(key, day):
            return None
        body = orjson.dumps(dict(event))
        position = self._insert(event["type"], body)
        self._connection.execute(REMEMBER, (day, key, position))
        people = [(person, position) for person in people_of(event)]
        self._connection.executemany("INSERT OR IGNORE INTO people VALUES (?, ?)", people)
        if event["type"] == "erased":
            self._rewrite(event["user_id"], position)
        return str(position)

    def _known(self, key: bytes, day: int) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM event_ids WHERE day IN (?, ?, ?) AND key = ?", (day - 1, day, day + 1, key)
        )
        return found.fetchone() is not None

    def _insert(self, kind: str, body: bytes) -> int:
        cursor = self._connection.execute(
            "INSERT INTO records (version, type, body) VALUES (?, ?, ?)", (RECORD_VERSION, kind, body)
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _rewrite(self, person: str, before: int) -> None:
        """Take an erased person out of all records before the erasure."""
        found = self._connection.execute(
            "SELECT position, body FROM people JOIN records USING (position) WHERE person = ? AND position < ?",
            (person, before),
        ).fetchall()
        for position, body in found:
            kept = without_person(orjson.loads(body), person)
            if kept is None:
                self._connection.execute("DELETE FROM records WHERE position = ?", (position,))
                self._connection.execute("DELETE FROM people WHERE position = ?", (position,))
            else:
                self._connection.execute(
                    "UPDATE records SET body = ? WHERE position = ?", (orjson.dumps(kept), position)
                )
        self._connection.execute("DELETE FROM people WHERE person = ? AND position < ?", (person, before))

    @contextmanager
    def bulk(self, files: Sequence[str], sha256: str) -> Iterator[SqliteBulkRecord]:
        """One ``imported`` record and the ids of its events, durable when the block is left without an exception.

        An import that is known already keeps its position and starts over: that heals one that reached the log but
        not the store.

        Raises:
            StorageFull: no space was left; nothing was kept.
        """
        with transaction(self._connection, self.path):
            position = self._import_position(sha256)
            if position is None:
                position = self._insert(IMPORTED, orjson.dumps({"files": list(files), "sha256": sha256}))
                self._connection.execute("INSERT INTO imports VALUES (?, ?)", (sha256, position))
            else:
                self._connection.execute("DELETE FROM event_ids WHERE position = ?", (position,))
            yield SqliteBulkRecord(self._connection, self.path, position)

    def imported(self, sha256: str) -> str | None:
        """The position of the import with that checksum, if there was one."""
        with translated(self.path):
            position = self._import_position(sha256)
        return None if position is None else str(position)

    def _import_position(self, sha256: str) -> int | None:
        found = self._connection.execute("SELECT position FROM imports WHERE sha256 = ?", (sha256,)).fetchone()
        return None if found is None else int(found[0])

    def read(self, after: str | None, limit: int = 10_000) -> Iterator[LogRecord]:
        """At most ``limit`` records behind a position, in order."""
        with translated(self.path):
            found = self._connection.execute(
                "SELECT position, type, body FROM records WHERE position > ? ORDER BY position LIMIT ?",
                (_number(after), limit),
            ).fetchall()
        for position, kind, body in found:
            yield LogRecord(str(position), kind, orjson.loads(body))

    def last_position(self) -> str | None:
        """The newest position; None when the log is empty."""
        with translated(self.path):
            (position,) = self._connection.execute("SELECT max(position) FROM records").fetchone()
        return None if position is None else str(position)

    def reached(self, position: str | None, target: str | None) -> bool:
        """Whether a projection at ``position`` has seen ``target``."""
        return _number(position) >= _number(target)

    def close(self) -> None:
        """Release the file; safe to call twice."""
        self._connection.close()


class SqliteBulkRecord:
    """Implements `graph.log.port.BulkRecord` within a transaction that the log has begun."""

    def __init__(self, connection: sqlite3.Connection, path: Path, position: int) -> None:
        self._connection = connection
        self._path = path
        self._position = position
        self.position = str(position)

    def admit(self, event_ids: Sequence[str], at: Sequence[int | None]) -> list[bool]:
        """For each event: True when its id is new to the log, False for a duplicate. Remembers the new ones."""
        execute, position = self._connection.execute, self._position
        with translated(self._path):
            return [
                execute(REMEMBER, (day_of(time), event_key(event_id), position)).rowcount == 1
                for event_id, time in zip(event_ids, at, strict=True)
            ]


def event_key(event_id: str) -> bytes:
    """What is remembered of an event id: 16 bytes, however long it is."""
    return hashlib.blake2b(event_id.encode(), digest_size=16).digest()


def day_of(at: int | None) -> int:
    """The partition of an event's id: days since 1970, or `NO_DAY`."""
    return NO_DAY if at is None else at // DAY_MS


def people_of(event: Mapping[str, Any]) -> set[str]:
    """Everybody whom an event names."""
    return {p for p in (event.get("user_id"), event.get("other_id"), *(event.get("with") or ())) if p is not None}


def without_person(event: Mapping[str, Any], person: str) -> dict[str, Any] | None:
    """What is left of an event when a person has to go; None when nothing is."""
    if person in {event.get("user_id"), event.get("other_id")}:
        return None
    return {**event, "with": [other for other in event.get("with") or () if other != person]}


def _identity(event: Mapping[str, Any]) -> tuple[str, int | None]:
    for name in ("event_id", "type"):
        if not isinstance(event.get(name), str):
            raise InvalidEvent(name, "the log takes checked events, which have it")
    at = event.get("at")
    if at is not None and not isinstance(at, int):
        raise InvalidEvent("at", "the log takes checked events, whose time is in milliseconds")
    return event["event_id"], at


def _number(position: str | None) -> int:
    try:
        return 0 if position is None else int(position)
    except ValueError as error:
        raise InvalidValue("position", f"{position!r} was not given out by this log") from error
