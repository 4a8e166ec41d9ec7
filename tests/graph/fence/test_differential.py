"""The two gates over the same generated queries: what the first admits, the second must find to read, or unreadable."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from graph.errors import CypherRefused
from graph.fence.check import Checked, check
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.fenced import FenceLimits, explain
from tests.graph.fence.attacks import GATE_ONE
from tests.graph.fence.readings import READINGS, VALUES

WORDS = re.compile(r"\s+|\w+|.", re.DOTALL)

SPLICED = [
    *("SET n.a = 1", "CREATE (x)", "DELETE n", "REMOVE n.a", "MERGE (x)", "DETACH", "FOREACH (x IN [1] | CREATE ())"),
    *(
        "/*",
        "*/",
        "//",
        "\n",
        "\r",
        "'",
        '"',
        "`",
        "``",
        "\\",
        "\\'",
        "\\u0027",
        ";",
        "$",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
    ),
    *(
        "-",
        "->",
        "<-",
        "--",
        "|",
        ":",
        "..",
        "=",
        "+",
        "IN TRANSACTIONS",
        "USE neo4j",
        "EXPLAIN",
        "CALL { CREATE (x) }",
    ),
    *("CALL dbms.listConfig()", "file()", "LOAD CSV FROM 'file:///x' AS l", "WITH *", "RETURN 1", "UNION", "MATCH (n)"),
    *(
        "NEXT",
        "FILTER true",
        "LET q = 1",
        "FINISH",
        "INSERT (x)",
        "WHEN true THEN",
        "ON CREATE SET n.a = 1",
        "SHOW USERS",
    ),
]


WRITING = [
    "CREATE (:X)",
    "MERGE (:X)",
    "FOREACH (i IN [1] | CREATE (:X))",
    "CALL () { CREATE (:X) }",
    "CREATE (:X) WITH *",
]


def mutant(source: random.Random, texts: list[str]) -> str:
    """A query with a word or two left out, doubled or exchanged, something put between, or a write before RETURN."""
    words = WORDS.findall(source.choice(texts))
    if source.random() < 0.2 and "RETURN" in words:
        at = words.index("RETURN")
        words[at:at] = [source.choice(WRITING), " "]
        return "".join(words)
    for _ in range(source.randint(1, 2)):
        at = source.randrange(len(words) + 1)
        match source.randrange(5):
            case 0:
                del words[at : at + 1]
            case 1:
                words[at:at] = words[at : at + 3]
            case 2:
                words[at:at] = WORDS.findall(source.choice(texts))[: source.randint(1, 12)]
            case _:
                words[at:at] = [" ", source.choice(SPLICED), " "]
    return "".join(words)


def first_gate(query: str) -> bool:
    try:
        check(query, VALUES)
    except CypherRefused:
        return False
    return True


def second_gate(server: Neo4jServer, query: str) -> str:
    """``reads``, ``unreadable`` for what the server cannot read, or the reason why it is refused."""
    try:
        explain(server, Checked(query, frozenset(), frozenset()), VALUES, FenceLimits(plan_s=20.0))
    except CypherRefused as refused:
        return "unreadable" if "does not run it" in refused.reason else refused.reason
    return "reads"


def disagreements(server: Neo4jServer, source: random.Random, count: int) -> tuple[Counter[str], list[tuple[str, str]]]:
    short = [each for each in GATE_ONE.values() if len(each) < 300]
    seen: Counter[str] = Counter()
    findings = []
    for _ in range(count):
        query = mutant(source, READINGS + short if source.random() < 0.3 else READINGS)
        admitted = first_gate(query)
        try:
            query.encode()
        except UnicodeEncodeError:
            assert not admitted
            continue
        verdict = second_gate(server, query)
        seen[
            f"{'admitted' if admitted else 'refused'}, {verdict if verdict in ('reads', 'unreadable') else 'more'}"
        ] += 1
        if admitted and verdict not in ("reads", "unreadable"):
            findings.append((query, verdict))
    return seen, findings


@pytest.mark.neo4j
@pytest.mark.parametrize("count", [150, pytest.param(5000, marks=pytest.mark.slow)])
def test_what_the_first_gate_admits_the_second_finds_to_read_or_cannot_read(neo4j_server, count):
    server = Neo4jServer(neo4j_server)
    seen, findings = disagreements(server, random.Random(count), count)
    server.close()
    assert findings == []
    assert seen["admitted, reads"] > count / 50, seen
    assert seen["refused, more"] > 0, seen


def test_mutants_are_refused_or_admitted_and_never_end_in_another_error():
    source = random.Random(7)
    texts = READINGS + [each for each in GATE_ONE.values() if len(each) < 300]
    assert {first_gate(mutant(source, texts)) for _ in range(2000)} == {True, False}
