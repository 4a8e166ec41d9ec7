"""An import on its way into the embedded log, and what the log's file keeps of it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from graph.log.archive import ArchiveWriter, Chunk
from graph.model import EventBatch, NodeBatch
from graph.sqlite import translated

REMEMBER = "INSERT OR IGNORE INTO event_ids (day, key, position) VALUES (?, ?, ?)"

CHUNKS = "SELECT number, type, rows, file, sha256 FROM chunks WHERE position = ?"

DAY_MS = 24 * 60 * 60 * 1000
NO_DAY = -1
"""Partition of the events without a time."""


class SqliteBulkRecord:
    """Implements `graph.log.port.BulkRecord` within a transaction that the log has begun."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, record: int, position: str, archive: ArchiveWriter
    ) -> None:
        self._connection = connection
        self._path = path
        self._record = record
        self._archive = archive
        self.position = position

    def admit(self, event_ids: Sequence[str], at: Sequence[int | None]) -> list[bool]:
        """For each event: True when its id is new to the log, False for a duplicate. Remembers the new ones."""
        execute, record = self._connection.execute, self._record
        with translated(self._path):
            return [
                execute(REMEMBER, (day_of(time), event_key(event_id), record)).rowcount == 1
                for event_id, time in zip(event_ids, at, strict=True)
            ]

    def add_events(self, batch: EventBatch) -> None:
        """Keep admitted events; see `graph.log.archive.ArchiveWriter.add`."""
        self._archive.add(batch)

    def add_nodes(self, batch: NodeBatch) -> None:
        """Keep admitted node upserts; see `graph.log.archive.ArchiveWriter.add`."""
        self._archive.add(batch)


class ImportTable:
    """What the log's file knows of imports and their chunks.

    Args:
        connection: of the log.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def position(self, sha256: str) -> int | None:
        """Where the import with that checksum stands."""
        found = self._connection.execute("SELECT position FROM imports WHERE sha256 = ?", (sha256,)).fetchone()
        return None if found is None else int(found[0])

    def archive(self, position: int) -> str | None:
        """The name of an import's archive; None for one of version 0.1, which kept no rows."""
        found = self._connection.execute("SELECT archive FROM imports WHERE position = ?", (position,)).fetchone()
        return None if found is None else found[0]

    def begin(self, sha256: str, position: int) -> None:
        """Take note of an import, or of its being run again."""
        self._connection.execute(
            "INSERT INTO imports (sha256, position) VALUES (?, ?) ON CONFLICT DO NOTHING", (sha256, position)
        )
        self._connection.execute("DELETE FROM event_ids WHERE position = ?", (position,))
        self._connection.execute("DELETE FROM chunks WHERE position = ?", (position,))

    def keep(self, position: int, archive: str, chunks: Sequence[Chunk]) -> None:
        """Name the files that hold an import's rows."""
        self._connection.execute("UPDATE imports SET archive = ? WHERE position = ?", (archive, position))
        self._connection.executemany(
            "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
            [(position, each.number, each.type, each.rows, each.file, each.sha256) for each in chunks],
        )

    def chunks(self, position: int, behind: float = 0) -> list[Chunk]:
        """The chunks of an import with numbers above one, in order."""
        found = self._connection.execute(f"{CHUNKS} AND number > ? ORDER BY number", (position, behind))
        return [Chunk(*each) for each in found]

    def chunk(self, position: int, number: int) -> Chunk | None:
        """One chunk of an import."""
        found = self._connection.execute(f"{CHUNKS} AND number = ?", (position, number)).fetchone()
        return None if found is None else Chunk(*found)

    def kept(self, before: int | None = None) -> list[tuple[int, str]]:
        """Positions and archives of all imports whose rows are kept, in order."""
        bound = "" if before is None else f" AND position < {before:d}"
        found = self._connection.execute(
            f"SELECT position, archive FROM imports WHERE archive IS NOT NULL{bound} ORDER BY position"  # noqa: S608
        )
        return found.fetchall()

    def files(self) -> dict[str, set[str]]:
        """The names of the files of each archive."""
        return {archive: {each.file for each in self.chunks(position)} for position, archive in self.kept()}


def event_key(event_id: str) -> bytes:
    """What is remembered of an event id: 16 bytes, however long it is."""
    return hashlib.blake2b(event_id.encode(), digest_size=16).digest()


def day_of(at: int | None) -> int:
    """The partition of an event's id: days since 1970, or `NO_DAY`."""
    return NO_DAY if at is None else at // DAY_MS
