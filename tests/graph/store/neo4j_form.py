"""Oracle: an embedded store's graph put onto a Neo4j server in plain Cypher, in the form of docs/adr/0006.

It shares nothing with the writer that ships, so what reads right from it reads right whoever wrote it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from graph.schema import ATTRIBUTES, EDGE_TYPES, NODE_TYPES, EdgeType, Keeping, NodeType, Type
from graph.store.neo4j.connection import Neo4jServer
from graph.store.sqlite import SqliteGraphStore
from graph.store.tables import edge_table, node_table

LABELS = (*(node.label for node in NODE_TYPES), "Erased", "TastegraphStore")
IN_BATCH = 10_000
SLOW_S = 120.0


def constrain(server: Neo4jServer) -> None:
    """The two unique constraints of each label, as the shipped schema has them."""
    for node in NODE_TYPES:
        for name in ("id", "row"):
            server.run_alone(
                f"CREATE CONSTRAINT {node.label.lower()}_{name} IF NOT EXISTS "
                f"FOR (n:{node.label}) REQUIRE n.{name} IS UNIQUE"
            )
    server.run_alone("CALL db.awaitIndexes(60)")


def empty(server: Neo4jServer) -> None:
    """Take everything off the server but its constraints."""
    for label in LABELS:
        server.run_alone(f"MATCH (n:{label}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF {IN_BATCH} ROWS")


def fill(server: Neo4jServer, path: Path) -> None:
    """Put the graph of an embedded store onto an empty server."""
    constrain(server)
    store = SqliteGraphStore(path, read_only=True)
    with sqlite3.connect(path) as kept:
        for node in NODE_TYPES:
            _nodes(server, store, kept, node)
        for edge in EDGE_TYPES:
            _edges(server, store, kept, edge)
    facts = {f"rows_{node.label}": store.node_count(node.label) for node in NODE_TYPES}
    _write(server, "UNWIND $rows AS facts CREATE (s:TastegraphStore {name: 'store', schema_version: 1}) SET s += facts",
           [{**facts, "position": store.position()}])  # fmt: skip
    store.close()
    kept.close()


def _nodes(server: Neo4jServer, store: SqliteGraphStore, kept: sqlite3.Connection, node: NodeType) -> None:
    rows = kept.execute(f"SELECT row, id FROM {node_table(node.label)}").fetchall()
    _write(
        server,
        f"UNWIND $rows AS x CREATE (:{node.label} {{row: x[0], id: x[1]}})",
        ((row, node_id) for row, node_id in rows if node_id is not None),
    )
    erased = ((row, f"key {row}", node.label) for row, node_id in rows if node_id is None)
    _write(server, "UNWIND $rows AS x CREATE (:Erased {row: x[0], key: x[1], label: x[2]})", erased)
    found = f"UNWIND $rows AS x MATCH (n:{node.label} {{row: x[0]}}) "
    _write(server, found + "SET n.deleted = true", ((row,) for row in store.deleted_rows(node.label)))
    for declared in node.properties:
        is_text = declared.type is Type.JSON or declared == ATTRIBUTES
        for some, values in store.property_values(node.label, declared.name):
            told = (orjson.dumps(value).decode() if is_text else value for value in values)
            _write(server, f"{found} SET n.{declared.name} = x[1]", zip(some, told, strict=True))


def _edges(server: Neo4jServer, store: SqliteGraphStore, kept: sqlite3.Connection, edge: EdgeType) -> None:
    if edge.type == "RELATED":
        _create(server, edge, edge.type, ("predicate", "origin"), _knowledge(store, edge))
    elif edge.keeping is Keeping.DERIVED:
        _create(server, edge, edge.type, (), _columns(store, edge))
    elif edge.type == "INTERACTED":
        direct = {(s, t): n for s, t, n in kept.execute(f"SELECT source, target, count FROM {edge_table(edge)}")}
        ties = {(s, t): (s, t, n, at, direct.pop((s, t), None)) for s, t, at, n in _columns(store, edge)}
        to_oneself = ((s, t, 0, None, n) for (s, t), n in direct.items())
        _create(server, edge, edge.type, ("count", "last_at", "direct_count"), [*ties.values(), *to_oneself])
    elif edge.keeping is Keeping.PAIR:
        names = ("count", "first_at", "last_at", "_at", "_event_id")
        for type_, stands in ((edge.type, 1), (f"ENDED_{edge.type}", 0)):
            statement = f"SELECT source, target, count, first_at, last_at, at, event_id FROM {edge_table(edge)}"
            _create(server, edge, type_, names, kept.execute(f"{statement} WHERE stands = {stands}"))
    else:
        names = ("event_id", "at", *(declared.name for declared in edge.properties))
        statement = f"SELECT source, target, {', '.join(names)} FROM {edge_table(edge)}"
        _create(server, edge, edge.type, names, kept.execute(statement))


def _knowledge(store: SqliteGraphStore, edge: EdgeType) -> Iterable[tuple[Any, ...]]:
    row_of = {node_id: row for row, node_id in enumerate(i for batch in store.node_ids(edge.target) for i in batch)}
    for rows, values in store.property_values(edge.source, "related"):
        for row, related in zip(rows, values, strict=True):
            told = {(p, o, name) for o, each in related.items() for p, names in each.items() for name in names}
            for predicate, origin, name in told:
                label, _, node_id = name.partition(":")
                if label == edge.target:
                    yield row, row_of[node_id], predicate, origin


def _columns(store: SqliteGraphStore, edge: EdgeType) -> Iterable[tuple[Any, ...]]:
    for batch in store.edges(edge.key):
        columns = (batch.source, batch.target, batch.at, batch.source if batch.count is None else batch.count)
        yield from zip(*(column.tolist() for column in columns), strict=True)


def _create(
    server: Neo4jServer, edge: EdgeType, type_: str, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    properties = ", ".join(f"{name}: x[{place}]" for place, name in enumerate(names, 2))
    times = {place for place, name in enumerate(names, 2) if name.endswith("at")}
    known = ([None if place in times and value == -1 else value for place, value in enumerate(row)] for row in rows)
    _write(
        server,
        f"UNWIND $rows AS x MATCH (s:{edge.source} {{row: x[0]}}), (t:{edge.target} {{row: x[1]}}) "
        f"CREATE (s)-[:{type_} {{{properties}}}]->(t)",
        known,
    )


def _write(server: Neo4jServer, statement: str, rows: Iterable[Any]) -> None:
    left = iter(rows)
    while batch := [each if isinstance(each, dict) else list(each) for each in islice(left, IN_BATCH)]:
        server.rows(statement, {"rows": batch}, write=True, query_s=SLOW_S)
