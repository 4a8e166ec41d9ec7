"""Rows about the same node become one: lists are united, of everything else the last row of the file stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

CACHE_KIB = 64 * 1024
CHUNK = 500
"""Ids asked for in one statement."""


class NodeSpool:
    """Nodes of one table by id, in order of first appearance; on disk, so memory stays bounded."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._connection.execute("CREATE TABLE nodes (row INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
        self._connection.execute("BEGIN")

    def add(self, ids: Sequence[str], properties: Sequence[dict[str, Any]]) -> list[bool]:
        """Unite rows with what is known of their ids.

        Args:
            ids: external ids.
            properties: of each row, without the missing ones.

        Returns:
            For each row whether it said anything new.
        """
        known = self._bodies(list(dict.fromkeys(ids)))
        changed: dict[str, dict[str, Any]] = {}
        news = []
        for node_id, given in zip(ids, properties, strict=True):
            before = known.get(node_id)
            after = given if before is None else before if before == given else united(before, given)
            new = before is None or (after is not before and after != before)
            if new:
                known[node_id] = changed[node_id] = after
            news.append(new)
        self._connection.executemany(
            "INSERT INTO nodes (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            ((node_id, orjson.dumps(body)) for node_id, body in changed.items()),
        )
        return news

    def _bodies(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for first in range(0, len(ids), CHUNK):
            part = ids[first : first + CHUNK]
            marks = ", ".join("?" * len(part))
            rows = self._connection.execute(f"SELECT id, body FROM nodes WHERE id IN ({marks})", part)  # noqa: S608
            found.update((node_id, orjson.loads(body)) for node_id, body in rows)
        return found

    def batches(self, size: int) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
        """Ids and properties, in order of first appearance."""
        cursor = self._connection.execute("SELECT id, body FROM nodes ORDER BY row")
        while rows := cursor.fetchmany(size):
            yield [node_id for node_id, _ in rows], [orjson.loads(body) for _, body in rows]

    def close(self) -> None:
        """Give the disk space back."""
        self._connection.close()


def united(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Two rows about one node as one."""
    after = {**before, **given}
    for name, value in given.items():
        old = before.get(name)
        if isinstance(old, list) and isinstance(value, list):
            after[name] = (
                list(dict.fromkeys((*old, *value))) if all(isinstance(v, str) for v in (*old, *value)) else value
            )
        elif isinstance(old, dict) and isinstance(value, dict):
            after[name] = {**old, **value}
    return after
