"""Removing people: their row stays, so that rows keep their numbers, and nothing else does."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence

from graph.store.rows import ERASED, RowNumbers, erased_key
from graph.store.tables import NEVER, attribute_table, edge_table, node_table, property_table, stored_edge_types


def erase_people(connection: sqlite3.Connection, rows: RowNumbers, user_ids: Sequence[str]) -> None:
    """Empty the rows of people and of what they published; later events about them change nothing."""
    found = {row for row in rows.of("User", user_ids) if row != ERASED}
    statement = "SELECT target FROM edge_user_posted_post WHERE source = ?"
    posts = {target for row in found for (target,) in connection.execute(statement, (row,))}
    erase_posts(connection, posts)
    _empty(connection, "User", found)


def erase_posts(connection: sqlite3.Connection, posts: Collection[int]) -> None:
    """Empty the rows of posts whose author is erased."""
    _empty(connection, "Post", posts)


def _empty(connection: sqlite3.Connection, label: str, rows: Collection[int]) -> None:
    if not rows:
        return
    each = [(row,) for row in sorted(rows)]
    _remember(connection, label, each)
    nodes = node_table(label)
    connection.executemany(
        f"UPDATE {nodes} SET id = NULL, touched_at = {NEVER}, touched_id = '', ended_at = {NEVER}, ended_id = ''"  # noqa: S608
        " WHERE row = ?",
        each,
    )
    _delete_where(connection, property_table(label), "row", each)
    _delete_where(connection, attribute_table(label), "row", each)
    for edge in stored_edge_types():
        if edge.source == label:
            _delete_where(connection, edge_table(edge), "source", each)
        if edge.target == label:
            _delete_where(connection, edge_table(edge), "target", each)


def _remember(connection: sqlite3.Connection, label: str, rows: Iterable[tuple[int]]) -> None:
    ids = (connection.execute(f"SELECT id FROM {node_table(label)} WHERE row = ?", row).fetchone() for row in rows)  # noqa: S608
    keys = [(label, erased_key(node_id)) for (node_id,) in ids if node_id is not None]
    connection.executemany("INSERT OR IGNORE INTO erased (label, key) VALUES (?, ?)", keys)


def _delete_where(connection: sqlite3.Connection, table: str, column: str, rows: list[tuple[int]]) -> None:
    """Delete by row in one pass over the table, however many rows there are."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone (row INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM gone")
    connection.executemany("INSERT INTO gone (row) VALUES (?)", rows)
    connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT row FROM gone)")  # noqa: S608
