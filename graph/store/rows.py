"""Rows by external id: looked up in a bounded memory first, then in the store, then given out anew."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from graph.store.tables import node_table

REMEMBERED = 1 << 19
"""Ids of one label that are remembered between batches."""

ERASED = -1
"""Stands for the row of an id that has been erased: nothing is kept about it."""


def erased_key(node_id: str) -> bytes:
    """What is kept of an erased id, so that late events about it are told apart from new ones."""
    return hashlib.blake2b(node_id.encode(), digest_size=16).digest()


class Directory(Protocol):
    """Where a store keeps which id has which row."""

    def find(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Rows of those of these ids that have one."""

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""

    def make(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Give new ids the next rows, in their order."""


class RowNumbers:
    """Gives each id of a label the next free row at its first appearance.

    Args:
        directory: where to look; a store whose directory is of one transaction gives another with each.
        remembered: ids of one label that are remembered between batches.
    """

    def __init__(self, directory: Directory | None = None, remembered: int = REMEMBERED) -> None:
        self._directory = directory
        self._most = remembered
        self._remembered: dict[str, dict[str, int]] = defaultdict(dict)

    def look_into(self, directory: Directory) -> None:
        """From now on, look into another directory of the same store."""
        self._directory = directory

    def forget(self) -> None:
        """Drop what is remembered, as after a rolled back transaction."""
        self._remembered.clear()

    def of(self, label: str, ids: Sequence[str]) -> list[int]:
        """Rows of ids, in their order; unknown ids get new rows, erased ones `ERASED`."""
        known = self._known(label)
        missing = [node_id for node_id in dict.fromkeys(ids) if node_id not in known]
        if missing:
            assert self._directory is not None
            known.update(self._directory.find(label, missing))
            unknown = [node_id for node_id in missing if node_id not in known]
            gone = self._directory.erased(label, unknown) if unknown else set()
            known.update(dict.fromkeys(gone, ERASED))
            if len(unknown) > len(gone):
                known.update(self._directory.make(label, [each for each in unknown if each not in gone]))
        return [known[node_id] for node_id in ids]

    def find(self, label: str, ids: Sequence[str]) -> list[int | None]:
        """Rows of ids, None for unknown and erased ones."""
        known = self._known(label)
        missing = [node_id for node_id in dict.fromkeys(ids) if node_id not in known]
        if missing:
            assert self._directory is not None
            known.update(self._directory.find(label, missing))
        return [row if (row := known.get(node_id)) != ERASED else None for node_id in ids]

    def _known(self, label: str) -> dict[str, int]:
        known = self._remembered[label]
        if len(known) > self._most:
            known.clear()
        return known


class SqliteDirectory:
    """Implements `Directory` in the tables of the embedded store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Rows of those of these ids that have one."""
        statement = f"SELECT row FROM {node_table(label)} WHERE id = ?"  # noqa: S608 - our own table name
        found = ((node_id, self._connection.execute(statement, (node_id,)).fetchone()) for node_id in ids)
        return {node_id: row[0] for node_id, row in found if row}

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""
        if not self._connection.execute("SELECT 1 FROM erased WHERE label = ? LIMIT 1", (label,)).fetchone():
            return set()
        statement = "SELECT 1 FROM erased WHERE label = ? AND key = ?"
        return {i for i in ids if self._connection.execute(statement, (label, erased_key(i))).fetchone()}

    def make(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Give new ids the next rows, in their order."""
        table = node_table(label)
        (first,) = self._connection.execute(f"SELECT coalesce(max(row), -1) + 1 FROM {table}").fetchone()  # noqa: S608
        fresh = {node_id: row for row, node_id in enumerate(ids, first)}
        self._connection.executemany(f"INSERT INTO {table} (id, row) VALUES (?, ?)", fresh.items())  # noqa: S608
        return fresh
