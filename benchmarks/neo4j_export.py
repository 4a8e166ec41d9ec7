"""Epinions on a Neo4j server into a snapshot."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Measure, alone, peak_gib

if TYPE_CHECKING:
    from graph.store.neo4j.connection import Neo4jConfig

TIMES = 3


def neo4j_export(work: Path) -> list[Measure]:
    from tests.servers.neo4j import Neo4jProcess, RunningNeo4j

    folder = work / "neo4j_export"
    shutil.rmtree(folder, ignore_errors=True)
    server = Neo4jProcess(folder / "server")
    try:
        server.start()
        config = RunningNeo4j.of(server).config()
        alone(_fill, config, folder / "data")
        rates = [alone(_read, config) for _ in range(TIMES)]
        seconds, peak, different = alone(_build, config, folder / "data", folder / "snapshots")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Measure("relationships", rates[0][0], ""),
        Measure("first export, the server's caches cold", rates[0][1], "/s"),
        Measure("server to columns", max(rate for _, rate in rates), "/s", 200_000, at_least=True),
        Measure("server to snapshot", seconds, "s"),
        Measure("peak memory of our process", peak, "GiB", 2),
        Measure("files that differ from those of the embedded store", different, "", 0),
    ]


def _fill(config: Neo4jConfig, folder: Path) -> None:
    from graph.datasets import dataset
    from graph.folder import DataFolder
    from graph.load import load
    from graph.log.project import project
    from graph.store.neo4j.store import Neo4jGraphStore

    data = DataFolder(folder)
    load(dataset("epinions").mapping(), data)
    log, store = data.open_log(), Neo4jGraphStore(config)
    project(log, store)
    store.close()
    log.close()


def _read(config: Neo4jConfig) -> tuple[int, float]:
    """Relationships that were read, and how many a second."""
    from graph.schema import EDGES
    from graph.store.neo4j.store import Neo4jGraphStore

    store = Neo4jGraphStore(config, read_only=True)
    try:
        start = time.perf_counter()
        with store.reading():
            count = sum(len(batch) for key in EDGES for batch in store.edges(key))
        return count, count / (time.perf_counter() - start)
    finally:
        store.close()


def _build(config: Neo4jConfig, folder: Path, to: Path) -> tuple[float, float, int]:
    """Seconds, peak memory, and how many files of the snapshot the embedded store would give otherwise."""
    from graph.folder import DataFolder
    from graph.snapshot.build import build_snapshot
    from graph.store.neo4j.store import Neo4jGraphStore

    store, embedded = Neo4jGraphStore(config, read_only=True), DataFolder(folder).open_store(read_only=True)
    try:
        start = time.perf_counter()
        exported = build_snapshot(store, to).manifest
        seconds, peak = time.perf_counter() - start, peak_gib()
        expected = build_snapshot(embedded, to).manifest
        files = exported.files.keys() | expected.files.keys()
        return seconds, peak, sum(exported.files.get(name) != expected.files.get(name) for name in files)
    finally:
        store.close()
        embedded.close()
