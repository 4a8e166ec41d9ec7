"""Rows by external id: looked up in a bounded memory first, then in the store, then given out anew."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from graph.store.tables import node_table

REMEMBERED = 1 << 18
"""Ids of one label that are remembered between batches."""

ERASED = -1
"""Stands for the row of an id that has been erased: nothing is kept about it."""


def erased_key(node_id: str) -> bytes:
    """What is kept of an erased id, so that late events about it are told apart from new ones."""
    return hashlib.blake2b(node_id.encode(), digest_size=16).digest()


class RowNumbers:
    """Gives each id of a label the next free row at its first appearance."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._remembered: dict[str, dict[str, int]] = defaultdict(dict)

    def forget(self) -> None:
        """Drop what is remembered, as after a rolled back transaction."""
        self._remembered.clear()

    def of(self, label: str, ids: Sequence[str]) -> list[int]:
        """Rows of ids, in their order; unknown ids get new rows, erased ones `ERASED`."""
        known = self._remembered[label]
        if len(known) > REMEMBERED:
            known.clear()
        missing = [node_id for node_id in dict.fromkeys(ids) if node_id not in known]
        if missing:
            self._find(label, missing, known)
            self._make(label, [node_id for node_id in missing if node_id not in known], known)
        return [known[node_id] for node_id in ids]

    def find(self, label: str, ids: Sequence[str]) -> list[int | None]:
        """Rows of ids, None for unknown and erased ones."""
        known = self._remembered[label]
        if len(known) > REMEMBERED:
            known.clear()
        self._find(label, [node_id for node_id in dict.fromkeys(ids) if node_id not in known], known)
        return [row if (row := known.get(node_id)) != ERASED else None for node_id in ids]

    def _find(self, label: str, ids: Sequence[str], known: dict[str, int]) -> None:
        statement = f"SELECT row FROM {node_table(label)} WHERE id = ?"  # noqa: S608 - our own table name
        for node_id in ids:
            found = self._connection.execute(statement, (node_id,)).fetchone()
            if found:
                known[node_id] = found[0]

    def _make(self, label: str, ids: Sequence[str], known: dict[str, int]) -> None:
        gone = self._erased(label, ids)
        known.update(dict.fromkeys(gone, ERASED))
        table = node_table(label)
        (first,) = self._connection.execute(f"SELECT coalesce(max(row), -1) + 1 FROM {table}").fetchone()  # noqa: S608
        fresh = {node_id: row for row, node_id in enumerate((i for i in ids if i not in gone), first)}
        self._connection.executemany(f"INSERT INTO {table} (id, row) VALUES (?, ?)", fresh.items())  # noqa: S608
        known.update(fresh)

    def _erased(self, label: str, ids: Sequence[str]) -> set[str]:
        if not self._connection.execute("SELECT 1 FROM erased WHERE label = ? LIMIT 1", (label,)).fetchone():
            return set()
        statement = "SELECT 1 FROM erased WHERE label = ? AND key = ?"
        return {i for i in ids if self._connection.execute(statement, (label, erased_key(i))).fetchone()}
