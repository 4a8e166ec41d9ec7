"""RDF and SPARQL as a user meets them: commands, the protocol over HTTP, a stock client, and people who were erased."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import rdflib
import uvicorn
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from api.app import create_app
from api.cli import run
from api.schemas.sparql import SparqlRows
from api.settings import Settings
from api.wiring import open_service

FOLLOWED = "SELECT ?who { <urn:tastegraph:user:u-1-3> schema:follows ?who } ORDER BY ?who"
FORM = {"content-type": "application/x-www-form-urlencoded"}
DIRECT = {"content-type": "application/sparql-query"}


@dataclass(frozen=True)
class Shop:
    """A data folder of its own and a service over it, reached over the network."""

    path: Path
    url: str


@pytest.fixture(scope="module")
def shop(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    path = tmp_path_factory.mktemp("rdf") / "data"
    shutil.copytree(data, path)
    assert run(["rdf", "build", "--data", str(path)]) == 0
    service = open_service(Settings.read(data=path))
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Shop(path, f"http://127.0.0.1:{port}/v1/sparql")
    server.should_exit = True
    thread.join()
    service.sparql.close()


def people(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    SparqlRows.model_validate_json(reply.content)
    return [row["who"]["value"].rpartition(":")[2] for row in reply.json()["results"]["bindings"]]


def test_the_protocols_three_ways_to_ask_give_the_same(shop: Shop) -> None:
    asked = urlencode({"query": FOLLOWED})
    replies = [
        httpx.get(f"{shop.url}?{asked}"),
        httpx.post(shop.url, content=asked, headers=FORM),
        httpx.post(shop.url, content=FOLLOWED, headers=DIRECT),
    ]
    assert [people(each) for each in replies] == [["u-1-4", "u-1-5"]] * 3
    assert {each.headers["content-type"] for each in replies} == {"application/sparql-results+json"}


def test_the_form_of_the_answer_is_negotiated(shop: Shop) -> None:
    def asked(query: str, accept: str) -> httpx.Response:
        return httpx.get(shop.url, params={"query": query}, headers={"accept": accept})

    assert asked(FOLLOWED, "text/csv").text.splitlines()[0] == "who"
    assert asked(FOLLOWED, "application/sparql-results+xml").text.startswith("<?xml")
    turtle = asked("DESCRIBE <urn:tastegraph:user:u-1-3>", "text/turtle")
    assert len(rdflib.Graph().parse(data=turtle.text, format="turtle")) > 2
    refused = asked(FOLLOWED, "image/png")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")


def test_a_stock_client_works(shop: Shop) -> None:
    for method in ("GET", "POST", "POST_FORM"):
        graph = rdflib.Graph(store=SPARQLStore(shop.url, method=method))
        prefix = "PREFIX schema: <https://schema.org/> "
        assert [str(row[0]).rpartition(":")[2] for row in graph.query(prefix + FOLLOWED)] == ["u-1-4", "u-1-5"]
        assert bool(graph.query("ASK { <urn:tastegraph:user:u-1-3> a <https://schema.org/Person> }"))


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        ("SELECT", DIRECT, 400, "sparql_refused"),
        ("DELETE WHERE { ?s ?p ?o }", DIRECT, 400, "sparql_refused"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", DIRECT, 400, "sparql_refused"),
        ("update=CLEAR+ALL", FORM, 422, "invalid_request"),
        ("query=ASK{}&query=ASK{}", FORM, 422, "invalid_request"),
        ("ASK {}", {"content-type": "text/plain"}, 422, "invalid_request"),
        (b"\xff\xfe", DIRECT, 422, "invalid_request"),
        ("#" * 1_100_000, DIRECT, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_with_its_reason(
    shop: Shop, content: str | bytes, headers: dict[str, str], status: int, code: str
) -> None:
    reply = httpx.post(shop.url, content=content, headers=headers)
    assert reply.headers["content-type"] == "application/problem+json"
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_the_place_of_a_mistake_is_told(shop: Shop) -> None:
    body = httpx.post(shop.url, content="SELECT *\n{ ?s ?p }", headers=DIRECT).json()
    assert body["line"] == 2
    assert body["reason"].startswith("is no query of SPARQL 1.1")


def test_answers_that_are_cut_off_say_so(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_SPARQL__ROWS", "3")
    service = open_service(Settings.read(data=shutil.copytree(data, tmp_path / "data")))
    assert run(["rdf", "build", "--data", str(tmp_path / "data")]) == 0
    assert service.sparql.ask("SELECT * { ?s ?p ?o }").truncated == "rows"
    service.sparql.close()


def test_an_export_is_written_whole_or_not_at_all(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "graph.ttl"
    assert run(["rdf", "export", "--data", str(data), "--out", str(out), "--base", "https://shop.example/id/"]) == 0
    assert "https://shop.example/id/user:u-1-3" in out.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["graph.ttl"]
    assert run(["rdf", "export", "--data", str(data), "--base", "shop"]) == 1
    assert "is no IRI that ends in" in capsys.readouterr().err


def test_a_graph_goes_out_and_comes_in_by_commands(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other = tmp_path / "graph.jsonld", tmp_path / "other"
    assert run(["rdf", "export", "--data", str(data), "--format", "jsonld", "--out", str(out)]) == 0
    assert run(["rdf", "import", str(out), "--data", str(other), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["files"][0]["rejected"] == 0
    assert run(["inspect", "--data", str(data), "--json"]) == run(["inspect", "--data", str(other), "--json"]) == 0
    before, after = capsys.readouterr().out.replace("}\n{", "}\x00{").split("\x00")
    assert [json.loads(before)[each] for each in ("nodes", "edges")] == [
        json.loads(after)[each] for each in ("nodes", "edges")
    ]


def test_a_question_on_the_command_line_builds_what_it_needs(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shutil.copytree(data, tmp_path / "data")
    query = tmp_path / "question.rq"
    query.write_text(FOLLOWED, encoding="utf-8")
    assert run(["sparql", str(query), "--data", str(path), "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["urn:tastegraph:user:u-1-4", "urn:tastegraph:user:u-1-5"]
    query.write_text("DELETE WHERE { ?s ?p ?o }", encoding="utf-8")
    assert run(["sparql", str(query), "--data", str(path)]) == 3


def test_nobody_who_was_erased_is_found(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shutil.copytree(data, tmp_path / "data")
    service = open_service(Settings.read(data=path))
    assert run(["rdf", "build", "--data", str(path)]) == 0
    assert b"u-1-4" in service.sparql.ask(FOLLOWED).content
    assert run(["erase", "u-1-4", "--data", str(path)]) == 0
    query = tmp_path / "question.rq"
    query.write_text(FOLLOWED, encoding="utf-8")
    capsys.readouterr()
    assert run(["sparql", str(query), "--data", str(path), "--format", "csv"]) == 0
    assert "u-1-4" not in capsys.readouterr().out
    assert b"u-1-4" not in service.sparql.ask(FOLLOWED).content
    service.sparql.close()


def test_ontology_and_shapes_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("ontology", "shapes"):
        assert run(["rdf", part]) == 0
        assert len(rdflib.Graph().parse(data=capsys.readouterr().out, format="turtle")) > 100


def test_own_rules_are_applied_by_the_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shutil.copytree(data, tmp_path / "data")
    rules = tmp_path / "own.rq"
    rules.write_text(
        "# rule: alike\nCONSTRUCT { ?a <urn:alike> ?b } WHERE { ?a schema:category ?c . ?b schema:category ?c "
        "FILTER(?a != ?b) }\n",
        encoding="utf-8",
    )
    assert run(["rdf", "reason", "--rules", str(rules), "--data", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inferred"]["alike"] > 0
