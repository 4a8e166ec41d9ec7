"""All edges of one node of the SQLite store, those that were taken back included."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from graph.model import Relation
from graph.schema import EdgeType, Keeping
from graph.store.tables import edge_table, node_table, stored_edge_types
from graph.store.values import decode

TIMES = ("at", "first_at", "last_at")


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
    kept = ("count", "first_at", "last_at") if edge.keeping is Keeping.PAIR else ("event_id", "at")
    names = (*kept, *(each.name for each in edge.properties))
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
