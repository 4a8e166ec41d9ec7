"""How many of the nearest products a Neo4j vector index finds, with the tables of models trained on Ciao."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Measure, alone

if TYPE_CHECKING:
    from graph.store.neo4j.connection import Neo4jConfig

LINES = ("2026.08", "5.26")
MODELS = ("spectral", "lightgcn")
WANTED = 10
ASKED = (10, 20, 50, 100)
QUERIES = 200
PROPERTY = "embedding"
SEARCH = (
    "UNWIND $vectors AS vector CALL (vector) { CALL db.index.vector.queryNodes('measured', $k, vector) YIELD node "
    "RETURN collect(node.row) AS rows } RETURN rows"
)


def neo4j_vectors(work: Path) -> list[Measure]:
    from tests.servers.neo4j import Neo4jProcess, RunningNeo4j

    folder = work / "neo4j_vectors"
    shutil.rmtree(folder, ignore_errors=True)
    tables = alone(_train, folder / "data")
    measures = []
    for line in LINES:
        server = Neo4jProcess(folder / line, line)
        try:
            server.start()
            measures += alone(_measure, RunningNeo4j.of(server).config(), line, tables)
        finally:
            server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return measures


def _train(folder: Path) -> dict[str, Any]:
    """The products' vectors by model."""
    import numpy as np

    from api.settings import Settings
    from api.steps import build_current, load_source
    from api.training import train_model
    from embeddings.artefact import load_model
    from graph.folder import DataFolder

    data, settings = DataFolder(folder), Settings.read(data=folder)
    load_source("dataset:ciao", data, settings)
    build_current(data)
    for name in MODELS:
        train_model(data, name, {}, settings)
    return {name: np.array(load_model(data.models / name).tables["Product"]) for name in MODELS}


def _measure(config: Neo4jConfig, line: str, tables: dict[str, Any]) -> list[Measure]:
    from graph.store.neo4j.connection import Neo4jServer
    from graph.store.neo4j.schema import VECTORS

    server = Neo4jServer(config)
    plain = {"vector.similarity_function": "cosine"}
    measures = []
    for name, table in tables.items():
        _write(server, table)
        for what, settings in (("defaults", plain), ("ours", dict(VECTORS))):
            _index(server, {**settings, "vector.dimensions": table.shape[1]})
            measures += _recalls(server, table, f"{line} {name}, {what}")
    server.close()
    return measures


def _write(server: Any, table: Any) -> None:
    server.run_alone("MATCH (n:Product) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    text = "UNWIND $rows AS row CREATE (n:Product {row: row[0]}) WITH n, row "
    text += f"CALL db.create.setNodeVectorProperty(n, '{PROPERTY}', row[1])"
    known = [[row, vector.tolist()] for row, vector in enumerate(table) if vector.any()]
    for begin in range(0, len(known), 2000):
        server.rows(text, {"rows": known[begin : begin + 2000]}, write=True, query_s=120)


def _index(server: Any, settings: dict[str, Any]) -> None:
    server.rows("DROP INDEX measured IF EXISTS", write=True)
    text = f"CREATE VECTOR INDEX measured FOR (n:Product) ON (n.{PROPERTY}) OPTIONS $options"
    server.rows(text, {"options": {"indexConfig": settings}}, write=True)
    server.rows("CALL db.awaitIndexes(600)", query_s=600)


def _recalls(server: Any, table: Any, title: str) -> list[Measure]:
    """A product that is as near as the tenth nearest counts as found: many are equally near."""
    import numpy as np

    known = np.flatnonzero(table.any(axis=1))
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-30)
    asked = np.random.default_rng(0).choice(known, QUERIES, replace=False)
    scores = unit[asked] @ unit[known].T
    tenth = np.sort(scores, axis=1)[:, -WANTED]
    measures = []
    for k in ASKED:
        began = time.perf_counter()
        found = server.rows(SEARCH, {"vectors": table[asked].tolist(), "k": k}, query_s=120)
        took_ms = (time.perf_counter() - began) * 1000 / QUERIES
        hits = [
            min(WANTED, int((unit[rows] @ unit[asked[n]] >= tenth[n] - 1e-6).sum())) for n, (rows,) in enumerate(found)
        ]
        measures.append(Measure(f"{title}: recall@{WANTED} of k = {k}", float(np.mean(hits)) / WANTED, ""))
        measures.append(Measure(f"{title}: a query of k = {k}", took_ms, "ms"))
    return measures
