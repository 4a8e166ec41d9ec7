"""What a query that the grammar admits may still not do: call foreign code, follow endless paths, match wildly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lark import Token, Tree

from graph.errors import CypherRefused
from graph.fence.allowed import (
    FUNCTIONS,
    MAX_HOPS,
    MAX_OPERATORS,
    MAX_RELATIONSHIPS,
    MAX_REPEATS,
    MAX_TURNS,
    PROCEDURES,
)
from graph.fence.tokens import refused, whole

REGEX: Final = (
    f"a regular expression may have at most {MAX_REPEATS} repeats, none of a group, and no backslash; "
    "CONTAINS, STARTS WITH and ENDS WITH do without"
)
CONNECTIVES: Final = frozenset({"expr", "conjunction"})
SHORTEST: Final = frozenset({"shortestpath", "allshortestpaths"})

Node = Tree[Token]
Values = Mapping[str, Any]


def inspect(tree: Node, parameters: Values) -> tuple[frozenset[str], frozenset[str]]:
    """Look at every call, path and regular expression.

    Returns:
        The functions and the procedures that are called.

    Raises:
        CypherRefused: one of them is not admitted.
    """
    shortest = {id(each) for whole in tree.find_pred(_is_shortest) for each in whole.iter_subtrees()}
    _size(tree)
    functions, procedures = set(), set()
    for node in tree.iter_subtrees():
        match node.data:
            case "function":
                functions.add(_function(_first(node)))
            case "shortest_path":
                _shortest_path(node)
            case "procedure" | "bare_procedure":
                procedures.add(_procedure(node))
            case "matches":
                _pattern(node, parameters)
            case "length" | "length_range" | "endless" | "at_least" | "times" | "at_most" if id(node) not in shortest:
                _span(node)
    return frozenset(functions), frozenset(procedures)


def _size(tree: Node) -> None:
    """Refuse what the server plans for too long: it looks at its time limit seldom while it plans."""
    relationships = list(tree.find_data("relationship"))
    if len(relationships) > MAX_RELATIONSHIPS:
        raise _at(relationships[-1], f"the patterns have more than {MAX_RELATIONSHIPS} relationships")
    waiting = [(tree, 0, "", 0)]
    exclusive = 0
    while waiting:
        node, depth, last, turns = waiting.pop()
        kind = node.data if node.data in CONNECTIVES else last
        turns += bool(last) and kind != last
        exclusive += node.data == "xor"
        if depth > MAX_OPERATORS:
            raise _at(node, f"operators and brackets stand more than {MAX_OPERATORS} on top of one another")
        if turns > MAX_TURNS or exclusive > MAX_TURNS:
            raise _at(node, f"AND and OR may take turns at most {MAX_TURNS} deep, and XOR stand {MAX_TURNS} times")
        waiting.extend((each, depth + 1, kind, turns) for each in node.children if isinstance(each, Tree))


def _is_shortest(node: Node) -> bool:
    """Whether paths below are found by breadth, so that the server looks at each node once however long they are."""
    if node.data in ("function", "shortest_path"):
        return any(isinstance(each, Token) and each.lower() in SHORTEST for each in node.children)
    return node.data == "pattern" and any(isinstance(each, Tree) and each.data == "selector" for each in node.children)


def _function(name: Token) -> str:
    if "`" in name or name.lower() not in FUNCTIONS:
        raise refused(name, f"the function {name!s} is not admitted")
    return name.lower()


def _shortest_path(node: Node) -> None:
    name = next(each for each in node.children if isinstance(each, Token) and each.type == "FUNCTION")
    if name.lower() not in SHORTEST:
        raise refused(name, f"{name!s} cannot stand here")


def _procedure(node: Node) -> str:
    tokens = [each for each in node.children if isinstance(each, Token) and each.type in ("FUNCTION", "NAME")]
    name = ".".join(tokens)
    if name not in PROCEDURES:
        raise refused(tokens[0], f"the procedure {name} is not admitted")
    return name


def _span(node: Node) -> None:
    """Refuse a pattern of variable length without an end, or with one too far away."""
    if node.data in ("endless", "at_least"):
        raise _at(node, f"a path without an end is not admitted; give it one, such as 1 to {MAX_HOPS}")
    if max(whole(each) for each in node.children if isinstance(each, Token) and each.type == "INTEGER") > MAX_HOPS:
        raise _at(node, f"a path may span at most {MAX_HOPS} relationships")


def _pattern(node: Node, parameters: Values) -> None:
    """Admit regular expressions that cannot take the server long: it does not stop one at its time limit.

    A repeat inside a repeat makes the steps grow as a power of two of the text's length.
    """
    sign = next(each for each in node.children if isinstance(each, Token) and each.type == "MATCHES")
    right = node.children[-1]
    if not isinstance(right, Token) or right.type not in ("STRING", "PARAMETER"):
        raise refused(sign, "a regular expression must be a text or a parameter")
    value = right[1:-1] if right.type == "STRING" else parameters.get(right[1:].strip("`"))
    if not isinstance(value, str):
        raise refused(right, f"the parameter {right} must be the text of a regular expression")
    signs = re.sub(r"\\.|\[\^?\]?[^\]]*\]|^\(\?[a-z]+\)", "x", value, flags=re.DOTALL)
    if "\\" in value or re.search(r"\(\?|\)[*+?{]", signs) or len(re.findall(r"[*+{]", signs)) > MAX_REPEATS:
        raise refused(right, REGEX)


def _first(node: Node) -> Token:
    return next(each for each in node.scan_values(lambda each: isinstance(each, Token)))


def _at(node: Node, reason: str) -> CypherRefused:
    return CypherRefused(reason, node.meta.line, node.meta.column)
