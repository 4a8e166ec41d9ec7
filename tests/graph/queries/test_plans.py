"""How the server goes about each public query, kept so that a change for the worse is seen.

``pytest --update-golden tests/graph/queries/test_plans.py`` writes the files anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.queries import NamedQuery, catalogue
from graph.query_parameters import checked
from graph.simulate import TownSettings, simulate_town
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.fenced import plan_of
from graph.store.neo4j.schema import apply_schema
from tests.graph.queries.asked import events_of_files, on_server
from tests.servers.neo4j import RunningNeo4j

GOLDEN = Path(__file__).parents[2] / "golden" / "plans"
PUBLIC = sorted(name for name, found in catalogue().items() if found.folder in ("analyse", "traverse"))
OF_IDS = ("user_id", "other_id", "product_id", "category_id", "community_id")
STARTS = ("Scan", "Seek")
SCANS_ALL = {"schema_drift"}
"""Looks at every node, whatever its label: that is what it is asked."""

Operator = dict[str, Any]


@pytest.fixture(scope="module")
def town(neo4j_server: RunningNeo4j, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """A town with every constraint and index, and fresh statistics."""
    folder = tmp_path_factory.mktemp("town")
    simulate_town(TownSettings(people=200, seed=3)).write(folder)
    server = on_server(neo4j_server, events_of_files(folder)).server
    apply_schema(server, wait=True)
    server.run_alone("CALL db.prepareForReplanning(60)")
    yield server
    server.close()


def operators(plan: Operator) -> Iterator[Operator]:
    yield plan
    for each in plan["from"]:
        yield from operators(each)


def drawn(plan: Operator, depth: int = 0) -> Iterator[str]:
    """One operator a line, what feeds it below and further in; what those look up that start from the graph."""
    details = f"  {plan['details']}" if plan["operator"].endswith(STARTS) else ""
    yield "  " * depth + plan["operator"] + details
    for each in plan["from"]:
        yield from drawn(each, depth + 1)


def explained(server: Neo4jServer, found: NamedQuery) -> Operator:
    given: dict[str, Any] = {name: "x" for name in found.parameters if name.endswith("_id")}
    given |= {"community": 1} if "community" in found.parameters else {}
    return plan_of(server, found.text, checked(found.name, found.parameters, given, newest_ms=0))


@pytest.mark.neo4j
@pytest.mark.parametrize("name", PUBLIC)
def test_the_plan_is_the_one_that_is_kept(town: Neo4jServer, name: str, request: pytest.FixtureRequest) -> None:
    actual = "\n".join(drawn(explained(town, catalogue()[name]))) + "\n"
    kept = GOLDEN / f"{name}.txt"
    if request.config.getoption("update_golden"):
        kept.write_text(actual, "utf-8")
    assert actual == kept.read_text("utf-8")


@pytest.mark.neo4j
@pytest.mark.parametrize("name", PUBLIC)
def test_where_an_index_serves_it_is_used(town: Neo4jServer, name: str) -> None:
    found = catalogue()[name]
    used = [each["operator"] for each in operators(explained(town, found))]
    assert "AllNodesScan" not in used or name in SCANS_ALL
    if any(each in found.parameters for each in OF_IDS):
        assert "NodeUniqueIndexSeek" in used
        assert "NodeByLabelScan" not in used


def test_no_plan_is_kept_of_a_query_that_is_gone() -> None:
    assert sorted(each.stem for each in GOLDEN.glob("*.txt")) == PUBLIC
