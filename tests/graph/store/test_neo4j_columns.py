"""Columns on the nodes of a real server: written, replaced, removed, and noted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from graph.errors import InvalidValue, StoreUnavailable
from graph.store.neo4j import columns as module
from graph.store.neo4j.columns import (
    Column,
    ModelNote,
    Written,
    remove_column,
    remove_models,
    write_column,
    write_model,
)
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer
from graph.store.neo4j.schema import apply_schema

NOTE = ModelNote("spectral", "v1", 1_000, "s1")
IDS = [f"p{row}" for row in range(25)]


@pytest.fixture
def server(neo4j_server: Neo4jConfig) -> Iterator[Neo4jServer]:
    """A server with 25 products and the schema."""
    found = Neo4jServer(neo4j_server)
    found.run_alone("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    apply_schema(found)
    found.rows("UNWIND $ids AS id CREATE (:Product {id: id})", {"ids": IDS}, write=True)
    yield found
    found.run_alone("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    found.close()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several batches for a few rows."""
    monkeypatch.setattr(module, "VALUES_IN_BATCH", 4)


def kept(server: Neo4jServer, name: str) -> dict[str, object]:
    """What the products hold."""
    text = f"MATCH (p:Product) WHERE p.{name} IS NOT NULL RETURN p.id, p.{name}"
    return dict(server.rows(text))


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)


@pytest.mark.neo4j
@pytest.mark.usefixtures("small_batches")
def test_vectors_come_back_as_they_were(server):
    table = vectors(len(IDS))
    assert write_column(server, Column("Product", "embedding_a", IDS, table)) == Written(25, 0, 0)
    np.testing.assert_array_equal([kept(server, "embedding_a")[node_id] for node_id in IDS], table)


@pytest.mark.neo4j
@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("values", [np.linspace(0, 1, 25), np.arange(25, dtype=np.int32)], ids=["float", "integer"])
def test_numbers_come_back_as_they_were(server, values):
    write_column(server, Column("Product", "score", IDS, values))
    assert kept(server, "score") == dict(zip(IDS, values.tolist(), strict=True))


@pytest.mark.neo4j
@pytest.mark.usefixtures("small_batches")
def test_nodes_that_have_no_value_any_more_lose_it(server):
    write_column(server, Column("Product", "score", IDS, np.arange(25)))
    again = write_column(server, Column("Product", "score", IDS[:5], np.arange(5) + 100))
    assert again == Written(5, 0, 20)
    assert kept(server, "score") == dict(zip(IDS[:5], range(100, 105), strict=True))


@pytest.mark.neo4j
def test_nodes_that_the_server_lacks_are_counted_and_not_made(server):
    written = write_column(server, Column("Product", "score", ["p1", "nobody"], np.arange(2)))
    assert written == Written(1, 1, 0)
    assert server.rows("MATCH (p:Product) RETURN count(p)") == [(25,)]


@pytest.mark.neo4j
def test_a_column_can_be_removed(server):
    write_column(server, Column("Product", "score", IDS, np.arange(25)))
    assert remove_column(server, "Product", "score") == 25
    assert kept(server, "score") == {}


@pytest.mark.neo4j
def test_the_note_tells_from_which_model_the_values_are(server):
    write_model(server, NOTE, [Column("Product", "embedding_spectral", IDS, vectors(25))])
    ((note,),) = server.rows("MATCH (m:Model) RETURN properties(m)")
    assert note == {
        "name": "spectral",
        "version": "v1",
        "created_at": 1_000,
        "snapshot": "s1",
        "wrote": ["Product.embedding_spectral"],
        "complete": True,
    }


@pytest.mark.neo4j
def test_what_a_new_version_does_not_write_is_removed(server):
    both = [Column("Product", name, IDS, np.arange(25)) for name in ("first", "second")]
    write_model(server, NOTE, both)
    write_model(server, NOTE, both[:1])
    assert (len(kept(server, "first")), kept(server, "second")) == (25, {})


@pytest.mark.neo4j
def test_an_interrupted_writing_is_noted_and_the_next_one_completes_it(server, monkeypatch):
    def stop(_done: float, _note: str) -> None:
        raise KeyboardInterrupt

    column = Column("Product", "score", IDS, np.arange(25))
    with pytest.raises(KeyboardInterrupt):
        write_model(server, NOTE, [column], stop)
    assert server.rows("MATCH (m:Model) RETURN m.complete, m.wrote") == [(False, ["Product.score"])]
    write_model(server, NOTE, [column])
    assert server.rows("MATCH (m:Model) RETURN m.complete") == [(True,)]
    assert len(kept(server, "score")) == 25


@pytest.mark.neo4j
def test_models_that_are_no_more_leave_nothing(server):
    apply_schema(server, {("Product", "spectral"): 3})
    write_model(server, NOTE, [Column("Product", "embedding_spectral", IDS, vectors(25))])
    write_model(server, ModelNote("pagerank", "s1", 1, "s1"), [Column("Product", "score", IDS, np.arange(25))])
    assert remove_models(server, ["pagerank"]) == {"spectral": ["Product.embedding_spectral"]}
    assert kept(server, "embedding_spectral") == {}
    assert len(kept(server, "score")) == 25
    assert server.rows("SHOW INDEXES YIELD name WHERE name CONTAINS 'embedding' RETURN name") == []


@pytest.mark.neo4j
def test_a_server_that_is_not_there_is_one_clear_error():
    server = Neo4jServer(Neo4jConfig("bolt://127.0.0.1:1", "neo4j", "nothing"))
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        write_column(server, Column("Product", "score", IDS, np.arange(25)))
    server.close()


@pytest.mark.parametrize(("label", "name"), [("Product", "title"), ("User", "id"), ("User", "_clocks"), ("Movie", "a")])
def test_what_events_set_is_never_overwritten(label, name):
    with pytest.raises(InvalidValue):
        Column(label, name, ["a"], np.zeros(1))


def test_each_id_needs_its_value():
    with pytest.raises(InvalidValue, match="2 ids, 3 values"):
        Column("User", "score", ["a", "b"], np.zeros(3))
