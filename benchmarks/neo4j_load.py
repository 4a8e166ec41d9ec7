"""Epinions from the log into an empty Neo4j server that has all constraints, and what the pace depends on."""

from __future__ import annotations

import shutil
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Measure, alone, peak_gib

if TYPE_CHECKING:
    from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
"""Relationships of one transaction."""

SAMPLE = 100_000
"""Relationships of one way to write them."""

SIZE = 20_000
BY_ROW = "UNWIND $edges AS each MATCH (a:User {row: each[0]}) MATCH (b:Product {row: each[1]}) "
BY_ID = "UNWIND $edges AS each MATCH (a:User {id: each[0]}) MATCH (b:Product {id: each[1]}) "
BY_ELEMENT = "UNWIND $edges AS each MATCH (a) WHERE elementId(a) = each[0] MATCH (b) WHERE elementId(b) = each[1] "
GROUPED = (
    "UNWIND $edges AS group MATCH (a:User {row: group[0]}) UNWIND group[1] AS each MATCH (b:Product {row: each[1]}) "
)
CREATE = "CREATE (a)-[r:TRIED]->(b) SET r = each[2]"
MERGE = "MERGE (a)-[r:TRIED {event_id: each[2].event_id}]->(b) SET r = each[2]"
WAYS = {
    "nodes by id, CREATE": (BY_ID + CREATE, 1),
    "nodes by row, MERGE": (BY_ROW + MERGE, 1),
    "nodes by row, CREATE": (BY_ROW + CREATE, 1),
    "nodes by element id, CREATE": (BY_ELEMENT + CREATE, 1),
    "by row, one source's edges together, CREATE": (GROUPED + CREATE, 1),
    "the same, 2 writers": (GROUPED + CREATE, 2),
    "the same, 3 writers": (GROUPED + CREATE, 3),
}
Edge = list[Any]


def neo4j_load(work: Path) -> list[Measure]:
    from tests.servers.neo4j import Neo4jProcess, RunningNeo4j

    folder = work / "neo4j_load"
    shutil.rmtree(folder, ignore_errors=True)
    server = Neo4jProcess(folder / "server")
    try:
        server.start()
        config = RunningNeo4j.of(server).config(acquire_s=60.0, query_s=120.0)
        alone(_load, folder / "data")
        nodes_s, edges_s, counts, peak = alone(_project, config, folder / "data")
        ways = alone(_ways, config)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    acted = counts["RATED"] + counts["FOLLOWS"]
    return [
        Measure("RATED and FOLLOWS between products that are there", acted / edges_s, "/s", 35_000, at_least=True),
        Measure("all relationships, products and people included", sum(counts.values()) / (nodes_s + edges_s), "/s"),
        Measure("products and their categories", nodes_s, "s"),
        Measure("peak memory of our process", peak, "GiB"),
        *(Measure(f"{kind} relationships", count, "") for kind, count in sorted(counts.items())),
        *(Measure(name, pace, "/s") for name, pace in ways.items()),
    ]


def _load(folder: Path) -> None:
    from graph.datasets import dataset
    from graph.folder import DataFolder
    from graph.load import load

    load(dataset("epinions").mapping(), DataFolder(folder))


def _project(config: Neo4jConfig, folder: Path) -> tuple[float, float, dict[str, int], float]:
    """Seconds for the products, seconds for what people did, relationships by type, and peak memory."""
    from graph.folder import DataFolder
    from graph.log.project import project
    from graph.store.neo4j.store import Neo4jGraphStore

    log, store = DataFolder(folder).open_log(read_only=True), Neo4jGraphStore(config)
    try:
        begun: list[tuple[float, int]] = []
        start = time.perf_counter()
        project(log, store, lambda rows: begun.append((time.perf_counter(), rows)))
        end = time.perf_counter()
        counts = store.counts()
        products = bisect_right(list(accumulate(rows for _, rows in begun)), counts["nodes"]["Product"])
        turn = begun[products][0]  # when the first batch of edges was handed over
        return turn - start, end - turn, counts["edges"], peak_gib()
    finally:
        store.close()
        log.close()


def _ways(config: Neo4jConfig) -> dict[str, float]:
    """Relationships a second by the way to write them, over the nodes that are there."""
    from graph.store.neo4j.connection import Neo4jServer

    server = Neo4jServer(config)
    edges = _edges(server)
    found = {f"batches of {size:,}": _pace(server, GROUPED + CREATE, edges, size, 1) for size in SIZES}
    for name, (text, writers) in WAYS.items():
        key = 3 if text.startswith(BY_ID) else 5 if text.startswith(BY_ELEMENT) else 0
        chosen = [[each[key] if key else each[0], each[key + 1] if key else each[1], each[2]] for each in edges]
        found[name] = _pace(server, text, chosen, SIZE, writers)
    server.close()
    return found


def _edges(server: Neo4jServer) -> list[Edge]:
    """Ratings that are there: rows, properties, ids and element ids of both ends; sorted by rows."""
    text = """MATCH (a:User) WHERE a.row < $people MATCH (a)-[r:RATED]->(b:Product)
    RETURN a.row, b.row, properties(r), a.id, b.id, elementId(a), elementId(b) LIMIT $most"""
    found = server.rows(text, {"people": SAMPLE, "most": SAMPLE})
    return sorted((list(each) for each in found), key=lambda each: (each[0], each[1]))


def _pace(server: Neo4jServer, text: str, edges: Sequence[Edge], size: int, writers: int) -> float:
    batches = [edges[begin : begin + size] for begin in range(0, len(edges), size)]
    if text.startswith(GROUPED):
        batches = [list(_grouped(batch)) for batch in batches]
    start = time.perf_counter()
    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(lambda batch: server.rows(text, {"edges": batch}, write=True), batches))
    seconds = time.perf_counter() - start
    server.run_alone("MATCH ()-[r:TRIED]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS")
    return len(edges) / seconds


def _grouped(edges: Sequence[Edge]) -> Iterator[list[Any]]:
    from itertools import groupby

    for source, group in groupby(edges, lambda each: each[0]):
        yield [source, [each[:3] for each in group]]
