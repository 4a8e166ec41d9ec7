"""The SQLite tables of a graph store, made from `graph.schema`.

Each label has a table of its nodes and one of their properties; each edge set that is not derived has one table,
ordered by its source, so that one person's edges lie together and a whole edge set is read in order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from graph.schema import ANY, EDGE_TYPES, NODE_TYPES, EdgeType, Keeping, Property, Type

SQL_TYPES = {
    Type.STRING: "TEXT",
    Type.INTEGER: "INTEGER",
    Type.FLOAT: "REAL",
    Type.BOOLEAN: "INTEGER",
    Type.TIME: "INTEGER",
    Type.IDS: "TEXT",
    Type.JSON: "TEXT",
}


def node_table(label: str) -> str:
    """Table of the nodes of a label."""
    return f"node_{label.lower()}"


def property_table(label: str) -> str:
    """Table of the properties of a label's nodes: one row a register."""
    return f"property_{label.lower()}"


def edge_table(edge: EdgeType) -> str:
    """Table of an edge set."""
    return f"edge_{edge.source}_{edge.type}_{edge.target}".lower()


def stored_edge_types() -> Iterator[EdgeType]:
    """The edge sets that have a table: derived ones are read from properties, those of any label have no writer yet."""
    return (edge for edge in EDGE_TYPES if edge.keeping is not Keeping.DERIVED and edge.source != ANY)


def create_tables(connection: sqlite3.Connection) -> None:
    """Version 1: what stands in `graph.schema`."""
    for statement in statements():
        connection.execute(statement)


def statements() -> Iterator[str]:
    """The DDL of an empty store."""
    yield "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
    yield "CREATE TABLE erased (label TEXT, key BLOB, PRIMARY KEY (label, key)) WITHOUT ROWID"
    for node in NODE_TYPES:
        yield _node_ddl(node.label)
        yield _property_ddl(node.label)
    for edge in stored_edge_types():
        yield _pair_ddl(edge) if edge.keeping is Keeping.PAIR else _event_ddl(edge)


def _node_ddl(label: str) -> str:
    return (
        f"CREATE TABLE {node_table(label)} (row INTEGER PRIMARY KEY, id TEXT UNIQUE,"
        " touched_at INTEGER NOT NULL DEFAULT -2, touched_id TEXT NOT NULL DEFAULT '',"
        " ended_at INTEGER NOT NULL DEFAULT -2, ended_id TEXT NOT NULL DEFAULT '')"
    )


def _property_ddl(label: str) -> str:
    return (
        f"CREATE TABLE {property_table(label)} (name TEXT NOT NULL, row INTEGER NOT NULL, at INTEGER NOT NULL,"
        " event_id TEXT NOT NULL, value, PRIMARY KEY (name, row)) WITHOUT ROWID"
    )


def _pair_ddl(edge: EdgeType) -> str:
    return (
        f"CREATE TABLE {edge_table(edge)} (source INTEGER NOT NULL, target INTEGER NOT NULL, count INTEGER NOT NULL,"
        " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, at INTEGER NOT NULL, event_id TEXT NOT NULL,"
        f" stands INTEGER NOT NULL{_columns(edge.properties)}, PRIMARY KEY (source, target)) WITHOUT ROWID"
    )


def _event_ddl(edge: EdgeType) -> str:
    return (
        f"CREATE TABLE {edge_table(edge)} (source INTEGER NOT NULL, target INTEGER NOT NULL, at INTEGER NOT NULL,"
        f" event_id TEXT NOT NULL{_columns(edge.properties)}, PRIMARY KEY (source, target, at, event_id)) WITHOUT ROWID"
    )


def _columns(properties: tuple[Property, ...]) -> str:
    return "".join(f", {p.name} {SQL_TYPES[p.type]}" for p in properties)


MIGRATIONS = (create_tables,)
"""Numbered from 1; a released one never changes."""
