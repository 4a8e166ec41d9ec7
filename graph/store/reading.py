"""Edges out of the SQLite store, as arrays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graph.model import NO_TIME, EdgeArrays, Rows
from graph.schema import INFERRED, EdgeType
from graph.store.rows import RowNumbers
from graph.store.tables import edge_table
from graph.store.values import RELATED_TYPE, facts, named_ids

TIES = """
SELECT source, target, max(last_at), sum(count) FROM (
  SELECT source, target, last_at, count FROM edge_user_interacted_user WHERE stands
  UNION ALL
  SELECT c.source, p.source, c.at, 1 FROM edge_user_commented_post c
    JOIN edge_user_posted_post p ON p.target = c.target
  UNION ALL
  SELECT l.source, p.source, l.last_at, l.count FROM edge_user_liked_post l
    JOIN edge_user_posted_post p ON p.target = l.target WHERE l.stands
) WHERE source <> target GROUP BY source, target ORDER BY source, target
"""
"""Who has to do with whom: messages and shares, and comments on and likes of somebody's posts."""


def pairs(connection: sqlite3.Connection, edge: EdgeType, batch_size: int) -> Iterator[EdgeArrays]:
    """Standing edges of pairs, by source and target."""
    statement = f"SELECT source, target, last_at, count FROM {edge_table(edge)} WHERE stands ORDER BY source, target"  # noqa: S608
    yield from _counted(connection, statement, batch_size)


def ties(connection: sqlite3.Connection, batch_size: int) -> Iterator[EdgeArrays]:
    """Tie strength between people, by source and target."""
    yield from _counted(connection, TIES, batch_size)


def _counted(connection: sqlite3.Connection, statement: str, batch_size: int) -> Iterator[EdgeArrays]:
    for source, target, at, count in _batches(connection.execute(statement), batch_size):
        yield EdgeArrays(*_rows_and_times(source, target, at), count=np.array(count, np.int32))


def history(connection: sqlite3.Connection, edge: EdgeType, batch_size: int) -> Iterator[EdgeArrays]:
    """One edge an event, by source, target and time."""
    statement = f"SELECT source, target, at FROM {edge_table(edge)} ORDER BY source, target, at, event_id"  # noqa: S608
    for source, target, at in _batches(connection.execute(statement), batch_size):
        yield EdgeArrays(*_rows_and_times(source, target, at))


def newest_of_pairs(connection: sqlite3.Connection, edge: EdgeType, batch_size: int) -> Iterator[EdgeArrays]:
    """The newest starred edge of each pair; NaN where a review has no stars."""
    statement = f"SELECT source, target, at, value FROM {edge_table(edge)} ORDER BY source, target, at, event_id"  # noqa: S608
    held: EdgeArrays | None = None
    for source, target, at, value in _batches(connection.execute(statement), batch_size):
        arrays = EdgeArrays(*_rows_and_times(source, target, at), value=np.array(value, np.float32))
        if held is not None:
            arrays = _joined(held, arrays)
        newest = np.empty(len(arrays), np.bool_)
        newest[:-1] = (np.diff(arrays.source) != 0) | (np.diff(arrays.target) != 0)
        newest[-1] = False  # the next batch may hold a newer one
        if newest.any():
            yield _taken(arrays, newest)
        held = _taken(arrays, np.arange(len(arrays) - 1, len(arrays)))
    if held is not None:
        yield held


def derived_edges(rows: RowNumbers, edge: EdgeType, sources: Sequence[int], values: Sequence[Any]) -> EdgeArrays:
    """Edges that a batch of property values stands for; ids of nodes that are gone are left out."""
    if edge.type == RELATED_TYPE:
        return _related_edges(rows, edge, sources, values)
    listed = [list(named_ids(edge, value)) for value in values]
    source, target = _ends(rows, edge, sources, listed)
    there = target >= 0
    return EdgeArrays(source[there], target[there], np.full(int(there.sum()), NO_TIME, np.int64))


def _related_edges(rows: RowNumbers, edge: EdgeType, sources: Sequence[int], values: Sequence[Any]) -> EdgeArrays:
    listed = [list(facts(edge.target, value)) for value in values]
    source, target = _ends(rows, edge, sources, [[node_id for node_id, _, _ in each] for each in listed])
    flat = [fact for each in listed for fact in each]
    predicate = np.array(rows.find("Predicate", [predicate for _, predicate, _ in flat]), np.int32)
    inferred = np.array([origin.startswith(INFERRED) for _, _, origin in flat], np.bool_)
    there = target >= 0
    at = np.full(int(there.sum()), NO_TIME, np.int64)
    return EdgeArrays(source[there], target[there], at, predicate=predicate[there], inferred=inferred[there])


def _ends(
    rows: RowNumbers, edge: EdgeType, sources: Sequence[int], listed: Sequence[Sequence[str]]
) -> tuple[Rows, Rows]:
    """Source and target rows of what is listed of each source; -1 for a target that is gone."""
    source = np.repeat(np.array(sources, np.int32), [len(each) for each in listed])
    found = rows.find(edge.target, [node_id for each in listed for node_id in each])
    return source, np.array([-1 if row is None else row for row in found], np.int32)


def _batches(cursor: sqlite3.Cursor, batch_size: int) -> Iterator[tuple[Sequence[Any], ...]]:
    while batch := cursor.fetchmany(batch_size):
        yield tuple(zip(*batch, strict=True))


def _rows_and_times(source: Sequence[int], target: Sequence[int], at: Sequence[int]) -> tuple[Any, Any, Any]:
    return np.array(source, np.int32), np.array(target, np.int32), np.array(at, np.int64)


def _joined(first: EdgeArrays, second: EdgeArrays) -> EdgeArrays:
    assert first.value is not None
    assert second.value is not None
    return EdgeArrays(
        np.concatenate((first.source, second.source)),
        np.concatenate((first.target, second.target)),
        np.concatenate((first.at, second.at)),
        value=np.concatenate((first.value, second.value)),
    )


def _taken(arrays: EdgeArrays, which: Any) -> EdgeArrays:
    assert arrays.value is not None
    return EdgeArrays(arrays.source[which], arrays.target[which], arrays.at[which], value=arrays.value[which])
