"""Explanations against the real server: the query that each path names says that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.queries import catalogue
from graph.query_parameters import checked
from graph.simulate import TownSettings, simulate_town
from graph.snapshot.build import build_snapshot
from graph.snapshot.view import LiveView
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.schema import apply_schema
from graph.store.neo4j.store import Neo4jGraphStore
from recommend.pipeline import Recommender
from tests.graph.queries.asked import events_of_files, on_server
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j
PEOPLE, ITEMS = 12, 8
KNOWLEDGE = [
    {
        "type": "product",
        "product_id": f"p{n:02}",
        "at": None,
        "properties": {"related": {"wiki": {"made of": ["Entity:oak"]}}},
    }
    for n in range(0, 40, 3)
]


@pytest.fixture(scope="module")
def asked(
    neo4j_server: RunningNeo4j, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Neo4jServer, Recommender]]:
    folder = tmp_path_factory.mktemp("town")
    simulate_town(TownSettings(people=150, seed=5)).write(folder)
    server = on_server(neo4j_server, [*events_of_files(folder), *KNOWLEDGE]).server
    apply_schema(server, wait=True)
    store = Neo4jGraphStore(neo4j_server.config())
    view = LiveView(build_snapshot(store, Path(folder) / "snapshots"))
    store.close()
    yield server, Recommender(view, {})
    server.close()


def holds(server: Neo4jServer, check: dict[str, Any]) -> tuple[Any, ...]:
    found = catalogue()[check["query"]]
    return server.rows(found.text, checked(found.name, found.parameters, check["parameters"], 0))[0]


def test_every_path_holds_and_no_longer_when_one_edge_is_another(asked):
    server, recommender = asked
    rels = set()
    busiest = recommender.view.actions.out.degrees().argsort()[::-1][:PEOPLE]
    for who in recommender.view.ids_of("User", busiest):
        for item in recommender.feed(who, ITEMS)["items"]:
            for path in recommender.explain(who, item["id"], 5)["paths"]:
                facts = path["facts"]
                rels.update(fact["rel"] for fact in facts)
                assert holds(server, path["check"]) == (True, len(facts))
                wrong = {
                    **path["check"]["parameters"],
                    "to_ids": [*path["check"]["parameters"]["to_ids"][:-1], "nobody"],
                }
                assert holds(server, {**path["check"], "parameters": wrong}) == (False, len(facts) - 1)
    assert {"FOLLOWS", "MADE_BY", "IN_CATEGORY", "TAGGED", "RELATED"} <= rels, "the town has all of them"
