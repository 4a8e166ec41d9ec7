"""Nodes, properties and counts out of Neo4j, and the moment that all reads inside `reading` are of.

Reads are short transactions of their own, over several connections: each stays within the time limit of a query and is
tried again when it fails in passing. Neo4j has no snapshot of a moment, so `reading` keeps writers out instead: it
holds the lock of the node that every batch of changes must change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from graph.errors import InvalidValue, StoreBusy, StoreUnavailable
from graph.queries import query
from graph.schema import ATTRIBUTES, EDGE_TYPES, NODE_TYPES, NODES, Property, Type
from graph.store.neo4j.connection import Neo4jServer, Transaction
from graph.store.neo4j.parallel import Span, in_order, spans

COUNTING_S = 30.0
"""Longest time all counts may take: some forty queries, which a server that has just started plans one by one."""

LONGEST_READING_S = 6 * 3600.0
"""After so long the server ends a reading, should its reader hang; writers wait for it."""

NUMBERS_IN_QUERY = 50_000
TEXTS_IN_QUERY = 5_000
"""Rows of one query for a property; texts may be long."""


@contextmanager
def reading(server: Neo4jServer) -> Iterator[None]:
    """Everything read inside is of one moment; who wants to write meanwhile waits, or gets `StoreBusy`.

    Raises:
        StoreBusy: somebody is writing and did not end in time, or has written although they should not have.
        StoreUnavailable: the server did not answer, or lost the lock because it was started anew.
    """
    with server.transaction(write=True, lasts_s=LONGEST_READING_S) as held:
        before = _hold(server, held)
        yield
        if held.rows(query("store_position")) != before:
            raise StoreBusy(server.config.url, "it was written to while it was read")


def _hold(server: Neo4jServer, transaction: Transaction) -> list[tuple[Any, ...]]:
    try:
        return transaction.rows(query("hold_store"))
    except StoreUnavailable as error:
        position(server)  # a server that answers others was waiting for somebody
        raise StoreBusy(server.config.url, "somebody else writes or exports and did not end in time") from error


def position(server: Neo4jServer) -> str | None:
    """The log position that the store has reached; None when it is new."""
    found = server.rows(query("store_position"))
    return found[0][0] if found else None


def node_count(server: Neo4jServer, label: str) -> int:
    """Rows of that label, erased ones included.

    Raises:
        InvalidValue: there is no such label.
    """
    found = server.rows(query("row_count"), {"label": _known(label)})
    return int(found[0][0]) if found else 0


def node_ids(server: Neo4jServer, label: str, batch_size: int = 100_000) -> Iterator[list[str | None]]:
    """External ids in row order; None for an erased row.

    Raises:
        InvalidValue: there is no such label.
    """

    def filled(span: Span, rows: list[int], ids: list[str]) -> list[str | None]:
        batch: list[str | None] = [None] * (span[1] - span[0])
        for row, node_id in zip(rows, ids, strict=True):
            batch[row - span[0]] = node_id
        return batch

    for span, (rows, ids) in _by_rows(server, query("node_ids", label=_known(label)), label, batch_size):
        yield filled(span, rows, ids)


def deleted_rows(server: Neo4jServer, label: str) -> Sequence[int]:
    """Rows of nodes that have been ended: kept in history, never recommended.

    Raises:
        InvalidValue: there is no such label.
    """
    text = query("deleted_rows", label=_known(label))
    return [row for _, (rows,) in _by_rows(server, text, label, NUMBERS_IN_QUERY) for row in sorted(rows)]


def property_values(server: Neo4jServer, label: str, name: str) -> Iterator[tuple[list[int], list[Any]]]:
    """Rows and values of one property, in batches by row; rows without it are left out.

    Raises:
        InvalidValue: the label has no such property.
    """
    declared = NODES[label].property(name) if label in NODES else None
    if declared is None:
        raise InvalidValue("property", f"{label} has no property {name}")
    size = TEXTS_IN_QUERY if declared.type in (Type.STRING, Type.JSON, Type.IDS) else NUMBERS_IN_QUERY
    for _, (rows, values) in _by_rows(server, query("property_values", label=label, property=name), label, size):
        order = sorted(range(len(rows)), key=rows.__getitem__)
        if order:
            yield [rows[place] for place in order], [decoded(declared, values[place]) for place in order]


def properties(server: Neo4jServer, label: str, node_id: str) -> dict[str, Any] | None:
    """All properties of one node, in the order of their declaration; None when there is no such node.

    Raises:
        InvalidValue: there is no such label.
    """
    declared = NODES[_known(label)].properties
    names = [each.name for each in declared]
    found = server.rows(query("properties_of_node", label=label), {"id": node_id, "names": names})
    if not found:
        return None
    told = zip(declared, found[0][0], strict=True)
    return {each.name: decoded(each, value) for each, value in told if value is not None}


def counts(server: Neo4jServer) -> dict[str, dict[str, int]]:
    """``{"nodes": {label: n}, "edges": {relationship type: n}}``, only what is there, as of the embedded store.

    Of INTERACTED only direct ties count; those through posts are made from other relationships.
    """
    found = server.retried(_kept_counts, query_s=COUNTING_S)
    if "INTERACTED" in found["edges"]:
        direct = _by_rows(server, query("count_direct_ties"), "User", NUMBERS_IN_QUERY)
        found["edges"]["INTERACTED"] = sum(pairs for _, (pairs,) in direct)
    return {kind: {name: n for name, n in each.items() if n} for kind, each in found.items()}


def _kept_counts(transaction: Transaction) -> dict[str, dict[str, int]]:
    nodes = {each.label: transaction.rows(query("count_nodes", label=each.label))[0][0] for each in NODE_TYPES}
    edges: Counter[str] = Counter()
    for source, type_ in dict.fromkeys((each.source, each.type) for each in EDGE_TYPES):
        edges[type_] += transaction.rows(query("count_relationships", source=source, type=type_))[0][0]
    return {"nodes": nodes, "edges": dict(edges)}


def decoded(declared: Property, value: Any) -> Any:
    """A property's value as it is outside of Neo4j, which keeps no nested values."""
    if declared.type is not Type.JSON:
        return value
    found = orjson.loads(value)
    return dict(sorted(found.items())) if declared == ATTRIBUTES else found


def _by_rows(server: Neo4jServer, text: str, label: str, size: int) -> Iterator[tuple[Span, tuple[Any, ...]]]:
    """The one record that a query gives for each range of a label's rows, in their order."""

    def read(span: Span) -> tuple[Span, tuple[Any, ...]]:
        (found,) = server.rows(text, {"first": span[0], "end": span[1]})
        return span, found

    yield from in_order(read, spans(node_count(server, label), size))


def _known(label: str) -> str:
    if label not in NODES:
        raise InvalidValue("label", f"{label!r} is no label; known: {', '.join(NODES)}")
    return label
