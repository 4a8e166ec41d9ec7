"""The commands that set a server up and write onto its nodes, as they are called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.app import execute
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer

pytestmark = pytest.mark.neo4j

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    neo4j_server: Neo4jConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs ``tastegraph neo4j …`` against the server: exit code, stdout, stderr."""
    monkeypatch.setenv("TASTEGRAPH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TASTEGRAPH_STORE__URL", neo4j_server.url)
    monkeypatch.setenv("TASTEGRAPH_STORE__PASSWORD", neo4j_server.password)

    def called(*arguments: str) -> tuple[int, str, str]:
        code = execute(["neo4j", *arguments])
        return code, *capsys.readouterr()

    return called


def test_check_fails_until_the_schema_is_made(run, neo4j_server):
    run("schema")
    server = Neo4jServer(neo4j_server)
    server.rows("DROP INDEX product_text", write=True)
    server.close()
    code, out, _ = run("check", "--json")
    assert (code, json.loads(out)["missing"]) == (1, ["product_text"])
    code, out, _ = run("schema", "--json")
    assert (code, json.loads(out)) == (0, {"made": ["product_text"]})
    code, out, _ = run("check")
    assert (code, out.splitlines()[-1]) == (0, "good")


def test_writing_back_needs_a_snapshot(run):
    code, out, err = run("write-back")
    assert (code, out) == (3, "")
    assert err.startswith("error[snapshot_missing]:")


@pytest.mark.parametrize("command", ["schema", "check"])
def test_a_wrong_password_is_one_clear_line(run, command, monkeypatch):
    monkeypatch.setenv("TASTEGRAPH_STORE__PASSWORD", "wrong")
    code, _, err = run(command)
    assert code == 4
    assert err.count("error[store_refused]:") == 1
