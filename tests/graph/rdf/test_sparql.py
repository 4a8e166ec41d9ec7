"""Questions in SPARQL: answered by the statements, bounded, and asking nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import rdflib

from graph.errors import InvalidValue, SparqlNotBuilt, SparqlRefused, SparqlStopped
from graph.folder import DataFolder
from graph.log.project import project
from graph.rdf.guard import check_query
from graph.rdf.knowledge import build_knowledge, current_knowledge, drop_knowledge
from graph.rdf.results import Limits, chosen
from graph.rdf.sparql import Sparql, with_prefixes

PEOPLE, PRODUCTS = 30, 20

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
"""rdflib's own reader of JSON-LD uses it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Thirty people in a ring; each likes two of twenty products, which are of two brands and one material."""
    data = DataFolder(tmp_path_factory.mktemp("sparql") / "data")
    events = [
        {"type": "product", "product_id": f"p{n}", "properties": {"title": f"Thing {n}", "brand": f"b{n % 2}",
         "related": {"wiki": {"made of": ["Entity:oak"]}} if n % 2 else None}}
        for n in range(PRODUCTS)
    ]  # fmt: skip
    events += [{"type": "followed", "user_id": f"u{n}", "other_id": f"u{(n + 1) % PEOPLE}"} for n in range(PEOPLE)]
    liked = [(n, (n + step) % PRODUCTS) for n in range(PEOPLE) for step in (0, 1)]
    events += [{"type": "liked", "user_id": f"u{n}", "product_id": f"p{m}"} for n, m in liked]
    with data.owned(), closing(data.open_log()) as log, closing(data.open_store()) as store:
        log.append([{"event_id": f"e{n}", "at": n + 1, **event} for n, event in enumerate(events)])
        project(log, store)
        build_knowledge(data, store)
    return data


@pytest.fixture(scope="module")
def asker(folder: DataFolder) -> Iterator[Sparql]:
    with closing(Sparql(folder, Limits(rows=50, query_s=4.0))) as found:
        yield found


def rows(asker: Sparql, query: str) -> list[dict[str, str]]:
    answer = json.loads(asker.ask(query).content)
    return [{name: cell["value"] for name, cell in row.items()} for row in answer["results"]["bindings"]]


def test_a_question_through_people_products_brands_and_knowledge(asker):
    found = rows(asker, """
        SELECT ?brand (COUNT(*) AS ?n) WHERE {
          <urn:tastegraph:user:u3> schema:follows/tg:liked ?product . ?product schema:brand ?brand
        } GROUP BY ?brand ORDER BY ?brand""")  # fmt: skip
    assert found == [{"brand": "urn:tastegraph:brand:b0", "n": "1"}, {"brand": "urn:tastegraph:brand:b1", "n": "1"}]
    made = "SELECT (COUNT(*) AS ?n) { ?p <urn:tastegraph:predicate:made%20of> <urn:tastegraph:entity:oak> }"
    assert rows(asker, made) == [{"n": str(PRODUCTS // 2)}]


def test_the_origin_of_knowledge_is_the_graph_that_it_stands_in(asker):
    found = rows(asker, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    assert found == [{"g": "urn:tastegraph:origin:wiki"}]
    only = asker.ask("ASK { ?p a schema:Product }", default_graphs=("urn:tastegraph:origin:wiki",))
    assert json.loads(only.content)["boolean"] is False


@pytest.mark.parametrize(
    ("accept", "media_type", "begins"),
    [
        ("", "application/sparql-results+json", b"{"),
        ("text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml", b"<?xml"),
        ("text/csv", "text/csv; charset=utf-8", b"title\r\nThing 1\r\n"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8", b'?title\n"Thing 1"\n'),
    ],
)
def test_rows_come_in_the_form_that_is_wanted(asker, accept, media_type, begins):
    answer = asker.ask("SELECT ?title { <urn:tastegraph:product:p1> schema:name ?title }", accept=accept)
    assert answer.media_type == media_type
    assert answer.content.startswith(begins)


@pytest.mark.parametrize(
    "accept", ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"]
)
def test_statements_come_in_the_form_that_is_wanted(asker, accept):
    answer = asker.ask("CONSTRUCT WHERE { <urn:tastegraph:product:p1> ?p ?o }", accept=accept)
    graph = rdflib.Graph().parse(data=answer.content, format=answer.media_type)
    assert (
        rdflib.URIRef("urn:tastegraph:product:p1"),
        rdflib.URIRef("https://schema.org/name"),
        rdflib.Literal("Thing 1"),
    ) in graph


def test_a_form_that_nothing_can_be_written_in_is_refused(asker):
    with pytest.raises(InvalidValue, match="image/png"):
        asker.ask("ASK { ?s ?p ?o }", accept="image/png")


def test_answers_end_at_the_limit_and_say_so(asker):
    answer = asker.ask("SELECT * { ?s ?p ?o }")
    assert answer.truncated == "rows"
    assert len(json.loads(answer.content)["results"]["bindings"]) == 50
    assert asker.ask("SELECT * { ?s ?p ?o } LIMIT 50").truncated is None


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_answered(asker):
    with pytest.raises(SparqlStopped, match=r"4 seconds|memory"):
        asker.ask("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
    assert json.loads(asker.ask("ASK { ?s ?p ?o }").content)["boolean"] is True


def test_a_query_that_takes_too_much_memory_is_stopped(folder):
    with closing(Sparql(folder, Limits(memory_bytes=300 << 20, query_s=30.0))) as small:
        with pytest.raises(SparqlStopped, match="300 MiB"):
            small.ask("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d ?g")
        assert json.loads(small.ask("ASK { ?s ?p ?o }").content)["boolean"] is True


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { # ' \n SERVICE ?where { ?s ?p ?o } }",
        'SELECT * { ?s ?p "x" . SeRvIcE <http://x/> { ?s ?p "y" } }',
        "SELECT * { ?s ?p ?o FILTER(?o < 3 && EXISTS { SERVICE <http://x/> { ?s ?p ?q } }) }",
        "SELECT * { { SELECT * { SERVICE<http://x/>{ ?s ?p ?o } } } }",
        "SELECT * { \\u0053ERVICE <http://x/> { ?s ?p ?o } }",
        "DELETE WHERE { ?s ?p ?o }",
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "LOAD <http://127.0.0.1:1/>",
        "CLEAR ALL",
        "SELECT * { ?s ?p ?o }; DELETE WHERE { ?s ?p ?o }",
        "SELECT * {",
        "",
        "SELECT * { ?s ?p ?o } " + "#" * 100_001,
        "SELECT * {" + "{" * 5_000 + "}" * 5_000 + "}",
    ],
)
def test_what_is_no_reading_query_of_this_graph_is_refused(asker, query):
    with pytest.raises(SparqlRefused):
        asker.ask(query)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s schema:name "SERVICE" }',
        "SELECT ?service { ?service a schema:Service }",
        "SELECT * { ?s <urn:SERVICE> ?o } # SERVICE",
        "SELECT * { ?s ?p 'its' . ?s schema:SERVICE ?o }",
        'SELECT * { ?s ?p """a "SERVICE" of""" }',
    ],
)
def test_the_word_service_elsewhere_is_no_service(query):
    check_query(with_prefixes(query))


def test_known_prefixes_need_no_declaration_and_declared_ones_stand():
    assert with_prefixes("ASK { ?s schema:name ?o }").startswith("PREFIX schema: <https://schema.org/>")
    own = "PREFIX schema: <http://schema.org/> ASK { ?s schema:name ?o }"
    assert with_prefixes(own) == own


def test_the_best_media_type_is_chosen():
    offered = ("a/json", "a/xml", "text/csv")
    assert chosen("", offered) == "a/json"
    assert chosen("text/*;q=0.1, a/xml;q=0.5", offered) == "a/xml"
    assert chosen("*/*, text/csv", offered) == "text/csv"
    assert chosen("a/json;q=0, */*;q=0.2", offered) in ("a/xml", "text/csv", "a/json")
    assert chosen("image/png", offered) is None


def test_rdflib_asks_the_same_statements(folder):
    graph = current_knowledge(folder).as_rdflib()
    found = graph.query("SELECT ?n { <urn:tastegraph:product:p1> <https://schema.org/name> ?n }")
    assert [str(row[0]) for row in found] == ["Thing 1"]


def test_without_statements_a_question_says_how_to_build_them(tmp_path, folder):
    empty = DataFolder(tmp_path / "data")
    with closing(Sparql(empty, Limits())) as asker, pytest.raises(SparqlNotBuilt, match="tastegraph rdf build"):
        asker.ask("ASK { ?s ?p ?o }")


def test_statements_built_anew_are_asked_at_once_and_dropped_ones_no_more(tmp_path):
    data = DataFolder(tmp_path / "data")
    with data.owned(), closing(data.open_log()) as log, closing(data.open_store()) as store:
        build_knowledge(data, store)
        with closing(Sparql(data, Limits())) as asker:
            ask = "ASK { <urn:tastegraph:user:u1> schema:follows ?other }"
            assert json.loads(asker.ask(ask).content)["boolean"] is False
            log.append([{"event_id": "e", "at": 1, "type": "followed", "user_id": "u1", "other_id": "u2"}])
            project(log, store)
            build_knowledge(data, store)
            assert json.loads(asker.ask(ask).content)["boolean"] is True
            assert len(list(Path(data.rdf).glob("*/"))) == 1
            drop_knowledge(data)
            with pytest.raises(SparqlNotBuilt):
                asker.ask(ask)
