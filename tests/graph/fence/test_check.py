"""The first gate, which needs no server."""

from __future__ import annotations

import re
import time

import pytest

from graph.errors import CypherRefused
from graph.fence.allowed import MAX_LENGTH
from graph.fence.check import check
from graph.queries import catalogue
from tests.graph.fence.attacks import COSTLY, GATE_ONE, PARAMETERS, WRITES
from tests.graph.fence.readings import READINGS, VALUES

ATTACKS = [pytest.param(query, id=name) for name, query in GATE_ONE.items()]


@pytest.mark.parametrize("query", ATTACKS)
def test_an_attack_is_refused(query):
    with pytest.raises(CypherRefused) as refused:
        check(query)
    assert refused.value.reason


@pytest.mark.parametrize("query", READINGS)
def test_a_reading_query_passes(query):
    assert check(query, VALUES).text == query


@pytest.mark.parametrize("query", COSTLY.values(), ids=COSTLY)
def test_what_only_costs_is_left_to_the_limits(query):
    check(query)


@pytest.mark.parametrize(("query", "values"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_are_values_and_nothing_else(query, values):
    assert check(query, values).text == query


def test_the_corpora_are_as_large_as_promised():
    assert len(GATE_ONE) >= 80
    assert len(READINGS) >= 60


def test_the_queries_of_the_catalogue_pass():
    names = [name for name, each in catalogue().items() if each.folder in ("analyse", "traverse")]
    assert names
    for name in names:
        check(catalogue()[name].text, {})


@pytest.mark.parametrize(
    ("query", "line", "column", "word"),
    [
        ("MATCH (n)\n  SET n.a = 1", 2, 3, "SET"),
        ("MATCH (n)\r\nDETACH DELETE n", 2, 1, "DETACH"),
        ("RETURN apoc.load.json('x')", 1, 8, "apoc.load.json"),
        ("MATCH (a)\nCALL dbms.listConfig()", 2, 6, "dbms.listConfig"),
        ("RETURN 'a\\u0027'", 1, 10, "\\u"),
        ("RETURN 1;\nRETURN 2", 2, 1, "RETURN"),
        ("RETURN 'x", 1, 8, "no end"),
        ("MATCH (a)-[*]->(b) RETURN b", 1, 12, "without an end"),
        ("LOAD CSV FROM 'x' AS l RETURN l", 1, 1, "files or the network"),
    ],
)
def test_a_refusal_says_where_and_why(query, line, column, word):
    with pytest.raises(CypherRefused, match=re.escape(word)) as refused:
        check(query)
    assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize("query", WRITES.values(), ids=WRITES)
def test_a_write_is_refused_after_any_reading_query(query):
    with pytest.raises(CypherRefused):
        check("MATCH (x) WITH x LIMIT 1\n" + query)


def test_a_regular_expression_may_come_as_a_parameter_and_is_looked_at():
    query = "MATCH (n) WHERE n.id =~ $expression RETURN n"
    check(query, {"expression": "(?i)a.*"})
    for bad in ("(a+)+", "(a|b)*", ".*a.*b.*", "(?=a)", "\\d+", 3, None):
        with pytest.raises(CypherRefused):
            check(query, {"expression": bad})


def test_long_lists_as_parameters_are_not_for_loops_in_loops():
    query = "RETURN [x IN $a | [y IN $b | x + y]] AS all"
    check(query, {"a": [1, 2], "b": [3]})
    with pytest.raises(CypherRefused, match="small list"):
        check(query, {"a": [1, 2], "b": list(range(2000))})


def test_the_longest_queries_are_looked_at_within_a_second():
    check("RETURN 1")
    began = time.perf_counter()
    for filling in ("(", "[", "{a: ", "RETURN 1 UNION ", "-[", "NOT ", "'", "`a ", "/*", "a.", "1..", "\\"):
        text = (filling * MAX_LENGTH)[:MAX_LENGTH]
        with pytest.raises(CypherRefused):
            check("RETURN " + text[:-8])
    assert time.perf_counter() - began < 12
