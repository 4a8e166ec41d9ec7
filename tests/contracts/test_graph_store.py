"""The laws of every graph store, and its agreement with the plain oracle."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidEvent, InvalidValue, StoreBusy, StoreError
from graph.log.port import LogRecord
from graph.log.project import project
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EDGES, NODES
from graph.store.neo4j.store import Neo4jGraphStore
from graph.store.port import GraphStore
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.oracles.plain_graph import PlainGraph, plain_graph, read_out
from tests.servers.neo4j import RunningNeo4j

Opener = Callable[[Path], GraphStore]
NEO4J = pytest.param("neo4j", marks=pytest.mark.neo4j)


@pytest.fixture(scope="module", params=["sqlite", NEO4J])
def open_store(request: pytest.FixtureRequest) -> Opener:
    """Opens the store of a folder; each folder has a graph of its own."""
    if request.param == "sqlite":
        return embedded
    return OnServer(request.getfixturevalue("neo4j_server"))


def embedded(folder: Path) -> GraphStore:
    return SqliteGraphStore(folder / "store.sqlite", durability="normal")


class OnServer:
    """Opens stores on one server, which has room for the graph of one folder at a time."""

    def __init__(self, server: RunningNeo4j) -> None:
        self.server = server
        self.config = server.config(retry_s=0.2)
        self.folder: Path | None = None

    def __call__(self, folder: Path) -> GraphStore:
        if folder != self.folder:
            self.server.empty()
            self.folder = folder
        return Neo4jGraphStore(self.config)


@contextmanager
def fresh(open_store: Opener) -> Iterator[GraphStore]:
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        yield store
        store.close()


class ListLog:
    """A log that holds a list; positions are numbers."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        self.records = [LogRecord(str(n), event["type"], event) for n, event in enumerate(events, 1)]

    def read(self, after: str | None, limit: int = 10_000) -> Iterator[LogRecord]:
        return iter(self.records[int(after or 0) :][:limit])

    def last_position(self) -> str | None:
        return self.records[-1].position if self.records else None

    def reached(self, at: str | None, position: str | None) -> bool:
        return int(at or 0) >= int(position or 0)


def apply(store: GraphStore, events: Sequence[dict[str, Any]], batch_size: int = 10_000) -> None:
    project(ListLog(events), store, batch_size=batch_size)  # type: ignore[arg-type]


def rated(*events: tuple[str, str, str, int | None, float]) -> EventBatch:
    ids, users, products, at, values = zip(*events, strict=True)
    return EventBatch("rated", ids, users, at, {"product_id": products, "value": values})


def interrupted_write(store: GraphStore, position: str, batch: EventBatch) -> None:
    with store.writing(position) as writer:
        writer.add_events(batch)
        raise KeyboardInterrupt


def all_ids(store: GraphStore, label: str) -> list[str | None]:
    return [node_id for batch in store.node_ids(label) for node_id in batch]


def graph_of(open_store: Opener, events: Sequence[dict[str, Any]], batch_size: int) -> PlainGraph:
    with fresh(open_store) as store:
        apply(store, events, batch_size)
        return read_out(store)


def rows_of(open_store: Opener, events: Sequence[dict[str, Any]], batch_size: int = 10_000) -> list[Any]:
    """Ids and edges of all rows, in order."""
    with fresh(open_store) as store:
        apply(store, events, batch_size)
        edges = sorted(
            (key, *each)
            for key in EDGES
            for batch in store.edges(key)
            for each in zip(batch.source.tolist(), batch.target.tolist(), batch.at.tolist(), strict=True)
        )
        return [[all_ids(store, label) for label in NODES], edges]


@settings(max_examples=150, deadline=None)
@given(events=EVENT_SETS, random=st.randoms(use_true_random=False), batch_size=st.integers(1, 5))
def test_the_state_is_that_of_the_plain_oracle_whatever_the_order(events, random, batch_size):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert graph_of(embedded, shuffled, batch_size) == plain_graph(events)


@settings(max_examples=30, deadline=None)
@given(events=EVENT_SETS, batch_size=st.integers(1, 5))
def test_the_size_of_batches_changes_nothing_not_even_the_rows(events, batch_size):
    assert rows_of(embedded, events) == rows_of(embedded, events, batch_size)


@pytest.fixture(scope="module")
def on_server(neo4j_server: RunningNeo4j) -> Opener:
    return OnServer(neo4j_server)


@pytest.mark.neo4j
@settings(max_examples=40, deadline=None)
@given(events=EVENT_SETS, random=st.randoms(use_true_random=False), batch_size=st.integers(1, 5))
def test_a_server_holds_the_graph_of_the_plain_oracle_whatever_the_order(on_server, events, random, batch_size):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert graph_of(on_server, shuffled, batch_size) == plain_graph(events)


def committing_late(store: GraphStore) -> GraphStore:
    """Gives a store time to do work ahead of its commits."""
    submit = store._committer.submit

    def commit(close: Callable[[], None]) -> None:
        time.sleep(0.03)
        close()

    store._committer.submit = partial(submit, commit)
    return store


@pytest.mark.neo4j
@settings(max_examples=40, deadline=None)
@given(events=EVENT_SETS, random=st.randoms(use_true_random=False), batch_size=st.integers(1, 5))
def test_what_is_done_ahead_of_a_commit_is_what_may_be_done_ahead(on_server, events, random, batch_size):
    def late(folder: Path) -> GraphStore:
        return committing_late(on_server(folder))

    shuffled = list(events)
    random.shuffle(shuffled)
    assert graph_of(late, shuffled, batch_size) == plain_graph(events)
    assert rows_of(late, shuffled, batch_size) == rows_of(embedded, shuffled)


@pytest.mark.neo4j
def test_a_pair_of_the_transaction_before_is_not_made_twice(on_server, tmp_path):
    store = committing_late(on_server(tmp_path))
    events = [
        {"type": kind, "event_id": f"e{n}", "at": n, "user_id": "ann", "product_id": "p"}
        for n, kind in enumerate(["liked", "viewed", "liked", "liked", "unliked", "liked"])
    ]
    apply(store, events, batch_size=1)
    assert read_out(store) == plain_graph(events)
    store.close()


@pytest.mark.neo4j
@settings(max_examples=20, deadline=None)
@given(events=EVENT_SETS, batch_size=st.integers(1, 5))
def test_both_stores_number_their_rows_alike(on_server, events, batch_size):
    assert rows_of(on_server, events, batch_size) == rows_of(embedded, events)


def test_rows_are_numbered_by_first_appearance(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(EventBatch("followed", ["a", "b"], ["u3", "u1"], [1, 1], {"other_id": ["u2", "u3"]}))
            writer.add_events(rated(("c", "u0", "p9", 1, 3.0), ("d", "u3", "p1", 1, 3.0)))
        assert all_ids(store, "User") == ["u3", "u2", "u1", "u0"]
        assert all_ids(store, "Product") == ["p9", "p1"]


def test_the_newest_rating_of_a_pair_counts_and_all_are_kept(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(rated(("a", "u", "p", 5, 1.0), ("b", "u", "p", 9, 2.0), ("c", "u", "p", None, 5.0)))
        (edges,) = store.edges(("User", "RATED", "Product"))
        assert (edges.at.tolist(), edges.value.tolist()) == ([9], [2.0])
        assert store.counts()["edges"] == {"RATED": 3}


def test_of_equal_times_the_greater_event_id_counts(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(rated(("b", "u", "p", 5, 1.0), ("a", "u", "p", 5, 2.0)))
        assert [edges.value.tolist() for edges in store.edges(("User", "RATED", "Product"))] == [[1.0]]


@pytest.mark.parametrize("order", [["liked", "unliked"], ["unliked", "liked"]])
@pytest.mark.parametrize(("liked", "unliked", "stands"), [("a", "b", False), ("b", "a", True)])
def test_of_equal_times_the_greater_event_id_decides_whether_a_pair_stands(open_store, order, liked, unliked, stands):
    ids = {"liked": liked, "unliked": unliked}
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            for kind in order:
                writer.add_events(EventBatch(kind, [ids[kind]], ["u"], [5], {"product_id": ["p"]}))
        assert bool(list(store.edges(("User", "LIKED", "Product")))) is stands


def test_nothing_that_was_known_of_an_erased_person_comes_out(open_store):
    known = {"city": ["Rome"], "consent": [{"personalise": True}], "attributes": [{"shoe": 44}]}
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_nodes(NodeBatch("User", ["a"], ["u"], [1], known))
            writer.add_events(EventBatch("erased", ["b"], ["u"], [2]))
            writer.add_nodes(NodeBatch("User", ["c"], ["u"], [3], known))
        assert [list(store.property_values("User", name)) for name in known] == [[], [], []]


def test_every_purchase_stays_an_edge(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(EventBatch("bought", ["a", "b"], ["u", "u"], [5, 5], {"product_id": ["p", "p"]}))
        assert sum(len(edges) for edges in store.edges(("User", "BOUGHT", "Product"))) == 2


def test_a_pair_counts_what_stands_and_ends_with_the_newest_word(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            for event_id, kind, at in [("a", "liked", 5), ("b", "unliked", 7), ("c", "liked", None), ("d", "liked", 3)]:
                writer.add_events(EventBatch(kind, [event_id], ["u"], [at], {"product_id": ["p"]}))
        assert list(store.edges(("User", "LIKED", "Product"))) == []
        with store.writing("2") as writer:
            writer.add_events(EventBatch("liked", ["e"], ["u"], [9], {"product_id": ["p"]}))
        (edges,) = store.edges(("User", "LIKED", "Product"))
        assert (edges.at.tolist(), edges.count.tolist()) == ([9], [4])


def test_a_write_that_fails_leaves_everything_as_it_was(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(rated(("a", "u1", "p1", 1, 3.0)))
        before = read_out(store)
        with pytest.raises(KeyboardInterrupt):
            interrupted_write(store, "2", rated(("b", "u2", "p2", 1, 3.0)))
        assert read_out(store) == before
        assert store.position() == "1"


def test_ids_seen_in_a_failed_write_get_their_rows_anew(open_store):
    with fresh(open_store) as store:
        with pytest.raises(KeyboardInterrupt):
            interrupted_write(store, "1", rated(("a", "u1", "p1", 1, 3.0), ("b", "u2", "p2", 1, 3.0)))
        with store.writing("1") as writer:
            writer.add_events(rated(("b", "u2", "p2", 1, 3.0)))
        assert all_ids(store, "User") == ["u2"]
        assert [edges.source.tolist() for edges in store.edges(("User", "RATED", "Product"))] == [[0]]


def test_a_store_remembers_all_after_it_was_closed(open_store, tmp_path):
    store = open_store(tmp_path)
    with store.writing("7") as writer:
        writer.add_events(rated(("a", "u1", "p1", 1, 3.0)))
    before = read_out(store)
    store.close()
    store.close()
    again = open_store(tmp_path)
    assert read_out(again) == before
    assert again.position() == "7"
    again.close()


def test_what_is_missing_stays_and_what_is_none_goes(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            known = {"title": ["Cup"], "price_minor": [100]}
            writer.add_nodes(NodeBatch("Product", ["a"], ["p"], [1], known))
            writer.add_nodes(NodeBatch("Product", ["b"], ["p"], [2], {"title": [MISSING], "price_minor": [None]}))
        assert store.properties("Product", "p") == {"title": "Cup"}
        assert store.properties("Product", "q") is None


def test_ids_of_any_form_come_back_as_they_were(open_store):
    ids = ["a b", "O'Hara", 'say "x"', "🦊", "a\x00b", "é" * 128, "NULL", "1", "01", " 1"]
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(rated(*((str(n), i, i, 1, 3.0) for n, i in enumerate(ids))))
        assert all_ids(store, "User") == ids
        assert all_ids(store, "Product") == ids


def test_an_erased_row_stays_empty_and_is_not_given_to_anybody_else(open_store):
    with fresh(open_store) as store:
        with store.writing("1") as writer:
            writer.add_events(rated(("a", "u1", "p1", 1, 3.0), ("b", "u2", "p1", 1, 4.0)))
            writer.add_events(EventBatch("erased", ["c"], ["u1"], [0]))
            writer.add_events(rated(("d", "u1", "p2", 9, 3.0), ("e", "u3", "p1", 1, 3.0)))
        assert all_ids(store, "User") == [None, "u2", "u3"]
        assert store.properties("User", "u1") is None
        assert sum(len(edges) for edges in store.edges(("User", "RATED", "Product"))) == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda writer: writer.add_events(EventBatch("user", ["a"], ["u"], [1], {"user_id": ["u"]})),
        lambda writer: writer.add_nodes(NodeBatch("Product", ["a"], ["p"], [1], {"colour": ["red"]})),
        lambda writer: writer.add_events(EventBatch("deleted", ["a"], [""], [1], {"label": ["No"], "id": ["x"]})),
    ],
)
def test_what_the_schema_does_not_know_is_refused(open_store, write):
    with fresh(open_store) as store:
        with pytest.raises(InvalidEvent), store.writing("1") as writer:
            write(writer)
        assert store.position() is None


def test_reading_what_the_schema_does_not_know_is_refused(open_store):
    with fresh(open_store) as store:
        for read in (
            lambda: list(store.edges(("User", "ATE", "Product"))),
            lambda: store.node_count("Person"),
            lambda: list(store.property_values("User", "title")),
        ):
            with pytest.raises(InvalidValue):
                read()


def test_a_read_of_one_moment_does_not_see_later_writes(open_store, tmp_path):
    reader, writer_store = open_store(tmp_path), open_store(tmp_path)
    if isinstance(writer_store, Neo4jGraphStore):  # waits for the reader as long as one query may take
        writer_store.close()
        writer_store = Neo4jGraphStore(replace(writer_store.server.config, query_s=3.0))
    with writer_store.writing("1") as writer:
        writer.add_events(rated(("a", "u1", "p1", 1, 3.0)))
    with reader.reading():
        assert reader.position() == "1"
        is_refused = False
        try:
            with writer_store.writing("2") as writer:
                writer.add_events(rated(("b", "u2", "p1", 1, 3.0)))
        except StoreBusy:
            is_refused = True
        assert reader.node_count("User") == 1
        assert reader.position() == "1"
    assert reader.node_count("User") == (1 if is_refused else 2)
    reader.close()
    writer_store.close()


def test_a_closed_store_says_that_it_cannot_be_used(open_store, tmp_path):
    store = open_store(tmp_path)
    store.close()
    with pytest.raises(StoreError):
        store.position()
