"""The SQLite tables of a graph store, made from `graph.schema`.

Each label has a table of its nodes, one of their properties and one of their attributes. Each edge set that is not
derived has one table, ordered by its source, so that one person's edges lie together and a whole edge set is read in
order.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from graph.schema import EDGE_TYPES, NODE_TYPES, EdgeType, Keeping, Type
from graph.sqlite import Migration

SQL_TYPES = {
    Type.STRING: "TEXT",
    Type.INTEGER: "INTEGER",
    Type.FLOAT: "REAL",
    Type.BOOLEAN: "INTEGER",
    Type.TIME: "INTEGER",
    Type.IDS: "TEXT",
    Type.JSON: "TEXT",
}
NEVER = -2
"""Time of a register that nothing has been written to; older than `graph.model.NO_TIME`."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns by name, with their types, and what stands behind them."""

    name: str
    columns: tuple[tuple[str, str], ...]
    ending: str = ""
    options: str = ""

    def ddl(self) -> str:
        """The statement that makes it."""
        columns = ", ".join(f"{name} {form}" for name, form in self.columns)
        return f"CREATE TABLE {self.name} ({columns}{self.ending}){self.options}"


def node_table(label: str) -> str:
    """Table of the nodes of a label."""
    return f"node_{label.lower()}"


def property_table(label: str) -> str:
    """Table of the properties of a label's nodes: one row a register."""
    return f"property_{label.lower()}"


def attribute_table(label: str) -> str:
    """Table of what is known of a label's nodes beyond the declared properties."""
    return f"attribute_{label.lower()}"


def edge_table(edge: EdgeType) -> str:
    """Table of an edge set."""
    return f"edge_{edge.source}_{edge.type}_{edge.target}".lower()


def stored_edge_types() -> Iterator[EdgeType]:
    """The edge sets that have a table; derived ones are read from properties."""
    return (edge for edge in EDGE_TYPES if edge.keeping is not Keeping.DERIVED)


def tables() -> Iterator[Table]:
    """All tables of a store."""
    yield Table("meta", (("name", "TEXT PRIMARY KEY"), ("value", "TEXT NOT NULL")), options=" WITHOUT ROWID")
    yield Table("erased", (("label", "TEXT"), ("key", "BLOB")), ", PRIMARY KEY (label, key)", " WITHOUT ROWID")
    for node in NODE_TYPES:
        yield _nodes(node.label)
        yield _registers(property_table(node.label), "name, row")
        yield _registers(attribute_table(node.label), "row, name")
    for edge in stored_edge_types():
        yield _pairs(edge) if edge.keeping is Keeping.PAIR else _history(edge)


def _nodes(label: str) -> Table:
    register = [(f"{what}_{part}", form) for what in ("touched", "ended") for part, form in _REGISTER]
    return Table(node_table(label), (("row", "INTEGER PRIMARY KEY"), ("id", "TEXT UNIQUE"), *register))


_REGISTER = (("at", f"INTEGER NOT NULL DEFAULT {NEVER}"), ("id", "TEXT NOT NULL DEFAULT ''"))


def _registers(name: str, key: str) -> Table:
    columns = (
        ("name", "TEXT NOT NULL"),
        ("row", "INTEGER NOT NULL"),
        ("at", "INTEGER NOT NULL"),
        ("event_id", "TEXT NOT NULL"),
        ("value", ""),
    )
    return Table(name, columns, f", PRIMARY KEY ({key})", " WITHOUT ROWID")


def _pairs(edge: EdgeType) -> Table:
    names = ("source", "target", "count", "first_at", "last_at", "stands", "at")
    columns = (*((name, "INTEGER NOT NULL") for name in names), ("event_id", "TEXT NOT NULL"), *_own_columns(edge))
    return Table(edge_table(edge), columns, ", PRIMARY KEY (source, target)", " WITHOUT ROWID")


def _history(edge: EdgeType) -> Table:
    names = ("source", "target", "at")
    columns = (*((name, "INTEGER NOT NULL") for name in names), ("event_id", "TEXT NOT NULL"), *_own_columns(edge))
    return Table(edge_table(edge), columns, ", PRIMARY KEY (source, target, at, event_id)", " WITHOUT ROWID")


def _own_columns(edge: EdgeType) -> tuple[tuple[str, str], ...]:
    return tuple((p.name, SQL_TYPES[p.type]) for p in edge.properties)


def complete(connection: sqlite3.Connection) -> None:
    """Add the tables and columns that the declared schema has and the file has not; nothing is ever taken away."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in tables():
        if table.name not in there:
            connection.execute(table.ddl())
            continue
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
        for name, form in table.columns:
            if name not in columns:
                connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {name} {form}")
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('schema', ?)", (fingerprint(),))


def is_complete(connection: sqlite3.Connection) -> bool:
    """Whether the file has been completed for just this schema."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return found is not None and found[0] == fingerprint()


def fingerprint() -> str:
    """A checksum of all tables."""
    return hashlib.blake2b("\n".join(table.ddl() for table in tables()).encode(), digest_size=16).hexdigest()


MIGRATIONS: tuple[Migration, ...] = (complete,)
"""Numbered from 1; a released one never changes. New labels, edge sets and properties need none (see `complete`);
renaming, splitting and retyping do."""
