"""What an adopting mapping may say of somebody's graph: a small grammar, written anew, that can only read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.load.patterns import FUNCTIONS, Unparsable, parse_expression, parse_pattern

KNOWN = frozenset({"u", "r", "p"})


@pytest.mark.parametrize(
    ("text", "cypher", "variables"),
    [
        ("(u:User)", "(`u`:`User`)", {"u"}),
        ("(u:User)-[r:RATED]->(p:Movie)", "(`u`:`User`)-[`r`:`RATED`]->(`p`:`Movie`)", {"u", "r", "p"}),
        ("( a ) <- [ : A | B ] - (b:X:Y)", "(`a`)<-[:`A`|`B`]-(`b`:`X`:`Y`)", {"a", "b"}),
        ("(a)-[]-()-[:X]->(b:A|B)", "(`a`)-[]-()-[:`X`]->(`b`:`A`|`B`)", {"a", "b"}),
        ("(`my user`:`A``B`)", None, None),
        ("(`my user`:`Üser 2`)", "(`my user`:`Üser 2`)", {"my user"}),
        ("(match:Return)", "(`match`:`Return`)", {"match"}),
    ],
)
def test_patterns_are_written_anew(text, cypher, variables):
    if cypher is None:
        with pytest.raises(Unparsable):
            parse_pattern(text)
        return
    parsed = parse_pattern(text)
    assert (parsed.text, parsed.variables) == (cypher, variables)


@pytest.mark.parametrize(
    ("text", "cypher", "parameters"),
    [
        ("r.rating", "`r`.`rating`", {}),
        ("r.rating > 0", "`r`.`rating` > $x0", {"x0": 0}),
        ("r.`my stars` >= -1.5e2", "`r`.`my stars` >= -$x0", {"x0": 150.0}),
        ("not u.name is null and p:Movie", "NOT `u`.`name` IS NULL AND `p`:`Movie`", {}),
        (
            "u.n IN ['a', \"b'\\n\"] OR (u.x = true)",
            "`u`.`n` IN [$x0, $x1] OR (`u`.`x` = true)",
            {"x0": "a", "x1": "b'\n"},
        ),
        ("TOLOWER(u.n) STARTS WITH 'x'", "toLower(`u`.`n`) STARTS WITH $x0", {"x0": "x"}),
        ("coalesce(r.a, r.b, 0) * 2 + 1", "coalesce(`r`.`a`, `r`.`b`, $x0) * $x1 + $x2", {"x0": 0, "x1": 2, "x2": 1}),
        ("elementId(u)", "elementId(`u`)", {}),
    ],
)
def test_expressions_are_written_anew_with_their_values_as_parameters(text, cypher, parameters):
    parsed = parse_expression(text, KNOWN, "x")
    assert (parsed.text, parsed.parameters) == (cypher, parameters)


def test_names_are_collected_to_be_looked_for_on_the_server():
    found = parse_pattern("(u:User)-[r:RATED|LIKED]->(p:Movie:Film)").names
    assert (found.labels, found.types) == ({"User", "Movie", "Film"}, {"RATED", "LIKED"})
    assert parse_expression("r.a > p.b OR u:Admin", KNOWN, "x").names.properties == {"a", "b"}


PATTERN_ATTACKS = [
    "(u) DETACH DELETE (u)",
    "(u)-[r*1..9]->(p)",
    "(u {name: 'x'})",
    "(u) RETURN u //",
    "(u) WHERE true SET u.x = 1",
    "(u), (p)",
    "(u)-->(p)",
    "(u)<-[r]->(p)",
    "(u:`A`) CALL db.labels()",
    "(u:A`) DELETE (u)",
    "(u:\\u0060A)",
    "(u:$(x))",
    "(u:A&B|C)",
    "shortestPath((u)-[]-(p))",
    "(u) /* */",
    "",
    "(u",
    "(u)-[]->" * 9 + "(p)",
    "(" + "a" * 3000 + ")",
]
EXPRESSION_ATTACKS = [
    "true RETURN 1 UNION MATCH (n) DETACH DELETE n RETURN 1",
    "r.x = 1 SET r.x = 2",
    "EXISTS { CREATE (n) }",
    "count { MATCH (n) RETURN n }",
    "[x IN [1] | x]",
    "apoc.cypher.run('CREATE (n)', {})",
    "load(u)",
    "file('x')",
    "u { .* }",
    "u['x']",
    "$parameter",
    "q.name",
    "u.name; MATCH (n)",
    "u.name /* x */",
    "u.name // x",
    "u.`a``b`",
    "u.`a\\u0060b`",
    "'a\\u0027 OR true'",
    "'a' 'b'",
    "'open",
    "1 = 1 = 1",
    "u.name =~ 'x'",
    "reduce(a = 0, x IN [1] | a + x)",
    "CASE WHEN true THEN 1 END",
    "(" * 40 + "1" + ")" * 40,
    "NOT " * 900 + "true and",
    "",
]


@pytest.mark.parametrize("text", PATTERN_ATTACKS)
def test_what_is_more_than_a_pattern_is_refused(text):
    with pytest.raises(Unparsable):
        parse_pattern(text)


@pytest.mark.parametrize("text", EXPRESSION_ATTACKS)
def test_what_is_more_than_an_expression_is_refused(text):
    with pytest.raises(Unparsable):
        parse_expression(text, KNOWN, "x")


WORDS = st.sampled_from(
    [
        *("u", "r", "p", "x", "1", "2.5", "'t'", "size", "AND", "NOT", "IN", "RETURN", "DELETE", "CREATE", "$p", " "),
        *(
            ".",
            "(",
            ")",
            "[",
            "]",
            ",",
            "'",
            "`",
            "\\",
            "=",
            "<",
            "-",
            "->",
            "<-",
            ":",
            "|",
            "{",
            "}",
            ";",
            "/",
            "*",
            "//",
        ),
    ]
)
SAFE = re.compile(
    r"(`[^`\\]*`|\$x\d+|[(),:.|&=<>+*/%\[\]-]|AND|OR|XOR|NOT|IN|CONTAINS|STARTS|ENDS|WITH|IS|NULL|true|false|null|\s|"
    + "|".join(FUNCTIONS)
    + ")*"
)


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=30))
def test_nothing_comes_out_but_quoted_names_parameters_and_the_grammars_own_words(text):
    for parse in (lambda: parse_pattern(text), lambda: parse_expression(text, KNOWN, "x")):
        try:
            parsed = parse()
        except Unparsable:
            continue
        assert SAFE.fullmatch(parsed.text)
        assert "//" not in parsed.text
        assert "/*" not in parsed.text
