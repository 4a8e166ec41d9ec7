"""The analysts' queries over Epinions on a warm Neo4j server."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Measure, alone
from benchmarks.neo4j_export import _fill

if TYPE_CHECKING:
    from api.query_examples import Subjects
    from graph.queries import NamedQuery
    from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer

ORDINARY = tuple(range(750, 18_000, 1_500))
"""Whom is asked about: places among the 18,068 people with ratings and follows, most of both first."""

BUSIEST = (0, 1, 2)
ABOUT_ONE_S, WHOLE_S = 0.2, 10.0
INDEXED = ("lookalikes",)
"""Needs vectors that a model wrote back; benchmarks/neo4j_vectors.py measures the index."""


def neo4j_queries(work: Path) -> list[Measure]:
    from tests.servers.neo4j import Neo4jProcess, RunningNeo4j

    folder = work / "neo4j_queries"
    shutil.rmtree(folder, ignore_errors=True)
    server = Neo4jProcess(folder / "server")
    try:
        server.start()
        config = RunningNeo4j.of(server).config(query_s=60.0)
        alone(_fill, config, folder / "data")
        found: list[Measure] = alone(measured, config)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return found


def measured(config: Neo4jConfig) -> list[Measure]:
    """Every query about ordinary and the busiest subjects, each question asked once before it is timed."""
    from api.query_examples import subjects
    from graph.queries import catalogue
    from graph.store.neo4j.connection import Neo4jServer
    from graph.store.neo4j.schema import apply_schema
    from graph.store.neo4j.store import Neo4jGraphStore

    store, server = Neo4jGraphStore(config, read_only=True), Neo4jServer(config)
    about = subjects(store)
    store.close()
    apply_schema(server, wait=True)
    measures = []
    for each in catalogue().values():
        if each.folder == "analyse" and each.name not in INDEXED:
            groups = (ORDINARY, BUSIEST) if _about_one(each) else (BUSIEST[:1],)
            taken = [_seconds(server, each, [about.parameters(each, n) for n in group], about) for group in groups]
            measures += _measures(each.name, *taken)
    server.close()
    return measures


def _about_one(each: NamedQuery) -> bool:
    return "user_id" in each.parameters or "product_id" in each.parameters


def _seconds(server: Neo4jServer, each: NamedQuery, given: Iterable[Mapping[str, Any]], about: Subjects) -> list[float]:
    """What each question takes, asked a second time."""
    from graph.query_parameters import checked

    taken = []
    for parameters in given:
        values = checked(each.name, each.parameters, parameters, about.newest_ms)
        server.rows(each.text, values)
        start = time.perf_counter()
        server.rows(each.text, values)
        taken.append(time.perf_counter() - start)
    return taken


def _measures(name: str, seconds: list[float], busiest: list[float] | None = None) -> list[Measure]:
    if busiest is None:
        return [Measure(name, seconds[0], "s", WHOLE_S)]
    return [
        Measure(f"{name}, median of {len(seconds)}", statistics.median(seconds) * 1000, "ms", ABOUT_ONE_S * 1000),
        Measure(f"{name}, worst of them", max(seconds) * 1000, "ms"),
        Measure(f"{name}, worst of the {len(busiest)} busiest", max(busiest) * 1000, "ms"),
    ]
