"""The servers that other tests rest on."""

from __future__ import annotations

import pytest

from graph.store.neo4j.connection import Neo4jServer

pytestmark = pytest.mark.neo4j


def test_it_answers_over_bolt_with_our_own_connection(any_neo4j):
    server = Neo4jServer(any_neo4j)
    assert server.rows("RETURN 1") == [(1,)]
    assert server.version()[0] in (5, 2026)
    server.close()


def test_emptied_it_holds_no_nodes_and_keeps_its_constraints(neo4j_server):
    neo4j_server.empty(schema=True)
    neo4j_server.rows("CREATE CONSTRAINT one FOR (n:Thing) REQUIRE n.id IS UNIQUE")
    neo4j_server.rows("UNWIND range(1, 20000) AS id CREATE (:Thing {id: id})-[:IS]->(:Other)")
    neo4j_server.empty()
    assert neo4j_server.rows("MATCH (n) RETURN count(n)") == [(0,)]
    assert neo4j_server.rows("SHOW CONSTRAINTS YIELD name") == [("one",)]
    neo4j_server.empty(schema=True)
    assert neo4j_server.rows("SHOW CONSTRAINTS YIELD name") == []
