"""A load whose store is a Neo4j server: the log has it first, and whatever happens then, the server gets there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph.errors import StoreBehind, StoreUnavailable
from graph.folder import DataFolder, StoreEngine
from graph.load import load
from graph.log.project import project
from graph.store.neo4j.connection import Neo4jConfig
from graph.store.neo4j.store import Neo4jGraphStore
from graph.store.port import GraphStore
from tests.graph.load.conftest import RATINGS
from tests.oracles.plain_graph import read_out
from tests.servers.neo4j import RunningNeo4j

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROWS = 60_000
PEOPLE, PRODUCTS = 400, 331
"""Without a common divisor, so that no pair comes twice."""


def on(config: Neo4jConfig) -> StoreEngine:
    def engine(_path: Path, /, *, durability: str, read_only: bool) -> Neo4jGraphStore:
        return Neo4jGraphStore(config, read_only=read_only)

    return engine


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Ratings that make four chunks."""
    lines = "".join(f"u{n % PEOPLE},p{n % PRODUCTS},{n % 5 + 1}\n" for n in range(ROWS))
    (tmp_path / "ratings.csv").write_text("user,product,stars\n" + lines)
    (tmp_path / "mapping.toml").write_text(RATINGS)
    return tmp_path


def rows_of(store: GraphStore, label: str) -> list[Any]:
    return [each for batch in store.node_ids(label) for each in batch]


def assert_same(left: DataFolder, right: DataFolder) -> None:
    with closing(left.open_store()) as one, closing(right.open_store()) as other:
        assert one.counts() == other.counts()
        assert [rows_of(one, label) for label in ("User", "Product")] == [
            rows_of(other, label) for label in ("User", "Product")
        ]
        assert read_out(one) == read_out(other)


LOAD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from graph.folder import DataFolder
from graph.load import load
from graph.store.neo4j.connection import Neo4jConfig
from tests.graph.load.test_load_neo4j import on
path, url, user, password = sys.argv[1:]
folder = DataFolder(Path(path) / "data", on(Neo4jConfig(url, user, password)))
print("began", flush=True)
load(Path(path) / "mapping.toml", folder, now=datetime(2026, 11, 22, tzinfo=UTC),
     progress=lambda done, note: print(done, note, flush=True))
"""


def test_a_load_that_is_killed_again_and_again_ends_in_the_graph_of_the_embedded_store(
    neo4j_server: RunningNeo4j, files: Path
):
    neo4j_server.empty()
    config = neo4j_server.config(query_s=30.0, acquire_s=30.0)
    rng = random.Random(0)
    for after in (2, rng.randint(4, 6), rng.randint(4, 6)):
        command = [sys.executable, "-c", textwrap.dedent(LOAD), str(files), config.url, config.user, config.password]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout as told:
            for _ in range(after):
                told.readline()
            process.send_signal(signal.SIGKILL)
        process.wait()
    folder = DataFolder(files / "data", on(config))
    load(files / "mapping.toml", folder, now=NOW)
    with closing(folder.open_log()) as log, closing(folder.open_store()) as store:
        assert store.position() == log.last_position()
        assert store.counts()["edges"] == {"RATED": ROWS}
    embedded = DataFolder(files / "embedded")
    load(files / "mapping.toml", embedded, now=NOW)
    assert_same(folder, embedded)


def test_a_server_that_goes_away_leaves_the_load_in_the_log_and_another_engine_takes_it(start_neo4j, files: Path):
    server = start_neo4j()
    config = server.config(connect_s=2.0, query_s=10.0)
    folder = DataFolder(files / "data", on(config))

    def kill(_done: float, note: str) -> None:
        if note.startswith("writing to the store"):
            server.process.kill()

    with pytest.raises(StoreBehind, match=r"ratings\.csv is kept in the log"):
        load(files / "mapping.toml", folder, now=NOW, progress=kill)
    with pytest.raises(StoreUnavailable):
        load(files / "mapping.toml", folder, now=NOW)
    embedded = DataFolder(files / "data")
    with closing(embedded.open_log()) as log, closing(embedded.open_store()) as store:
        assert project(log, store) == ROWS
        assert store.counts()["edges"] == {"RATED": ROWS}
    server.process.start()
    load(files / "mapping.toml", folder, now=NOW)
    assert_same(folder, embedded)
