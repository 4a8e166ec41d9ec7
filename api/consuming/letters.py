"""Messages that could not be taken, kept with the reason until they are retried or a month has gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from graph.log.events import milliseconds
from graph.sqlite import connect, transaction, translated

KEPT = timedelta(days=30)
"""How long a letter is kept: it may hold what somebody wrote, and whoever is erased must be gone by then."""
FIELDS = "id, topic, partition, place, key, value, reason, at"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that could not be taken.

    Attributes:
        topic: where it came from.
        partition: likewise.
        place: its offset there.
        key: as it came.
        value: as it came.
        reason: why it was not taken.
        at: when it was read, in milliseconds since 1970.
        id: its number here; 0 for one that is not kept yet.
    """

    topic: str
    partition: int
    place: int
    key: bytes | None
    value: bytes | None
    reason: str
    at: int
    id: int = 0


def _version_1(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE letters (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL,"
        " place INTEGER NOT NULL, key BLOB, value BLOB, reason TEXT NOT NULL, at INTEGER NOT NULL,"
        " UNIQUE (topic, partition, place, at))"
    )


class DeadLetters:
    """A file of letters, to which several processes may write.

    Args:
        path: the file; made when there is none.

    Raises:
        StoreUnavailable: it cannot be opened or is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = connect(path, (_version_1,))

    def add(self, letters: Sequence[Letter], now: datetime) -> None:
        """Keep letters, durable on return, and let go of those that are too old; one that is there stays as it is.

        Raises:
            StorageFull: no space was left; none is kept.
        """
        rows = [
            (each.topic, each.partition, each.place, each.key, each.value, each.reason, each.at) for each in letters
        ]
        with transaction(self._connection, self.path):
            self._connection.execute("DELETE FROM letters WHERE at < ?", (milliseconds(now - KEPT),))
            self._connection.executemany(
                "INSERT OR IGNORE INTO letters (topic, partition, place, key, value, reason, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def page(self, limit: int = 100, after: int = 0) -> list[Letter]:
        """At most ``limit`` letters with larger numbers than ``after``, oldest first."""
        with translated(self.path):
            found = self._connection.execute(
                f"SELECT {FIELDS} FROM letters WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 - our own names
                (after, limit),
            ).fetchall()
        return [_letter(row) for row in found]

    def find(self, ids: Iterable[int]) -> list[Letter]:
        """The letters of these numbers, as far as they are there."""
        with translated(self.path):
            rows = [
                self._connection.execute(f"SELECT {FIELDS} FROM letters WHERE id = ?", (each,)).fetchone()  # noqa: S608
                for each in ids
            ]
        return [_letter(row) for row in rows if row is not None]

    def settle(self, taken: Iterable[int], refused: Iterable[tuple[int, str]]) -> None:
        """After a retry: let go of those that were taken, and note why others were not."""
        with transaction(self._connection, self.path):
            self._connection.executemany("DELETE FROM letters WHERE id = ?", [(each,) for each in taken])
            self._connection.executemany(
                "UPDATE letters SET reason = ? WHERE id = ?", [(reason, each) for each, reason in refused]
            )

    def __len__(self) -> int:
        """How many there are."""
        with translated(self.path):
            (count,) = self._connection.execute("SELECT count(*) FROM letters").fetchone()
        return int(count)

    def close(self) -> None:
        """Release the file; safe to call twice."""
        self._connection.close()


def _letter(row: tuple[int, str, int, int, bytes | None, bytes | None, str, int]) -> Letter:
    number, topic, partition, place, key, value, reason, at = row
    return Letter(topic, partition, place, key, value, reason, at, number)
