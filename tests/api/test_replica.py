"""A read-only server for analysts, out of a Neo4j that somebody unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli import run
from graph.errors import InvalidValue, StoreError
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.replica import ReplicaHome
from tests.servers.neo4j import unpacked
from tests.servers.process import free_port

Printed = pytest.CaptureFixture[str]
PASSWORD = "readers-of-ours"
REFUSED = (
    "CREATE (n:X)",
    "MATCH (u:User) SET u.x = 1",
    "MATCH (u:User) DETACH DELETE u",
    "CREATE INDEX foo FOR (n:X) ON (n.y)",
    "CALL db.createLabel('X')",
    "LOAD CSV FROM 'file:///etc/hostname' AS line RETURN line",
    "LOAD CSV FROM 'http://127.0.0.1:{http}/' AS line RETURN line",
    "UNWIND range(1, 100000000) AS n WITH collect(n) AS all RETURN size(all)",
    "CALL apoc.load.json('file:///etc/hostname')",
    "CALL dbms.setConfigValue('server.databases.default_to_read_only', 'false')",
)


@pytest.fixture
def home(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplicaHome]:
    found = ReplicaHome(unpacked(tmp_path / "home"), free_port(), free_port(), PASSWORD)
    monkeypatch.setenv("TASTEGRAPH_DATA", str(data))
    monkeypatch.setenv("TASTEGRAPH_REPLICA__PASSWORD", PASSWORD)
    monkeypatch.setenv("TASTEGRAPH_REPLICA__BOLT_PORT", str(found.bolt_port))
    monkeypatch.setenv("TASTEGRAPH_REPLICA__HTTP_PORT", str(found.http_port))
    yield found
    found.stop()


@pytest.mark.neo4j
@pytest.mark.slow
def test_it_holds_the_graph_can_be_asked_anything_and_changes_nothing(home: ReplicaHome, capsys: Printed) -> None:
    assert run(["neo4j", "replica", str(home.path)]) == 0
    assert capsys.readouterr().out.startswith(home.config.url)
    server = Neo4jServer(home.config)
    counts = "MATCH (u:User) RETURN count(u), count(u.pagerank), count(u.embedding_spectral)"
    assert server.rows(counts) == [(24, 24, 24)]
    nearest = """MATCH (p:Product) WITH p LIMIT 1
    CALL db.index.vector.queryNodes('product_embedding_spectral', 3, p.embedding_spectral) YIELD node RETURN node.id"""
    assert len(server.rows(nearest)) == 3
    before = server.rows("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n), count(r)")
    for query in REFUSED:
        with pytest.raises(StoreError):
            server.rows(query.format(http=home.http_port), write=True)
    assert server.rows("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n), count(r)") == before
    server.close()
    assert run(["neo4j", "replica", str(home.path), "--json"]) == 0  # and again, while it runs


@pytest.mark.neo4j
@pytest.mark.slow
def test_what_fails_on_the_way_leaves_nothing_that_can_be_written_to(home: ReplicaHome, tmp_path: Path) -> None:
    home.configure(read_only=False)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "import.sh").write_text("#!/bin/sh\necho no such file >&2; exit 3\n")
    (tmp_path / "files" / "import.sh").chmod(0o755)
    with pytest.raises(StoreError, match="ended with 3: no such file"):
        home.refresh(tmp_path / "files", lambda _: None)
    assert "server.databases.default_to_read_only=true" in (home.path / "conf" / "neo4j.conf").read_text()


def fake_home(folder: Path, conf: str = "") -> ReplicaHome:
    for name in ("bin/neo4j", "bin/neo4j-admin", "conf/neo4j.conf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(conf)
    return ReplicaHome(folder, 7688, 7475, PASSWORD)


def test_its_settings_stand_once_however_often_they_are_written(tmp_path: Path) -> None:
    conf = (
        "server.memory.heap.max_size=1g\n server.bolt.listen_address = :7687\n#server.default_listen_address=0.0.0.0\n"
    )
    home = fake_home(tmp_path, conf)
    home.configure(read_only=False)
    home.configure(read_only=True)
    lines = (tmp_path / "conf" / "neo4j.conf").read_text().splitlines()
    in_force = [line.partition("=")[0].strip() for line in lines if not line.startswith("#")]
    assert len(in_force) == len(set(in_force))
    assert lines[0] == "server.memory.heap.max_size=1g"
    assert "server.bolt.listen_address=127.0.0.1:7688" in lines
    assert "server.databases.default_to_read_only=true" in lines


def test_a_folder_without_a_neo4j_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="bin/neo4j"):
        ReplicaHome(tmp_path, 1, 2, PASSWORD)


@pytest.mark.parametrize("password", ["", "short"])
def test_a_password_must_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed, password: str
) -> None:
    fake_home(tmp_path)
    monkeypatch.setenv("TASTEGRAPH_REPLICA__PASSWORD", password)
    assert run(["neo4j", "replica", str(tmp_path)]) != 0
    assert "TASTEGRAPH_REPLICA__PASSWORD" in capsys.readouterr().err
