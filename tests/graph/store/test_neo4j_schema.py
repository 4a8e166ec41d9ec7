"""Constraints and indexes on a real server: made once, repaired, compared, and of use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.errors import ForeignVersion, StoreRefused
from graph.schema import NODE_TYPES
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer
from graph.store.neo4j.schema import SCHEMA_VERSION, apply_schema, check_schema, vector_index, wanted

pytestmark = pytest.mark.neo4j

DIMS = {("Product", "spectral"): 3, ("User", "spectral"): 3}


def bare(server: Neo4jServer) -> None:
    """Take everything off the server, constraints and indexes too."""
    server.run_alone("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    drops = [f"DROP CONSTRAINT `{name}`" for (name,) in server.rows("SHOW CONSTRAINTS YIELD name")]
    text = "SHOW INDEXES YIELD name, type, owningConstraint AS of WHERE type <> 'LOOKUP' AND of IS NULL RETURN name"
    drops += [f"DROP INDEX `{name}`" for (name,) in server.rows(text)]
    with server.transaction(write=True) as change:
        for drop in drops:
            change.run(drop)


@pytest.fixture(scope="module", params=["neo4j_server", pytest.param("neo4j_lts", marks=pytest.mark.slow)])
def reached(request: pytest.FixtureRequest) -> Iterator[Neo4jServer]:
    """The servers of both lines; after all tests each has our schema and nothing else."""
    config: Neo4jConfig = request.getfixturevalue(request.param)
    found = Neo4jServer(config)
    yield found
    bare(found)
    apply_schema(found)
    found.close()


@pytest.fixture
def server(reached: Neo4jServer) -> Neo4jServer:
    """The server without anything on it."""
    bare(reached)
    return reached


def test_everything_is_made_once(server):
    assert apply_schema(server, DIMS, wait=True) == [each.name for each in wanted(DIMS)]
    assert apply_schema(server, DIMS, wait=True) == []
    assert check_schema(server, DIMS).good


def test_a_bare_server_lacks_everything(server):
    report = check_schema(server, DIMS)
    assert report.missing == [each.name for each in wanted(DIMS)]
    assert (report.version, report.good) == (None, False)
    assert report.lines()[-1] == "run tastegraph neo4j schema"


def test_what_is_missing_or_different_is_said_and_made_again(server):
    apply_schema(server, DIMS)
    for statement in (
        "DROP CONSTRAINT product_id",
        "DROP INDEX product_text",
        "CREATE INDEX product_text FOR (n:Product) ON (n.title)",
    ):
        server.rows(statement, write=True)
    report = check_schema(server, DIMS)
    assert report.missing == ["product_id"]
    assert report.different == {"product_text": "RANGE on Product (title)"}
    assert apply_schema(server, DIMS) == ["product_id", "product_text"]
    assert check_schema(server, DIMS).good


def test_vectors_of_another_length_get_a_new_index(server):
    apply_schema(server, DIMS)
    changed = {**DIMS, ("Product", "spectral"): 4}
    assert check_schema(server, changed).different == {
        "product_embedding_spectral": "VECTOR on Product (embedding_spectral), 3 long"
    }
    assert apply_schema(server, changed) == ["product_embedding_spectral"]
    assert check_schema(server, changed).good


def test_an_index_made_with_the_servers_defaults_is_different(server):
    server.rows(
        "CREATE VECTOR INDEX product_embedding_spectral FOR (n:Product) ON (n.embedding_spectral) OPTIONS $options",
        {"options": {"indexConfig": {"vector.dimensions": 3, "vector.similarity_function": "cosine"}}},
        write=True,
    )
    assert "product_embedding_spectral" in check_schema(server, DIMS).different
    assert "product_embedding_spectral" in apply_schema(server, DIMS)


def test_vector_indexes_that_were_not_asked_for_stay(server):
    apply_schema(server, DIMS)
    assert apply_schema(server) == []
    report = check_schema(server)
    assert (report.good, report.foreign) == (True, {})


def test_two_nodes_with_one_id_are_refused(server):
    apply_schema(server)
    server.rows("CREATE (:User {id: 'u1', row: 0})", write=True)
    with pytest.raises(StoreRefused):
        server.rows("CREATE (:User {id: 'u1', row: 1})", write=True)


def test_a_graph_that_stands_against_the_schema_is_one_clear_error(server):
    server.rows("CREATE (:Product {id: 'p1'}), (:Product {id: 'p1'})", write=True)
    with pytest.raises(StoreRefused, match="stands against our schema"):
        apply_schema(server)
    assert "product_id" in check_schema(server).missing


def test_a_constraint_of_another_name_will_do(server):
    server.rows("CREATE CONSTRAINT theirs FOR (n:Product) REQUIRE n.id IS UNIQUE", write=True)
    assert "product_id" not in apply_schema(server)
    assert check_schema(server).good


def test_what_is_not_ours_is_listed_and_does_no_harm(server):
    apply_schema(server)
    server.rows("CREATE (:Movie)-[:ACTED_IN]->(:Movie)", write=True)
    server.rows("CREATE INDEX movie_title FOR (n:Movie) ON (n.title)", write=True)
    report = check_schema(server)
    assert report.good
    assert report.foreign == {
        "labels": ["Movie"],
        "relationship_types": ["ACTED_IN"],
        "constraints_and_indexes": ["movie_title"],
    }


def test_a_newer_programs_server_is_left_alone(server):
    apply_schema(server)
    server.rows("MATCH (s:TastegraphStore) SET s.schema_version = $v", {"v": SCHEMA_VERSION + 1}, write=True)
    for ask in (apply_schema, check_schema):
        with pytest.raises(ForeignVersion):
            ask(server)


def test_the_indexes_answer(server):
    apply_schema(server, DIMS)
    server.rows(
        "UNWIND $rows AS row CREATE (n:Product {id: row[0], title: row[1]}) WITH n, row "
        "CALL db.create.setNodeVectorProperty(n, 'embedding_spectral', row[2])",
        {"rows": [["p1", "a red pan", [1.0, 0.0, 0.0]], ["p2", "a pot", [0.0, 1.0, 0.0]], ["p3", "", [0.9, 0.1, 0.0]]]},
        write=True,
    )
    server.rows("CALL db.awaitIndexes(60)")
    text = "CALL db.index.fulltext.queryNodes('product_text', 'pan') YIELD node RETURN node.id"
    near = "CALL db.index.vector.queryNodes($index, 2, [1.0, 0.0, 0.0]) YIELD node, score RETURN node.id"
    assert server.rows(text) == [("p1",)]
    assert server.rows(near, {"index": vector_index("Product", "spectral")}) == [("p1",), ("p3",)]


def test_each_label_is_found_by_id_and_by_row():
    names = {each.name for each in wanted()}
    assert {f"{node.label.lower()}_{key}" for node in NODE_TYPES for key in ("id", "row")} <= names
