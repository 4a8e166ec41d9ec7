"""Writing back: embeddings, PageRank and communities of a snapshot onto the nodes of a real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.neo4j_writeback import vector_dims, write_back
from embeddings.artefact import TrainedModel
from graph.analytics.communities import communities
from graph.analytics.pagerank import pagerank
from graph.snapshot.snapshot import Snapshot
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer
from graph.store.neo4j.schema import check_schema, vector_index
from tests.graph.snapshot.small import FOLLOWS, small_snapshot

pytestmark = pytest.mark.neo4j

PRODUCTS = tuple(f"p{row}" for row in range(40))
USERS = tuple(f"u{row}" for row in range(8))
CIRCLES = ("u0", "u1", "u2", "u3"), ("u4", "u5", "u6")
"""Two groups of people who follow each other; u7 is alone, u0 is followed by u4 too."""


@dataclass
class Case:
    """What is written back, and where."""

    server: Neo4jServer
    snapshot: Snapshot
    models: dict[str, TrainedModel]

    def write(self) -> Mapping[str, Mapping[str, int]]:
        return write_back(self.server, self.snapshot, self.models).columns

    def kept(self, label: str, name: str) -> dict[str, Any]:
        text = f"MATCH (n:{label}) WHERE n.{name} IS NOT NULL RETURN n.id, n.{name}"
        return dict(self.server.rows(text))


def trained(name: str, tables: Mapping[str, np.ndarray]) -> TrainedModel:
    return TrainedModel(name, "v1", "s1", "2026-01-01T00:00:00Z", 0, {}, {}, tables)


def table(count: int, dim: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)


@pytest.fixture
def case(tmp_path: Path, neo4j_server: Neo4jConfig) -> Iterator[Case]:
    """People in two circles, forty products of which the last has ended, and a model with a vector for most."""
    follows = [(a, b) for circle in CIRCLES for a in circle for b in circle if a != b]
    snapshot = small_snapshot(
        tmp_path, users=USERS, products=PRODUCTS, follows=[*follows, ("u4", "u0")], gone={"Product": ["p39"]}
    )
    products = table(40, 4, seed=1)
    products[0] = 0.0
    tables = {"User": table(8, 4, seed=2), "Product": products, "Product:fold_in": table(40, 4, seed=3)}
    server = Neo4jServer(neo4j_server)
    server.run_alone("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    for label, ids in (("User", USERS), ("Product", PRODUCTS)):
        server.rows(f"UNWIND $ids AS id CREATE (:{label} {{id: id}})", {"ids": list(ids)}, write=True)
    yield Case(server, snapshot, {"spectral": trained("spectral", tables)})
    write_back(server, replace(snapshot, adjacencies={}), {})
    server.run_alone("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    server.close()


def test_vectors_rank_and_community_are_on_the_nodes(case):
    case.write()
    vectors = case.models["spectral"].tables["Product"]
    kept = case.kept("Product", "embedding_spectral")
    assert sorted(kept) == sorted(PRODUCTS[1:39]), "p0 has no vector, p39 has ended"
    np.testing.assert_array_equal(kept["p5"], vectors[5])
    rank = pagerank(case.snapshot.adjacencies[FOLLOWS].out)
    assert case.kept("User", "pagerank") == dict(zip(USERS, rank.tolist(), strict=True))
    groups = communities([case.snapshot.adjacencies[FOLLOWS].out]).tolist()
    assert case.kept("User", "community") == {user: groups[row] for row, user in enumerate(USERS[:7])}
    assert groups == [0, 0, 0, 0, 1, 1, 1, -1]


def test_the_index_finds_the_neighbours_that_the_vectors_have(case):
    case.write()
    vectors = case.models["spectral"].tables["Product"][1:39].astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = "MATCH (p:Product {id: 'p7'}) CALL db.index.vector.queryNodes($index, 5, p.embedding_spectral) YIELD node "
    found = case.server.rows(near + "RETURN node.id", {"index": vector_index("Product", "spectral")})
    expected = np.argsort(-(vectors @ vectors[6]))[:5] + 1
    assert {node_id for (node_id,) in found} == {PRODUCTS[row] for row in expected}
    assert check_schema(case.server, vector_dims(case.models)).good


def test_each_model_is_noted(case):
    case.write()
    notes = case.server.rows("MATCH (m:Model) RETURN m.name, m.version, m.complete ORDER BY m.name")
    snapshot = case.snapshot.id
    assert notes == [("community", snapshot, True), ("pagerank", snapshot, True), ("spectral", "v1", True)]


def test_again_writes_the_same(case):
    assert case.write() == case.write()
    assert len(case.kept("User", "embedding_spectral")) == 8


def test_a_model_that_is_no_more_leaves_nothing(case):
    case.write()
    case.models.clear()
    case.write()
    assert case.kept("Product", "embedding_spectral") == {}
    assert check_schema(case.server).good
    assert case.server.rows("SHOW INDEXES YIELD name WHERE name CONTAINS '_embedding_' RETURN name") == []


def test_nodes_that_the_server_lacks_are_counted(case):
    case.server.rows("MATCH (u:User {id: 'u2'}) DETACH DELETE u", write=True)
    report = write_back(case.server, case.snapshot, case.models)
    assert report.absent == 1
    assert report.columns["User.pagerank"] == {"written": 7, "absent": 1, "removed": 0}


def test_without_follows_there_is_no_rank(case):
    case.snapshot = replace(case.snapshot, adjacencies={})
    assert case.write()["User.pagerank"]["written"] == 0
    assert case.kept("User", "pagerank") == {}
