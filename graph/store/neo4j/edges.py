"""Edges out of Neo4j: columns of ranges of source rows, sorted on our side.

A query answers with one list a column, not with a record an edge: an edge a record took ten times as long. How many
edges a range has is not known before it is asked for, so a query stops at a limit, and a range that reaches it is asked
for again in two halves. So memory is bounded here and on the server, hubs included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.model import NO_TIME, EdgeArrays, EdgeRecords
from graph.queries import query
from graph.schema import EDGES, EdgeType, Keeping
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.parallel import Span, in_order, spans
from graph.store.neo4j.reading import node_count
from graph.store.neo4j.relations import told_of
from graph.store.relations import kept_names
from graph.store.values import RELATED_TYPE

AIM = 20_000
"""Edges that an average query gives."""

LIMIT = 5 * AIM
"""Most edges of one query; only those of one single pair may be more."""

WIDEST = 100_000
"""Most source rows of one query, however few edges they have."""

PAIRS_IN_QUERY = 10_000
NO_LIMIT = 1 << 62
NO_STARS = -1.0
NEWEST_COUNTS = ("RATED", "REVIEWED")
INTERACTED = EDGES["User", "INTERACTED", "User"]

PAIR_COLUMNS = (np.int64, np.int64, np.int64, np.int32)
EVENT_COLUMNS = (np.int64, np.int64, np.int64)
STARRED_COLUMNS = (np.int64, np.int64, np.int64, np.float32)
DERIVED_COLUMNS = (np.int64, np.int64)
RELATED_COLUMNS = (np.int64, np.int64, np.int32, np.bool_)

Columns = tuple[NDArray[Any], ...]
"""Sources, targets, and then what the edge set has: times; stars or counts; or predicates and whether inferred."""


def edges(server: Neo4jServer, key: tuple[str, str, str], batch_size: int = 1_000_000) -> Iterator[EdgeArrays]:
    """The standing edges of one edge set, by source, target and time. Of rated and reviewed ones the newest of a pair.

    Args:
        server: read over several connections, in short transactions that are tried again when they fail in passing.
        key: of the edge set.
        batch_size: most edges of one batch.

    Raises:
        InvalidValue: there is no such edge set.
        StoreError: the server cannot be read.
    """
    if key not in EDGES:
        raise InvalidValue("edges", f"there is no edge set {'-'.join(key)}")
    edge = EDGES[key]
    ranges = _ranges(server, edge)
    for columns in in_order(_reader(server, edge), ranges):
        for first in range(0, len(columns[0]), batch_size):
            yield _arrays(edge, tuple(column[first : first + batch_size] for column in columns))


def _ranges(server: Neo4jServer, edge: EdgeType) -> list[Span]:
    ((count,),) = server.rows(query("count_relationships", source=edge.source, type=edge.type))
    if not count:
        return []
    rows = node_count(server, edge.source)
    return spans(rows, max(1, min(WIDEST, rows * AIM // count)))


def records(server: Neo4jServer, key: tuple[str, str, str], batch_size: int = 50_000) -> Iterator[EdgeRecords]:
    """The standing edges of an edge set that is not derived, every event of it, with all that is kept, by source.

    Args:
        server: read as by `edges`.
        key: of the edge set.
        batch_size: most edges of one batch.

    Raises:
        InvalidValue: there is no such edge set, or it is derived.
        StoreError: the server cannot be read.
    """
    edge = EDGES.get(key)
    if edge is None or edge.keeping is Keeping.DERIVED:
        raise InvalidValue("edges", f"there is no edge set {'-'.join(key)} with records")
    read = _ranged(server, edge, "kept_edges", (np.int64, np.int64, object))
    for source, target, known in in_order(read, _ranges(server, edge)):
        told = [told_of(edge, each) for each in known]
        there = [place for place, each in enumerate(told) if each is not None]
        for first in range(0, len(there), batch_size):
            places = there[first : first + batch_size]
            kept = [told[place] or {} for place in places]
            columns = {name: [each.get(name) for each in kept] for name in kept_names(edge)}
            yield EdgeRecords(source[places].tolist(), target[places].tolist(), columns)


def _reader(server: Neo4jServer, edge: EdgeType) -> Callable[[Span], Columns]:
    read = _ranged(server, edge, *_asked(edge))

    def standing(sources: Span) -> Columns:
        columns = _sorted(read(sources))
        if edge.type in NEWEST_COUNTS:
            return _newest_of_pairs(server, edge, columns)
        return _between_two(columns) if edge is INTERACTED else columns

    return standing


def _ranged(server: Neo4jServer, edge: EdgeType, name: str, types: tuple[type, ...]) -> Callable[[Span], Columns]:
    """Asks a query for a range of sources, in halves where it has more edges than one answer may hold."""
    text = query(name, source=edge.source, type=edge.type, target=edge.target)
    every_target = (0, node_count(server, edge.target))

    def read(sources: Span, targets: Span) -> list[Columns]:
        halves = _halves(sources, targets)
        named = {"first": sources[0], "end": sources[1], "target_first": targets[0], "target_end": targets[1]}
        (found,) = server.rows(text, {**named, "limit": LIMIT if halves else NO_LIMIT})
        if len(found[0]) < LIMIT or not halves:
            return [tuple(np.array(column, kind) for column, kind in zip(found, types, strict=True))]
        del found
        return list(chain.from_iterable(read(*half) for half in halves))

    def joined(sources: Span) -> Columns:
        return tuple(np.concatenate(each) for each in zip(*read(sources, every_target), strict=True))

    return joined


def _asked(edge: EdgeType) -> tuple[str, tuple[type, ...]]:
    if edge.type == RELATED_TYPE:
        return "related_edges", RELATED_COLUMNS
    if edge.keeping is Keeping.DERIVED:
        return "derived_edges", DERIVED_COLUMNS
    if edge.keeping is Keeping.PAIR:
        return "pair_edges", PAIR_COLUMNS
    return ("starred_edges", STARRED_COLUMNS) if edge.type in NEWEST_COUNTS else ("event_edges", EVENT_COLUMNS)


def _halves(sources: Span, targets: Span) -> list[tuple[Span, Span]]:
    """Two ranges for one: of sources, or of one source's targets; none for a single pair."""
    if sources[1] - sources[0] > 1:
        middle = sum(sources) // 2
        return [((sources[0], middle), targets), ((middle, sources[1]), targets)]
    if targets[1] - targets[0] > 1:
        middle = sum(targets) // 2
        return [(sources, (targets[0], middle)), (sources, (middle, targets[1]))]
    return []


def _pairs(columns: Columns) -> NDArray[np.int64]:
    """Source and target in one number each, in whose order they are sorted."""
    pairs: NDArray[np.int64] = columns[0] << 32 | columns[1]
    return pairs


def _sorted(columns: Columns) -> Columns:
    pairs = _pairs(columns)
    order = np.lexsort((columns[2], pairs)) if len(columns) > 2 else np.argsort(pairs)
    return tuple(column[order] for column in columns)


def _between_two(columns: Columns) -> Columns:
    """Without ties of people to themselves, and without those of which nothing is left."""
    there = (columns[0] != columns[1]) & (columns[3] > 0)
    return tuple(column[there] for column in columns)


def _newest_of_pairs(server: Neo4jServer, edge: EdgeType, columns: Columns) -> Columns:
    """The last edge of each pair; where times are equal, that with the greatest event id."""
    pairs, times = _pairs(columns), columns[2]
    last = np.append(pairs[1:] != pairs[:-1], len(pairs) > 0)
    tied = np.flatnonzero(last[1:] & (pairs[1:] == pairs[:-1]) & (times[1:] == times[:-1])) + 1
    for first in range(0, len(tied), PAIRS_IN_QUERY):
        places = tied[first : first + PAIRS_IN_QUERY]
        columns[3][places] = _stars_of_greatest(server, edge, columns[0][places].tolist(), columns[1][places].tolist())
    return tuple(column[last] for column in columns)


def _stars_of_greatest(server: Neo4jServer, edge: EdgeType, sources: list[int], targets: list[int]) -> list[float]:
    text = query("starred_edges_of_pairs", source=edge.source, type=edge.type, target=edge.target)
    newest: dict[tuple[int, int], tuple[int, str, float]] = {}
    for source, target, *found in server.rows(text, {"sources": sources, "targets": targets}):
        newest[source, target] = max(newest.get((source, target), (-2, "", NO_STARS)), (found[0], found[1], found[2]))
    return [newest[pair][2] for pair in zip(sources, targets, strict=True)]


def _arrays(edge: EdgeType, columns: Columns) -> EdgeArrays:
    source, target = columns[0].astype(np.int32), columns[1].astype(np.int32)
    if edge.type == RELATED_TYPE:
        timeless = np.full(len(source), NO_TIME, np.int64)
        return EdgeArrays(source, target, timeless, predicate=columns[2], inferred=columns[3])
    at = columns[2] if len(columns) > 2 else np.full(len(source), NO_TIME, np.int64)
    if edge.keeping is Keeping.PAIR:
        return EdgeArrays(source, target, at, count=columns[3])
    if edge.type in NEWEST_COUNTS:
        return EdgeArrays(source, target, at, value=np.where(columns[3] == NO_STARS, np.float32(np.nan), columns[3]))
    return EdgeArrays(source, target, at)
