"""The whole fence before a real server: nothing changes, nothing is read from outside, nothing goes on for long."""

from __future__ import annotations

import time

import pytest

from graph.errors import CypherRefused, StoreBusy, StoreRefused, StoreUnavailable
from graph.fence.check import Checked
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.fenced import FenceLimits, explain, run_fenced
from tests.graph.fence.attacks import COSTLY, ESCAPES, FILES, GATE_ONE, PARAMETERS, PREFIXES, SHAPE, WRITES
from tests.graph.fence.readings import READINGS, VALUES
from tests.servers.neo4j import NEWEST, Neo4jProcess, RunningNeo4j

pytestmark = pytest.mark.neo4j

LIMITS = FenceLimits(rows=100, bytes=200_000, query_s=2.0, plan_s=5.0)
BOUND_S = 20.0
"""Far above the limits: the tests share two cores with much else."""

MEMORY = {"db.memory.transaction.max": "128m", "dbms.memory.transaction.total.max": "256m"}

GRAPH = """
CREATE FULLTEXT INDEX names IF NOT EXISTS FOR (n:User) ON EACH [n.name];
CREATE VECTOR INDEX near IF NOT EXISTS FOR (n:Product) ON (n.v)
  OPTIONS {indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}};
UNWIND range(1, 60) AS i CREATE (:User {id: 'u' + i, name: CASE i % 3 WHEN 0 THEN 'Ann' ELSE 'Bo' + i END, limit: i});
UNWIND range(1, 40) AS i CREATE (:Product {id: 'p' + i, v: [1.0, i * 0.1]});
MATCH (a:User), (b:User) WHERE (a.limit + 1) % 60 = b.limit OR (a.limit * 7) % 60 = b.limit CREATE (a)-[:FOLLOWS]->(b);
MATCH (u:User), (p:Product) WHERE (u.limit + toInteger(substring(p.id, 1))) % 9 = 0
  CREATE (u)-[:RATED {value: 1.0 + u.limit % 5}]->(p);
MATCH (u:User {id: 'u1'}), (p:Product {id: 'p1'}) CREATE (u)-[:BOUGHT]->(p);
CALL db.awaitIndexes(60)
"""
"""60 users in a ring with chords who rate 40 products, an index of names and one of vectors."""

SCAR = """
CALL () { MATCH (n) RETURN count(n) AS nodes, sum(size(keys(n))) AS properties, sum(size(labels(n))) AS labels }
CALL () { MATCH ()-[r]->() RETURN count(r) AS relationships, sum(size(keys(r))) AS facts }
RETURN nodes, properties, labels, relationships, facts
"""
"""What would tell of a change."""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A server of its own, with the limits of memory that the documentation asks for."""
    process = Neo4jProcess(tmp_path_factory.mktemp("fence"), NEWEST, MEMORY)
    process.start()
    yield RunningNeo4j.of(process)
    process.kill()


@pytest.fixture(scope="module")
def server(own):
    own.empty(schema=True)
    for statement in GRAPH.split(";"):
        own.rows(statement)
    server = Neo4jServer(own.config(query_s=5.0))
    yield server
    server.close()


@pytest.fixture(scope="module")
def state(own, server):
    def look():
        schema = own.rows("SHOW INDEXES YIELD name RETURN count(*)"), own.rows("SHOW USERS YIELD user RETURN count(*)")
        return own.rows(SCAR), schema

    return look


@pytest.mark.parametrize("query", READINGS)
def test_a_reading_query_is_answered(server, query):
    answer = run_fenced(server, query, {**VALUES, "user_id": "u1"})
    assert answer.truncated is None
    assert answer.columns


def test_no_attack_gets_to_the_server_or_changes_it(server, state):
    before = state()
    for query in GATE_ONE.values():
        with pytest.raises(CypherRefused):
            run_fenced(server, query, {}, LIMITS)
    assert state() == before


def test_the_second_gate_alone_refuses_what_writes_or_reads_files(server, state):
    """As if the first gate let all of it through."""
    before = state()
    through = []
    for name, query in (WRITES | ESCAPES | PREFIXES | FILES).items():
        try:
            explain(server, Checked(query, frozenset(), frozenset()), {}, LIMITS)
            through.append(name)
        except (CypherRefused, StoreRefused, StoreBusy, StoreUnavailable):
            continue
    assert state() == before
    assert set(through) <= HARMLESS, through


HARMLESS = {
    "explain of a reading query",
    "use before match",
    "name of the file",
    "line of the file",
    "long escape",
    "line separator",
    "next line",
    "escape after a backslash",
    "dotless i",
    "escape in a backtick",
}
"""They read: the first gate refuses them for what others do by the same means."""


@pytest.mark.parametrize("value", [2**70, "\ud800", object()])
def test_a_parameter_that_cannot_be_sent_is_refused(server, value):
    with pytest.raises(CypherRefused, match="parameter"):
        run_fenced(server, "RETURN $x AS x", {"x": value})
    assert run_fenced(server, "RETURN 1").rows == [[1]]


@pytest.mark.parametrize("name", WRITES)
def test_even_past_both_gates_a_write_is_not_done(server, state, name):
    before = state()
    with pytest.raises((CypherRefused, StoreRefused, StoreUnavailable)), server.transaction(query_s=5.0) as transaction:
        transaction.rows(WRITES[name], key="name")
    assert state() == before


@pytest.mark.parametrize("name", COSTLY)
def test_what_costs_is_ended_by_a_limit_and_leaves_the_server_well(server, name):
    began = time.monotonic()
    assert outcome(server, COSTLY[name]) in ENDED
    assert time.monotonic() - began < BOUND_S
    gone = time.monotonic() + BOUND_S
    while running(server) and time.monotonic() < gone:
        time.sleep(0.2)
    assert running(server) == []


ENDED = {
    "rows",
    "bytes",
    "time",
    "it needs more memory than the server gives one query",
    "the server takes too long to plan the query",
}


def outcome(server, query):
    """What ended a query: a limit, the reason of a refusal, or nothing."""
    try:
        answer = run_fenced(server, query, {}, LIMITS)
    except CypherRefused as refused:
        return refused.reason
    assert len(answer.rows) <= LIMITS.rows
    return answer.truncated


def running(server):
    return server.rows(
        "SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery AS text "
        "WHERE NOT text STARTS WITH 'SHOW TRANSACTIONS' RETURN id, text"
    )


@pytest.mark.parametrize(("query", "values"), PARAMETERS.values(), ids=PARAMETERS)
def test_text_in_parameters_is_found_or_not_and_never_run(server, state, query, values):
    before = state()
    run_fenced(server, query, values, LIMITS)
    assert state() == before


def test_an_answer_of_as_many_rows_as_admitted_is_whole(server):
    limits = FenceLimits(rows=10)
    assert run_fenced(server, "UNWIND range(1, 10) AS x RETURN x", {}, limits).truncated is None
    cut = run_fenced(server, "UNWIND range(1, 11) AS x RETURN x", {}, limits)
    assert (cut.truncated, cut.rows) == ("rows", [[x] for x in range(1, 11)])


def test_an_answer_is_cut_at_its_bytes(server):
    cut = run_fenced(server, "UNWIND range(1, 500) AS x RETURN range(1, 2000) AS r", {}, LIMITS)
    assert cut.truncated == "bytes"
    assert cut.rows == [[list(range(1, 2001))]] * len(cut.rows)


def test_one_record_larger_than_the_limit_is_not_taken_in(server):
    cut = run_fenced(server, "UNWIND range(1, 900000) AS x RETURN collect(x) AS all", {}, LIMITS)
    assert (cut.truncated, cut.rows) == ("bytes", [])


def test_the_rows_until_the_time_was_over_are_given(server):
    query = "UNWIND range(1, 1000000000) AS x WITH x WHERE x = 1 OR x % 999999999 = 0 RETURN x"
    cut = run_fenced(server, query, {}, FenceLimits(query_s=1.0))
    assert cut.truncated == "time"
    assert cut.rows in ([], [[1]])


def test_nodes_relationships_and_paths_are_plain_and_drawn_once(server):
    query = "MATCH p = (a:User {id: 'u1'})-[r:FOLLOWS]->(b) RETURN a, r, p ORDER BY b.id"
    answer = run_fenced(server, query)
    assert answer.columns == ("a", "r", "p")
    a, r, p = answer.rows[0]
    assert (a["labels"], a["properties"]["id"], r["type"]) == (["User"], "u1", "FOLLOWS")
    assert r["start"] == a["element_id"]
    assert [len(p["nodes"]), len(p["relationships"])] == [2, 1]
    assert len(answer.drawing.nodes) == 1 + len(answer.rows)
    assert len(answer.drawing.relationships) == len(answer.rows)


def test_times_places_and_odd_numbers_are_plain(server):
    query = "RETURN date('2026-01-31'), duration('P1M'), point({x: 1, y: 2}), 0.0 / 0.0, [1, {a: 'x'}], null, true"
    assert run_fenced(server, query).rows == [
        ["2026-01-31", "P1M", {"srid": 7203, "coordinates": [1.0, 2.0]}, None, [1, {"a": "x"}], None, True]
    ]


def test_the_server_s_own_refusal_has_the_analyst_s_position(server):
    with pytest.raises(CypherRefused, match="not defined") as refused:
        run_fenced(server, "MATCH (n)\nRETURN m.id")
    assert (refused.value.line, refused.value.column) == (2, 8)
    with pytest.raises(CypherRefused, match="not defined") as refused:
        run_fenced(server, "RETURN m.id")
    assert (refused.value.line, refused.value.column) == (1, 8)
    with pytest.raises(CypherRefused, match="by zero"):
        run_fenced(server, "RETURN 1 / 0")
    with pytest.raises(CypherRefused, match="parameter"):
        run_fenced(server, "RETURN $missing")


def test_all_shapes_that_the_first_gate_bounds_are_admitted_a_little_smaller(server):
    """The bounds are where the server still keeps its limits: what just passes is answered or ended in time."""
    queries = [
        "RETURN " + "1 + " * 50 + "1",
        "RETURN " + "NOT " * 50 + "true",
        "MATCH (n) WHERE " + " OR ".join(f"(n.a{i} = 1 AND n.b{i} = 2)" for i in range(25)) + " RETURN n",
        "MATCH (a)" + "-->()" * 20 + " RETURN count(*)",
        "MATCH " + ", ".join(f"(a{i})--(a{j})" for i in range(7) for j in range(i)) + " RETURN count(*)",
        "RETURN size([x IN range(1, 900) WHERE none(y IN range(1, 900) WHERE x * y = -1)])",
        "UNWIND range(1, 4000000) AS x WITH collect(x) AS xs RETURN size([y IN xs WHERE y % 7 = 3 | y * 2])",
    ]
    assert SHAPE
    for query in queries:
        began = time.monotonic()
        assert outcome(server, query) in ENDED | {None}
        assert time.monotonic() - began < BOUND_S
        assert run_fenced(server, "RETURN 1").rows == [[1]]
