"""A server that dies or runs full while it is written or read: a clear error, and the right graph after a rerun."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.errors import StorageFull, StoreError, StoreUnavailable
from graph.log.project import project
from graph.log.sqlite import SqliteEventLog
from graph.model import EventBatch
from graph.schema import EDGES, NODES
from graph.snapshot.build import build_snapshot
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.store import Neo4jGraphStore
from graph.store.port import GraphStore
from graph.store.sqlite import SqliteGraphStore
from tests.servers.neo4j import Neo4jProcess, RunningNeo4j

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

ROWS = 50_000
CHUNK = 5_000


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    """A log with an import of 50,000 ratings in ten chunks, some pairs rated twice, and some single events after it."""
    rng = np.random.default_rng(7)
    with closing(SqliteEventLog(tmp_path / "log.sqlite", durability="normal")) as found:
        with found.bulk(["ratings.csv"], "a" * 64) as record:
            for first in range(0, ROWS, CHUNK):
                ids = [f"r{number}" for number in range(first, first + CHUNK)]
                users = [f"u{number}" for number in rng.integers(0, 2_000, CHUNK)]
                products = [f"p{number}" for number in rng.integers(0, 1_000, CHUNK)]
                values = rng.integers(1, 6, CHUNK).astype(float).tolist()
                at = rng.integers(0, 10**9, CHUNK).tolist()
                record.admit(ids, at)
                record.add_events(EventBatch("rated", ids, users, at, {"product_id": products, "value": values}))
        found.append(
            [
                {"event_id": f"f{n}", "type": "followed", "user_id": f"u{n}", "other_id": f"u{n + 1}", "at": n}
                for n in range(1000)
            ]
        )
        yield found


@contextmanager
def opened(server: RunningNeo4j) -> Iterator[Neo4jGraphStore]:
    with closing(Neo4jGraphStore(server.config())) as store:
        yield store


def held(store: GraphStore) -> dict[str, Any]:
    """All nodes with their rows, all edges, and what is counted."""
    found: dict[str, Any] = {"counts": store.counts()}
    for label in NODES:
        found[label] = [node_id for batch in store.node_ids(label) for node_id in batch]
    for key in EDGES:
        batches = list(store.edges(key))
        columns = ("source", "target", "at", "value")
        found[str(key)] = [
            np.concatenate([getattr(each, name) for each in batches]).tolist()
            for name in columns
            if batches and getattr(batches[0], name) is not None
        ]
    return found


def expected(log: SqliteEventLog, folder: Path) -> dict[str, Any]:
    with closing(SqliteGraphStore(folder / "oracle.sqlite", durability="normal")) as store:
        project(log, store)
        return held(store)


def test_a_server_killed_twice_while_it_takes_a_log_holds_the_right_graph_after_a_rerun(log, start_neo4j, tmp_path):
    running = start_neo4j()
    applied = 0

    for kill_after in (12_000, 30_000):

        def kill(count: int, kill_after: int = kill_after) -> None:
            nonlocal applied
            applied += count
            if applied >= kill_after and running.process.process.runs():
                running.process.kill()

        with pytest.raises(StoreError), opened(running) as store:  # noqa: PT012 - either may fail
            applied = 0
            project(log, store, kill)
        running.process.start()

    with opened(running) as store:
        project(log, store)
        assert held(store) == expected(log, tmp_path)
        assert project(log, store) == 0


def test_a_server_killed_while_a_snapshot_is_made_leaves_none_and_the_next_is_right(log, start_neo4j, tmp_path):
    running = start_neo4j()
    folder = tmp_path / "snapshots"
    with opened(running) as store:
        project(log, store)

        def kill(_share: float, what: str) -> None:
            if what == "actions" and running.process.process.runs():
                running.process.kill()

        with pytest.raises(StoreUnavailable):
            build_snapshot(store, folder, progress=kill)
        assert not folder.exists() or not list(folder.iterdir())
        running.process.start()
        made = build_snapshot(store, folder)
    counts = expected(log, tmp_path)["counts"]
    assert made.manifest.nodes["User"] == counts["nodes"]["User"]
    assert made.manifest.position == store_position(log)


def store_position(log: SqliteEventLog) -> str:
    *_, last = log.read(None)
    return last.position


def test_a_server_whose_disk_takes_no_more_is_full_and_holds_what_it_held(tmp_path):
    limit = 24 << 20  # no file may grow beyond, as on a disk that is full

    def no_more() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = Neo4jProcess(tmp_path, settings={"db.tx_log.preallocate": "false"})
    process.start(before=no_more)
    try:
        with closing(Neo4jServer(RunningNeo4j.of(process))) as server:
            create = "UNWIND range(1, 2000) AS i CREATE (:Thing {text: $text})"
            written = 0
            with pytest.raises(StorageFull):  # noqa: PT012 - which of them is the last is the server's affair
                for _ in range(200):
                    server.rows(create, {"text": "x" * 400}, write=True)
                    written += 2000
            with pytest.raises(StoreUnavailable, match="make room and restart"):
                server.rows(create, {"text": "x"}, write=True)
            process.kill()
            process.start()
            assert server.rows("MATCH (n:Thing) RETURN count(n)") == [(written,)]
    finally:
        process.process.kill()
