"""Questions in Cypher as analysts ask them: over HTTP and on the command line, of a real server."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from api.app import create_app
from api.cli import run
from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, load_source
from api.wiring import open_service
from tests.api.conftest import ODD_USER, PEOPLE, RATED, Reader
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

Post = Callable[[str, Any], httpx.Response]
PLAIN = {"actions": ["RATED"], "limit": 5}
TOO_MANY = "UNWIND range(1, 100000) AS n RETURN n"


@pytest.fixture(scope="module")
def environment(neo4j_server: RunningNeo4j, tmp_path_factory: pytest.TempPathFactory, mapping: Path) -> dict[str, str]:
    """The settings of a folder whose graph is on the server."""
    neo4j_server.empty()
    environment = {
        "TASTEGRAPH_DATA": str(tmp_path_factory.mktemp("asked") / "data"),
        "TASTEGRAPH_STORE__ENGINE": "neo4j",
        "TASTEGRAPH_STORE__URL": neo4j_server.url,
        "TASTEGRAPH_STORE__PASSWORD": neo4j_server.password,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        folder = open_folder(Settings())
        load_source(str(mapping), folder, Settings())
        build_current(folder)
    return environment


@pytest.fixture
def asked(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def reader(environment: dict[str, str]) -> Iterator[Reader]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        service = open_service(Settings())
    yield Reader(create_app(service))
    service.asker.close()


@pytest.fixture(scope="module")
def post(reader: Reader) -> Post:
    return lambda path, body: reader.get(path, "POST", body)


def test_a_named_query_answers_with_its_columns(post: Post) -> None:
    answer = post("/v1/queries/friends_purchases", {"parameters": {"user_id": ODD_USER, **PLAIN}})
    assert answer.status_code == 200
    body = answer.json()
    assert body["columns"] == ["product_id", "title", "friends", "last_at"]
    assert [row[0] for row in body["rows"]] == ["p-0-4", "p-0-5"]  # what the next two rated and they did not
    assert body["truncated"] is None


def test_pages_follow_one_another_and_say_when_there_is_more(post: Post) -> None:
    whole = post("/v1/queries/rising_products", {"parameters": {"actions": ["RATED"]}, "limit": 100}).json()
    assert (len(whole["rows"]) > 6, whole["truncated"]) == (True, None)
    pages = []
    while not pages or pages[-1]["truncated"] == "rows":
        body = {"parameters": {"actions": ["RATED"]}, "limit": 5, "offset": 5 * len(pages)}
        pages.append(post("/v1/queries/rising_products", body).json())
    assert [page["offset"] for page in pages] == list(range(0, len(whole["rows"]), 5))
    assert [row for page in pages for row in page["rows"]] == whole["rows"]


def test_the_plan_comes_on_request(post: Post) -> None:
    body = {"parameters": {"user_id": ODD_USER}, "plan": True}
    plan = post("/v1/queries/friends_purchases", body).json()["plan"]
    assert plan["operator"].startswith("ProduceResults")
    assert "NodeUniqueIndexSeek" in json.dumps(plan)


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "said"),
    [
        ("/v1/queries/nothing", {}, 404, "unknown_query", "nothing"),
        ("/v1/queries/friends_purchases", {}, 422, "invalid_value", "user_id"),
        ("/v1/queries/friends_purchases", {"parameters": {"user_id": 7}}, 422, "invalid_value", "user_id"),
        ("/v1/queries/friends_purchases", {"parameters": {"user_id": "a", "x": 1}}, 422, "invalid_value", "x"),
        ("/v1/queries/rising_products", {"offset": 9000}, 422, "invalid_value", "offset"),
        ("/v1/cypher", {"query": "MATCH (n) DETACH DELETE n"}, 422, "cypher_refused", "DETACH is refused"),
        ("/v1/cypher", {"query": "RETURN"}, 422, "cypher_refused", ""),
        ("/v1/cypher", {"queries": "RETURN 1"}, 422, "invalid_request", "query"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_problem(post: Post, path: str, body: Any, status: int, code: str, said: str):
    answer = post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert said in answer.text
    if code == "cypher_refused":
        assert answer.json()["line"] == 1
        assert answer.json()["column"] >= 1
        assert answer.json()["reason"]


def test_own_cypher_answers_with_records_or_a_drawing(post: Post) -> None:
    query = "MATCH (a:User {id: $id})-[r:FOLLOWS]->(b:User) RETURN a, r, b.id AS id ORDER BY id"
    body = post("/v1/cypher", {"query": query, "parameters": {"id": "u-1-0"}, "graph": True}).json()
    assert [row[2] for row in body["rows"]] == ["u-1-1", "u-1-2"]
    assert [node["properties"]["id"] for node in body["graph"]["nodes"]] == ["u-1-0"]
    assert [each["type"] for each in body["graph"]["relationships"]] == ["FOLLOWS", "FOLLOWS"]


def test_an_answer_tells_what_was_cut(post: Post) -> None:
    body = post("/v1/cypher", {"query": TOO_MANY, "limit": 3}).json()
    assert (body["rows"], body["truncated"]) == ([[1], [2], [3]], "rows")


def test_own_cypher_cannot_change_the_graph(post: Post, neo4j_server: RunningNeo4j) -> None:
    before = neo4j_server.rows("MATCH (n) RETURN count(n)")
    for query in ("CREATE (n)", "MERGE (n:User {id: 'x'}) RETURN n", "CALL { CREATE (n) } RETURN 1"):
        assert post("/v1/cypher", {"query": query}).status_code == 422
    assert neo4j_server.rows("MATCH (n) RETURN count(n)") == before


def test_the_command_line_asks_the_same(asked: None, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = ["cypher", "run", "friends_purchases", "-p", f"user_id={ODD_USER}", "-p", 'actions=["RATED"]']
    assert run([*given, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row[0] for row in answer["rows"]] == ["p-0-4", "p-0-5"]
    assert run([*given, "--format", "csv"]) == 0
    read = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["product_id"] for row in read] == ["p-0-4", "p-0-5"]
    assert run([*given, "--format", "parquet", "--out", str(tmp_path / "found.parquet")]) == 0
    assert pq.read_table(tmp_path / "found.parquet")["product_id"].to_pylist() == ["p-0-4", "p-0-5"]
    assert run(given) == 0
    assert "p-0-4" in capsys.readouterr().out
    assert run([*given, "--limit", "1", "--format", "csv"]) == 0
    assert "--offset 1 shows the next" in capsys.readouterr().err
    assert run([*given, "--limit", "1", "--offset", "1", "--format", "csv"]) == 0
    assert "p-0-5" in capsys.readouterr().out
    assert run([*given, "--plan"]) == 0
    assert json.loads(capsys.readouterr().out)["operator"].startswith("ProduceResults")


def test_own_cypher_comes_on_standard_input(
    asked: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "MATCH (:User {id: $id})-[:RATED]->(p:Product) RETURN count(p) AS n"
    monkeypatch.setattr("sys.stdin", io.StringIO(query))
    assert run(["cypher", "run", "-", "-p", "id=u-1-0", "--format", "csv"]) == 0
    assert capsys.readouterr().out.split() == ["n", str(RATED)]
    monkeypatch.setattr("sys.stdin", io.StringIO("MATCH (n)\nSET n.x = 1"))
    assert run(["cypher", "run", "-"]) == 3
    assert "line 2" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(TOO_MANY))
    assert run(["cypher", "run", "-", "--limit", "2", "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert said.out.split() == ["n", "1", "2"]
    assert "cut" in said.err


def test_people_is_what_the_graph_has(post: Post) -> None:
    body = post("/v1/cypher", {"query": "MATCH (u:User) RETURN count(u) AS people"}).json()
    assert body["rows"] == [[3 * PEOPLE]]
