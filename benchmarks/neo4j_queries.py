"""The analysts' queries over Epinions on a warm Neo4j server."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Measure, alone
from benchmarks.neo4j_export import _fill

if TYPE_CHECKING:
    from graph.queries import NamedQuery
    from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer

PLACES = (0, 1, 2, 100, 1_000, 3_000)
"""Whom is asked about: places in the order of most relationships first, so the heaviest three are among them."""
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
    """Median and worst of each query, every question asked once before it is timed."""
    from api.query_examples import subjects
    from graph.queries import catalogue
    from graph.query_parameters import checked
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
            places = PLACES if _about_one(each) else PLACES[:1]
            asked = [checked(each.name, each.parameters, about.parameters(each, n), about.newest_ms) for n in places]
            measures += _timed(server, each, asked)
    server.close()
    return measures


def _about_one(each: NamedQuery) -> bool:
    return "user_id" in each.parameters or "product_id" in each.parameters


def _timed(server: Neo4jServer, each: NamedQuery, asked: list[dict[str, Any]]) -> list[Measure]:
    taken = []
    for values in asked:
        server.rows(each.text, values)
        start = time.perf_counter()
        server.rows(each.text, values)
        taken.append(time.perf_counter() - start)
    if len(taken) == 1:
        return [Measure(each.name, taken[0], "s", WHOLE_S)]
    middle = Measure(f"{each.name}, median", statistics.median(taken) * 1000, "ms", ABOUT_ONE_S * 1000)
    return [middle, Measure(f"{each.name}, worst", max(taken) * 1000, "ms")]
