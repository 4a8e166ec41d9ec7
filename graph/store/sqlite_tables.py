"""The writer's operations on the embedded store's tables, as SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from typing import Any

from graph.schema import EdgeType
from graph.store import erasing, properties
from graph.store.rows import RowNumbers
from graph.store.tables import edge_table, node_table
from graph.store.values import encode_column
from graph.store.writer import Mark, Rows, Times

TOUCH = """
UPDATE {table} SET {what}_at = ?1, {what}_id = ?2 WHERE row = ?3 AND (?1, ?2) > ({what}_at, {what}_id)
"""
ADD_PAIR = """
INSERT INTO {table} (source, target, at, event_id, count, first_at, last_at, stands)
VALUES (?, ?, ?3, ?4, ?5, CASE WHEN ?5 THEN ?3 ELSE -1 END, CASE WHEN ?5 THEN ?3 ELSE -1 END, ?5)
ON CONFLICT (source, target) DO UPDATE SET
  count = count + excluded.count,
  first_at = CASE -1 WHEN excluded.first_at THEN first_at WHEN first_at THEN excluded.first_at
             ELSE min(first_at, excluded.first_at) END,
  last_at = max(last_at, excluded.last_at),
  stands = CASE WHEN (excluded.at, excluded.event_id) > (at, event_id) THEN excluded.stands ELSE stands END,
  event_id = CASE WHEN (excluded.at, excluded.event_id) > (at, event_id) THEN excluded.event_id ELSE event_id END,
  at = max(at, excluded.at)
"""


class SqliteTables:
    """Implements `graph.store.writer.Tables` within a transaction that the store has begun."""

    def __init__(self, connection: sqlite3.Connection, rows: RowNumbers) -> None:
        self._connection = connection
        self._rows = rows

    def add_pairs(
        self, edge: EdgeType, sources: Rows, targets: Rows, at: Times, event_ids: Sequence[str], *, stands: bool
    ) -> None:
        """Events of pairs."""
        edges = zip(sources, targets, at, event_ids, repeat(int(stands)), strict=False)
        self._connection.executemany(ADD_PAIR.format(table=edge_table(edge)), edges)

    def add_history(
        self,
        edge: EdgeType,
        sources: Rows,
        targets: Rows,
        at: Times,
        event_ids: Sequence[str],
        values: Sequence[Sequence[Any]],
    ) -> None:
        """One edge an event."""
        columns = [encode_column(p, column) for p, column in zip(edge.properties, values, strict=True)]
        marks = ", ".join("?" * (4 + len(columns)))
        names = "".join(f", {p.name}" for p in edge.properties)
        self._connection.executemany(
            f"INSERT OR IGNORE INTO {edge_table(edge)} (source, target, at, event_id{names}) VALUES ({marks})",  # noqa: S608
            zip(sources, targets, at, event_ids, *columns, strict=True),
        )

    def mark(self, what: Mark, label: str, rows: Rows, at: Times, event_ids: Sequence[str]) -> None:
        """Nodes were described or ended."""
        statement = TOUCH.format(table=node_table(label), what=what)
        self._connection.executemany(statement, zip(at, event_ids, rows, strict=True))

    def set_properties(
        self, label: str, rows: Rows, at: Times, event_ids: Sequence[str], values: Mapping[str, Sequence[Any]]
    ) -> None:
        """Write columns of declared properties."""
        properties.set_properties(self._connection, label, rows, at, event_ids, values)

    def erase_people(self, user_ids: Sequence[str]) -> None:
        """Empty the rows of people and of what they published."""
        erasing.erase_people(self._connection, self._rows, user_ids)

    def erase_posts(self, rows: Collection[int]) -> None:
        """Empty the rows of posts."""
        erasing.erase_posts(self._connection, rows)
