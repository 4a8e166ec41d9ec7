"""All edges of one node of the SQLite store, those that were taken back included."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from graph.model import EdgeRecords, Relation
from graph.schema import EdgeType, Keeping, Property
from graph.store.tables import edge_table, node_table, stored_edge_types
from graph.store.values import decode

TIMES = ("at", "first_at", "last_at")


def kept_names(edge: EdgeType) -> tuple[str, ...]:
    """What is kept of each edge beside its ends, in order."""
    kept = ("count", "first_at", "last_at") if edge.keeping is Keeping.PAIR else ("event_id", "at")
    return (*kept, *(each.name for each in edge.properties))


def records(connection: sqlite3.Connection, edge: EdgeType, batch_size: int) -> Iterator[EdgeRecords]:
    """Standing edges with everything that is kept, by source."""
    names = kept_names(edge)
    stands = " WHERE stands" if edge.keeping is Keeping.PAIR else ""
    declared = {each.name: each for each in edge.properties}
    cursor = connection.execute(f"SELECT source, target, {', '.join(names)} FROM {edge_table(edge)}{stands}")  # noqa: S608 - our own names
    while batch := cursor.fetchmany(batch_size):
        source, target, *columns = zip(*batch, strict=True)
        told = {
            name: [_kept(declared.get(name), name, value) for value in column]
            for name, column in zip(names, columns, strict=True)
        }
        yield EdgeRecords(source, target, told)


def _kept(declared: Property | None, name: str, value: Any) -> Any:
    if declared is not None:
        return decode(declared, value)
    return None if name in TIMES and value < 0 else value


def relations_of(connection: sqlite3.Connection, label: str, row: int) -> Iterator[Relation]:
    """Outgoing edges of each kind, then incoming ones; by the other end's row.

    Edges lie by their source, so incoming ones cost a pass over each table.
    """
    for edge in stored_edge_types():
        if edge.source == label:
            yield from _relations(connection, edge, row, outgoing=True)
        if edge.target == label:
            yield from _relations(connection, edge, row, outgoing=False)


def _relations(connection: sqlite3.Connection, edge: EdgeType, row: int, *, outgoing: bool) -> Iterator[Relation]:
    here, there = ("source", "target") if outgoing else ("target", "source")
    other = edge.target if outgoing else edge.source
    names = kept_names(edge)
    columns = ", ".join(f"e.{name}" for name in names)
    stands = "e.stands" if edge.keeping is Keeping.PAIR else "1"
    found = connection.execute(
        f"SELECT n.id, {stands}, {columns} FROM {edge_table(edge)} e JOIN {node_table(other)} n ON n.row = e.{there}"  # noqa: S608 - our own names
        f" WHERE e.{here} = ? ORDER BY e.{there}",
        (row,),
    )
    declared = {each.name: each for each in edge.properties}
    for node_id, standing, *values in found:
        known = {
            name: decode(declared[name], value) if name in declared else value
            for name, value in zip(names, values, strict=True)
            if value is not None and not (name in TIMES and value < 0)
        }
        yield Relation(edge.type, outgoing, other, node_id, bool(standing), known)
