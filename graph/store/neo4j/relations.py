"""All edges of one node of the Neo4j store, those that were taken back included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graph.errors import InvalidValue
from graph.model import Relation
from graph.queries import query
from graph.schema import EDGES, NODES, EdgeType, Keeping
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.reading import decoded
from graph.store.relations import kept_names

ENDED = "ENDED_"
"""Begins the type of a pair that no longer stands."""
INTERACTED = EDGES["User", "INTERACTED", "User"]
DIRECT = {"direct_count": "count", "first_at": "first_at", "direct_last_at": "last_at"}
"""Of a tie, the part that is kept; the rest is made from comments and likes, which are edges of their own."""


def relations(server: Neo4jServer, label: str, node_id: str) -> Iterator[Relation]:
    """Every edge of one node that is kept, those taken back too, derived ones not; none when it is not there.

    Raises:
        InvalidValue: there is no such label.
    """
    if label not in NODES:
        raise InvalidValue("label", f"{label!r} is no label; known: {', '.join(NODES)}")
    found = server.rows(query("relations_of_node", label=label), {"id": node_id})
    for kept_type, outgoing, labels, other_id, kept in found:
        type_ = kept_type.removeprefix(ENDED)
        for other in labels:
            edge = EDGES.get((label, type_, other) if outgoing else (other, type_, label))
            if edge is not None and edge.keeping is not Keeping.DERIVED:
                told = told_of(edge, kept)
                if told is not None:
                    yield Relation(type_, outgoing, other, other_id, type_ == kept_type, told)


def told_of(edge: EdgeType, kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """The properties of an edge; None for a tie that is only made from other edges."""
    if edge is INTERACTED:
        told = {name: kept[of] for of, name in DIRECT.items() if kept.get(of) is not None}
        return told if told.get("count") else None
    declared = {each.name: each for each in edge.properties}
    return {
        name: decoded(declared[name], kept[name]) if name in declared else kept[name]
        for name in kept_names(edge)
        if kept.get(name) is not None
    }
