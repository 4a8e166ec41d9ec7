"""The embedded event log: one SQLite file and a folder with the rows of imports, written by one process."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from graph.errors import ArchiveDamaged, InvalidEvent, InvalidValue, StoreError
from graph.log.archive import (
    NAME_LENGTH,
    ArchiveWriter,
    Chunk,
    is_whole,
    read_batch,
    read_chunk,
    rewrite_without,
    sweep,
)
from graph.log.bulk import REMEMBER, ImportTable, SqliteBulkRecord, day_of, event_key
from graph.log.chunks import Batch, bodies, naming, to_batch
from graph.log.port import IMPORTED, LogRecord
from graph.sqlite import Durability, Migration, connect, forget_journal, transaction, translated

RECORD_VERSION = 1
"""Form of a record's body; kept with every record."""

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


VERSION_2 = (
    "ALTER TABLE imports ADD COLUMN archive TEXT",
    "CREATE TABLE chunks (position INTEGER, number INTEGER, type TEXT NOT NULL, rows INTEGER NOT NULL,"
    " file TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (position, number)) WITHOUT ROWID",
    "CREATE INDEX erasures ON records (position) WHERE type = 'erased'",
)


def _version_2(connection: sqlite3.Connection) -> None:
    """The rows of imports are kept; those of earlier ones are not there."""
    for statement in VERSION_2:
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (_version_1, _version_2)
"""Numbered from 1; a released one never changes."""

ALL = math.inf
"""As the number of a chunk: behind the last."""


class SqliteEventLog:
    """Implements `graph.log.port.EventLog`; to be used by one thread at a time.

    An event id is remembered as a hash, in a partition for the day of its event: random ids in one big index would
    make every insert slower as the log grows. So an id is known again when it comes with a time at most a day away,
    as every retry does.

    The rows of imports lie in a folder of their own, as Arrow files that the log names with their checksums. They are
    written and durable before the log's commit makes them count.

    Args:
        path: the file; made when there is none.
        imports: the folder with the rows of imports; by default ``imports`` beside the file.
        durability: what an acknowledged event survives, see `graph.sqlite.Durability`.
        read_only: never write or create.

    Raises:
        StoreUnavailable: the file cannot be opened or is no log.
        ForeignVersion: a newer program wrote it.
    """

    def __init__(
        self, path: Path, *, imports: Path | None = None, durability: Durability = "full", read_only: bool = False
    ) -> None:
        self.path = path
        self.imports = path.parent / "imports" if imports is None else imports
        self._connection = connect(path, MIGRATIONS, durability=durability, read_only=read_only)
        self._table = ImportTable(self._connection)

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
            self.sweep()
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
        """Take an erased person out of all records and imports before the erasure."""
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
        for position, archive in self._table.kept(before):
            chunks = rewrite_without(self.imports / archive, self._table.chunks(position), person)
            self._table.keep(position, archive, list(chunks))

    @contextmanager
    def bulk(self, files: Sequence[str], sha256: str) -> Iterator[SqliteBulkRecord]:
        """One import with all its rows, durable when the block is left without an exception; else nothing of it.

        An import whose rows are not kept (see `is_kept`) is filled again at its old position.

        Raises:
            InvalidValue: the import is in the log already.
            StorageFull: no space was left; nothing was kept.
        """
        if self.is_kept(sha256):
            raise InvalidValue("sha256", f"{', '.join(files)} has been imported already")
        self.sweep()
        archive = ArchiveWriter(self.imports, sha256[:NAME_LENGTH], self._erased())
        try:
            with transaction(self._connection, self.path):
                position = self._table.position(sha256)
                if position is None:
                    position = self._insert(IMPORTED, orjson.dumps({"files": list(files), "sha256": sha256}))
                self._table.begin(sha256, position)
                yield SqliteBulkRecord(self._connection, self.path, position, archive)
                self._table.keep(position, archive.name, archive.chunks)
                archive.commit()
        except BaseException:
            archive.drop()
            with suppress(StoreError):  # the next one sweeps again
                self.sweep()
            raise

    def _erased(self) -> frozenset[str]:
        with translated(self.path):
            found = self._connection.execute("SELECT body FROM records WHERE type = 'erased'").fetchall()
        return frozenset(orjson.loads(body)["user_id"] for (body,) in found)

    def sweep(self) -> None:
        """Remove files of imports that the log does not name, which a crash left behind; for the folder's owner.

        Raises:
            StoreUnavailable: one cannot be removed.
        """
        with translated(self.path):
            sweep(self.imports, self._table.files)

    def imported(self, sha256: str) -> str | None:
        """The position of the import with that checksum, if there was one."""
        with translated(self.path):
            position = self._table.position(sha256)
        return None if position is None else str(position)

    def is_kept(self, sha256: str) -> bool:
        """Whether that import's rows are in the log, so that every store can be brought past it.

        Those of version 0.1 are not, nor are those of an import that lost a file: the same import may be run again.
        """
        with translated(self.path):
            position = self._table.position(sha256)
            archive = None if position is None else self._table.archive(position)
            return archive is not None and is_whole(self.imports / archive, self._table.chunks(position or 0))

    def read(self, after: str | None, limit: int = 10_000) -> Iterator[LogRecord]:
        """At most ``limit`` records behind a position, in order: each event, and each chunk of an import, is one."""
        record, chunk = _place(after)
        with translated(self.path):
            found = self._connection.execute(
                "SELECT position, type, body FROM records WHERE position >= ? ORDER BY position LIMIT ?",
                (record, limit + 1),
            ).fetchall()
        return islice(self._records(found, record, chunk), limit)

    def _records(self, found: Sequence[tuple[int, str, bytes]], record: int, chunk: float) -> Iterator[LogRecord]:
        for position, kind, body in found:
            behind = chunk if position == record else 0
            if behind == ALL:
                continue
            if kind == IMPORTED:
                yield from self._chunk_records(position, orjson.loads(body), behind)
            else:
                yield LogRecord(str(position), kind, orjson.loads(body))

    def _chunk_records(self, position: int, body: dict[str, Any], behind: float) -> Iterator[LogRecord]:
        with translated(self.path):
            archive = self._table.archive(position)
            chunks = self._table.chunks(position)
        if archive is None:
            yield LogRecord(str(position), IMPORTED, body)
        elif not chunks:
            yield LogRecord(str(position), IMPORTED, {**body, "rows": 0, "chunk": 0, "of": 0})
        for each in chunks:
            if each.number > behind:
                at = str(position) if each is chunks[-1] else f"{position}.{each.number}"
                facts = {"type": each.type, "rows": each.rows, "chunk": each.number, "of": len(chunks)}
                yield LogRecord(at, IMPORTED, {**body, **facts})

    def batch(self, record: LogRecord) -> Batch:
        """The rows of a record of the type ``imported``.

        Raises:
            ArchiveDamaged: they are not there, or are not what was written.
            InvalidValue: the record has none.
        """
        try:
            return read_batch(*self._file_of(record))
        except ArchiveDamaged as error:
            raise ArchiveDamaged(error.where, error.reason, record.body["sha256"]) from error

    def _file_of(self, record: LogRecord) -> tuple[Path, Chunk]:
        body = record.body
        if record.type != IMPORTED or body.get("rows") == 0:
            raise InvalidValue("record", f"that at {record.position} has no rows")
        position, _ = _place(record.position)
        with translated(self.path):
            archive = self._table.archive(position)
            number = int(body.get("chunk", 0))
            chunks = self._table.chunks(position, number - 1)
        if archive is None or not chunks:
            where = f"the import of {', '.join(body['files'])}"
            raise ArchiveDamaged(where, "its rows were not kept when it was loaded, as by version 0.1", body["sha256"])
        return self.imports / archive, chunks[0]

    def about(self, person: str) -> Iterator[dict[str, Any]]:
        """Every event that names a person, imported ones too, in order.

        Raises:
            ArchiveDamaged: rows of an import are not what was written.
        """
        with translated(self.path):
            found = self._connection.execute(
                "SELECT position, body FROM people JOIN records USING (position) WHERE person = ? ORDER BY position",
                (person,),
            ).fetchall()
            kept = self._table.kept()
        places: list[tuple[int, bytes | str]] = sorted([*found, *kept], key=lambda each: each[0])
        for position, content in places:
            if isinstance(content, str):
                yield from self._about(position, content, person)
            else:
                yield orjson.loads(content)

    def _about(self, position: int, archive: str, person: str) -> Iterator[dict[str, Any]]:
        for chunk in self._table.chunks(position):
            table = read_chunk(self.imports / archive, chunk)
            named = table.filter(naming(table, [person]))
            if named.num_rows:
                yield from bodies(to_batch(named))

    def last_position(self) -> str | None:
        """The newest position; None when the log is empty."""
        with translated(self.path):
            (position,) = self._connection.execute("SELECT max(position) FROM records").fetchone()
        return None if position is None else str(position)

    def reached(self, position: str | None, target: str | None) -> bool:
        """Whether a projection at ``position`` has seen ``target``."""
        return _place(position) >= _place(target)

    def close(self) -> None:
        """Release the file; safe to call twice."""
        self._connection.close()


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


def _place(position: str | None) -> tuple[int, float]:
    """Number of the record, and of the last chunk that is behind: "17.3" is within the import at 17, before "17"."""
    if position is None:
        return 0, ALL
    record, dot, chunk = position.partition(".")
    try:
        return int(record), int(chunk) if dot else ALL
    except ValueError as error:
        raise InvalidValue("position", f"{position!r} was not given out by this log") from error
