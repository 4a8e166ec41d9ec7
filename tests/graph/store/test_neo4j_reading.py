"""What a Neo4j server holds reads as the embedded store: the same rows, edges and snapshots, of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import neo4j
import numpy as np
import pytest
from hypothesis import given, settings

from graph.errors import InvalidValue, StoreBusy, StoreError
from graph.log.project import batch_of
from graph.model import EdgeArrays, NodeBatch
from graph.queries import query
from graph.schema import EDGE_TYPES, EDGES, NODES, EdgeType, Keeping
from graph.snapshot.build import build_snapshot
from graph.store.neo4j import edges, reading
from graph.store.neo4j.connection import Neo4jServer
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.graph.store.neo4j_form import empty, fill
from tests.oracles.plain_graph import plain_graph, read_out
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

RATED = ("User", "RATED", "Product")
SET_POSITION = "MATCH (s:TastegraphStore {name: 'store'}) SET s.position = $position"


@dataclass(frozen=True)
class ReadingSide:
    """The half of a graph store that reads."""

    server: Neo4jServer

    def reading(self) -> AbstractContextManager[None]:
        return reading.reading(self.server)

    def position(self) -> str | None:
        return reading.position(self.server)

    def node_count(self, label: str) -> int:
        return reading.node_count(self.server, label)

    def node_ids(self, label: str, batch_size: int = 100_000) -> Iterator[list[str | None]]:
        return reading.node_ids(self.server, label, batch_size)

    def deleted_rows(self, label: str) -> Any:
        return reading.deleted_rows(self.server, label)

    def property_values(self, label: str, name: str) -> Iterator[tuple[list[int], list[Any]]]:
        return reading.property_values(self.server, label, name)

    def edges(self, key: tuple[str, str, str], batch_size: int = 1_000_000) -> Iterator[EdgeArrays]:
        return edges.edges(self.server, key, batch_size)

    def properties(self, label: str, node_id: str) -> dict[str, Any] | None:
        return reading.properties(self.server, label, node_id)

    def counts(self) -> dict[str, dict[str, int]]:
        return reading.counts(self.server)


@pytest.fixture
def server(neo4j_server: RunningNeo4j) -> Iterator[Neo4jServer]:
    found = Neo4jServer(neo4j_server.config())
    empty(found)
    yield found
    found.close()


@contextmanager
def both(server: Neo4jServer, events: list[dict[str, Any]]) -> Iterator[tuple[SqliteGraphStore, ReadingSide]]:
    """An embedded store that these events were applied to, and the same graph on the server."""
    events = [{"event_id": f"e{number}", **event} for number, event in enumerate(events)]
    with TemporaryDirectory() as folder:
        store = SqliteGraphStore(Path(folder) / "store.sqlite", durability="normal")
        with store.writing("17") as writer:
            for kind, told in groupby(events, itemgetter("type")):
                batch = batch_of(kind, list(told))
                writer.add_nodes(batch) if isinstance(batch, NodeBatch) else writer.add_events(batch)
        empty(server)
        fill(server, store.path)
        yield store, ReadingSide(server)
        store.close()


def columns(batches: Iterator[EdgeArrays]) -> list[tuple[Any, ...]]:
    """All edges, in order, NaN as None."""
    found = []
    for batch in batches:
        lists = [
            [None] * len(batch) if column is None else column.tolist()
            for column in (
                batch.source,
                batch.target,
                batch.at,
                batch.value,
                batch.count,
                batch.predicate,
                batch.inferred,
            )
        ]
        found += [tuple(None if x != x else x for x in edge) for edge in zip(*lists, strict=True)]
    return found


def assert_same(store: SqliteGraphStore, other: ReadingSide) -> None:
    """Rows and edges agree, and so does their order where the embedded store has one."""
    for label in NODES:
        assert list(other.node_ids(label, 3)) == list(store.node_ids(label, 3))
    for key, edge in EDGES.items():
        expected = columns(store.edges(key))
        assert columns(other.edges(key, 3)) == (sorted(expected) if edge.keeping is Keeping.DERIVED else expected)
    assert other.counts() == store.counts()


@given(events=EVENT_SETS)
@settings(max_examples=10, deadline=None)
def test_it_reads_as_the_embedded_store_and_as_the_plain_oracle(neo4j_server, events):
    server = Neo4jServer(neo4j_server.config())
    with both(server, events) as (store, other):
        assert read_out(other) == plain_graph(events)
        assert_same(store, other)
        for label in ("User", "Product", "Category"):
            for node_id in plain_graph(events).ids.get(label, ()):
                assert other.properties(label, node_id) == store.properties(label, node_id)
    server.close()


def many() -> list[dict[str, Any]]:
    """A hub that rated much and often, others that rated little, and people who follow in a ring."""
    rated = [("hub", f"p{n % 11}", n % 4) for n in range(60)] + [(f"u{n}", f"p{n}", None) for n in range(8)]
    told = [
        {"type": "rated", "user_id": u, "product_id": p, "at": at, "value": float(1 + n % 5)}
        for n, (u, p, at) in enumerate(rated)
    ]
    told += [{"type": "bought", "user_id": "hub", "product_id": "p1", "at": n % 3} for n in range(9)]
    told += [{"type": "followed", "user_id": f"u{n}", "other_id": f"u{(n + 1) % 8}", "at": n} for n in range(8)]
    return [*told, {"type": "unfollowed", "user_id": "u3", "other_id": "u4", "at": 99}]


@pytest.mark.parametrize(("aim", "limit"), [(1, 1), (2, 3), (7, 7), (1000, 5)])
def test_ranges_with_more_edges_than_a_query_may_give_are_asked_for_in_parts(server, monkeypatch, aim, limit):
    monkeypatch.setattr(edges, "AIM", aim)
    monkeypatch.setattr(edges, "LIMIT", limit)
    with both(server, many()) as (store, other):
        assert_same(store, other)


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_batches_are_never_longer_than_asked_for(server, size):
    with both(server, many()) as (_, other):
        lengths = [len(batch) for batch in other.edges(RATED, size)]
        assert max(lengths) <= size
        assert sum(lengths) == 11 + 8


@pytest.mark.parametrize("greatest", ["b", "\U0001f98a"])
def test_of_ratings_at_the_same_time_the_greatest_event_id_counts_in_the_order_of_code_points(server, greatest):
    said = [("\uff5e" if greatest != "b" else "a", 1.0), (greatest, 2.0), ("A", 3.0)]
    events = [{"event_id": i, "type": "rated", "user_id": "u", "product_id": "p", "at": 5, "value": v} for i, v in said]
    with both(server, events) as (store, other):
        assert columns(other.edges(RATED)) == columns(store.edges(RATED)) == [(0, 0, 5, 2.0, *[None] * 3)]


def test_what_the_schema_does_not_know_is_refused(server):
    other = ReadingSide(server)
    for read in (
        lambda: list(other.edges(("User", "ATE", "Product"))),
        lambda: other.node_count("Person"),
        lambda: list(other.property_values("User", "title")),
        lambda: other.properties("Person", "u"),
    ):
        with pytest.raises(InvalidValue):
            read()


def test_a_server_without_a_store_is_empty(server):
    other = ReadingSide(server)
    with other.reading():
        assert (other.position(), other.node_count("User"), list(other.node_ids("User"))) == (None, 0, [])
        assert other.counts() == {"nodes": {}, "edges": {}}
        assert [list(other.edges(key)) for key in EDGES] == [[] for _ in EDGES]


def test_nobody_writes_while_it_is_read_and_whoever_tries_is_told_so(server):
    with both(server, many()) as (_, other):
        quick = replace(server.config, query_s=2.0, retry_s=0.1)
        writer = Neo4jServer(quick)
        before = other.position()
        with other.reading():
            with pytest.raises(StoreBusy):
                writer.rows(SET_POSITION, {"position": "later"}, write=True)
            with pytest.raises(StoreBusy), reading.reading(writer):
                pass
            assert other.position() == before
        writer.rows(SET_POSITION, {"position": "later"}, write=True)
        assert other.position() == "later"
        writer.close()


def test_a_reading_that_lost_its_lock_fails_and_leaves_no_snapshot(server, tmp_path):
    def take_the_lock_and_write(_done: float, what: str) -> None:
        if what == "FOLLOWS":
            held = server.rows(
                "SHOW TRANSACTIONS YIELD transactionId, currentQuery, database, status, elapsedTime, activeLockCount "
                "WHERE activeLockCount > 0 RETURN transactionId"
            )
            for (transaction_id,) in held:
                server.run_alone("TERMINATE TRANSACTIONS $id", {"id": transaction_id})
            server.rows(SET_POSITION, {"position": "later"}, write=True)

    with both(server, many()) as (_, other):
        with pytest.raises(StoreError):
            build_snapshot(other, tmp_path, progress=take_the_lock_and_write)
        assert list(tmp_path.iterdir()) == []
        assert other.position() == "later"
        assert build_snapshot(other, tmp_path).manifest.position == "later"


def test_snapshots_of_both_stores_are_the_same_to_the_last_byte(server, tmp_path):
    described = [
        {"type": "product", "product_id": "p1", "at": 1, "properties": {"title": "Cup", "categories": ["c2", "c1"],
         "brand": "b", "price_minor": 100, "attributes": {"z": 1, "a": [1, {"k": None}]}, "available": False,
         "related": {"shop": {"made of": ["Entity:oak", "Product:p3"]}, "inferred:x": {"of": ["Entity:oak"]}}}},
        {"type": "user", "user_id": "u1", "at": 1, "properties": {"city": "Rome", "consent": {"personalise": True}}},
        {"type": "deleted", "label": "Product", "id": "p2", "at": 50},
        {"type": "erased", "user_id": "u7", "at": 50},
    ]  # fmt: skip
    with both(server, many() + described) as (store, other):
        first, second = build_snapshot(store, tmp_path / "a"), build_snapshot(other, tmp_path / "b")
        assert second.manifest.files == first.manifest.files
        assert second.manifest.position == first.manifest.position == store.position()


@pytest.mark.parametrize("edge", EDGE_TYPES, ids=lambda e: e.name)
def test_every_plan_begins_at_the_range_of_sources(server, edge: EdgeType):
    with both(server, many()):
        name, _ = edges._asked(edge)
        text = "EXPLAIN " + query(name, source=edge.source, type=edge.type, target=edge.target)
        numbers = dict.fromkeys(("first", "end", "target_first", "target_end", "limit"), 1)
        with neo4j.GraphDatabase.driver(
            server.config.url, auth=(server.config.user, server.config.password), notifications_min_severity="OFF"
        ) as driver:
            plan = driver.execute_query(text, numbers).summary.plan
        first = plan
        while first.get("children"):
            first, *joined = first["children"]
            assert not joined or edge.type == "RELATED", "nothing is joined but the predicates of knowledge"
        assert first["operatorType"].startswith("NodeUniqueIndexSeekByRange")
        assert f"source:{edge.source}(row)" in first["args"]["Details"]


def test_rows_and_times_are_whole_numbers_of_the_snapshot_s_types(server):
    with both(server, many()) as (_, other):
        (batch,) = other.edges(RATED)
        assert (batch.source.dtype, batch.target.dtype, batch.at.dtype) == (np.int32, np.int32, np.int64)
        assert batch.value is not None
        assert batch.value.dtype == np.float32
        with suppress(StopIteration):
            follows = next(other.edges(("User", "FOLLOWS", "User")))
            assert follows.count is not None
            assert follows.count.dtype == np.int32
