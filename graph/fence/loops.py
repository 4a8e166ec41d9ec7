"""Bounds on what one expression may do.

The server looks at its time limit between rows, and counts memory in what it keeps between rows. Within one
expression it does neither: measured on 2026.08, ``RETURN reduce(s = 0, x IN range(1, 100000000000) | s + x)`` goes on
after its limit, and ``[x IN range(1, 1000000000000) | x]`` ends in an exhausted heap. So loops and lists made from
nothing are bounded here, by the form of the query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from lark import Token, Tree

from graph.fence.tokens import refused, whole

MAX_SMALL: Final = 1_000
"""Elements of a list that is small: a loop over it may stand in another loop, or build a value up."""

MAX_RANGE: Final = 100_000
"""Elements of a range that is a value; UNWIND makes them one at a time and needs no bound."""

MAX_LOOPS: Final = 20
MAX_LONG_LOOPS: Final = 4
"""Loops over lists that are not small, such as those of collect: the server's limit of memory bounds their length."""

MAX_COPIES: Final = 16
"""Of how many other values one may be put together: ``WITH s + s AS s``, and again, is twice as long each time."""

SHORT: Final = frozenset({"nodes", "relationships", "labels", "keys"})
LOOPS: Final = frozenset({"all", "any", "none", "single", "reduce"})
SCALAR: Final = frozenset(
    {"count", "size", "length", "sum", "avg", "stdev", "stdevp", "abs", "ceil", "floor", "round", "sqrt", "log", "exp"}
    | {"tointeger", "tofloat", "toboolean", "type", "id", "elementid", "exists", "timestamp", "sign", "rand", "range"}
    | {"percentilecont", "percentiledisc", "labels", "keys", "nodes", "relationships", "date", "datetime", "duration"}
    | {"point.distance", "vector.similarity.cosine", "vector.similarity.euclidean", "isempty", "length", "log10"}
)
"""Functions whose value does not grow with a list or text that it is given."""

ARITHMETIC: Final = frozenset(
    {"product", "power", "sign", "negation", "conjunction", "xor", "expr", "comparison", "matches", "difference"}
)

Part = Tree[Token] | Token
Node = Tree[Token]
Values = Mapping[str, Any]


class Loops:
    """The loops of one query, and what its names stand for."""

    def __init__(self, tree: Node, parameters: Values) -> None:
        self._tree = tree
        self._parameters = parameters
        self._copies: dict[str, int] = {}
        self._scalars: set[str] = set()

    def inspect(self) -> None:
        """Look at every loop and every range.

        Raises:
            CypherRefused: one of them has no bound.
        """
        for clause in sorted(self._tree.find_pred(_defines), key=_place):
            self._define(clause)
        unwound = {id(_first_part(node)) for node in self._tree.find_data("unwind")}
        short = long = 0
        for node in self._tree.iter_subtrees():
            if _called(node) == "range" and id(node) not in unwound:
                self._range(node)
            if (loop := _loop(node)) is not None:
                self._loop(node, loop)
                small = self._small(loop[0])
                short, long = short + small, long + (not small)
                if short > MAX_LOOPS or long > MAX_LONG_LOOPS:
                    reason = f"at most {MAX_LOOPS} loops over small lists and {MAX_LONG_LOOPS} over others are admitted"
                    raise refused(_any(node), reason)

    def _range(self, node: Node) -> None:
        count = self._range_size(node)
        if count is None or count > MAX_RANGE:
            raise refused(
                _any(node),
                f"the bounds of a range must be numbers or parameters at most {MAX_RANGE} apart, or from size(...); "
                "UNWIND range(...) needs none",
            )

    def _range_size(self, node: Node) -> int | None:
        """How many elements; None if that is not seen. One whose end is a size is as long as a list that is there."""
        own = _parts(_arguments(node))
        numbers = [self._number(each) for each in own]
        if len(numbers) >= 2 and numbers[0] is not None and numbers[1] is not None:
            return abs(numbers[1] - numbers[0]) + 1
        return 0 if len(own) == 2 and all(_sized(each) for each in own) else None

    def _number(self, part: Part) -> int | None:
        if not isinstance(part, Token):
            return None
        if part.type == "PARAMETER":
            value = self._parameters.get(part[1:].strip("`"))
            return value if isinstance(value, int) else None
        return whole(part) if part.type == "INTEGER" else None

    def _loop(self, node: Node, loop: tuple[Part, list[Part]]) -> None:
        values, bodies = loop
        reducing = _called(node) == "reduce"
        if reducing and not self._small(values):
            raise refused(_any(node), f"reduce needs {SMALL}; sum, max and collect do without it")
        if reducing:
            _built_once(node, bodies)
        for body in bodies:
            for each in _calls(body, "range"):
                if not self._small(each):
                    raise refused(_any(each), f"a range in a loop may have at most {MAX_SMALL} elements")
            for inner in _loops_in(body):
                if not self._small(inner[0]) or not self._small(values):
                    raise refused(_any(node), f"a loop in a loop needs {SMALL}")
                if any(_loops_in(each) for each in inner[1]):
                    raise refused(_any(node), "at most two loops may stand in one another")

    def _small(self, part: Part) -> bool:
        if isinstance(part, Token):
            return part.type == "PARAMETER" and _length(self._parameters.get(part[1:].strip("`"))) <= MAX_SMALL
        called = _called(part)
        if called in SHORT:
            return True
        if called == "range":
            count = self._range_size(part)
            return count is not None and 0 < count <= MAX_SMALL
        if called == "tail":
            return self._small(_first_part(_arguments(part)))
        if part.data == "parens" and len(_parts(part)) == 1:
            return self._small(_parts(part)[0])
        if part.data == "rest":
            return self._small(part.children[0])
        if part.data == "slice":
            end = self._number(part.children[-1])
            return (end is not None and end <= MAX_SMALL) or self._small(part.children[0])
        return part.data == "list" or (part.data == "comprehension" and _loop(part) is None and _listed(part))

    def _define(self, clause: Node) -> None:
        """Take in what a WITH, RETURN or UNWIND calls by new names, seen from what the names meant before it."""
        own = [clause] if clause.data == "unwind" else [each for each in clause.children if isinstance(each, Tree)]
        named = [each for each in own if _token(each.children[-1], "NAME") and len(each.children) > 1]
        found = []
        for each in named:
            part = _first_part(each)
            mentioned = [one for one in _mentions(part) if not self._scalar(one)]
            copies = sum(self._copies.get(str(one), 1) for one in mentioned)
            if copies > MAX_COPIES:
                raise refused(_any(each), f"a value is put together from more than {MAX_COPIES} others, step by step")
            found.append((str(each.children[-1]), max(1, copies), self._scalar(part)))
        for name, copies, scalar in found:
            self._copies[name] = copies
            (self._scalars.add if scalar else self._scalars.discard)(name)

    def _scalar(self, part: Part) -> bool:
        """Whether the value is a number, or is held by the graph: it is no longer than what is stored."""
        if isinstance(part, Token):
            if part.type == "NAME":
                return str(part) in self._scalars or str(part) not in self._copies
            return part.type in ("INTEGER", "FLOAT", "NULL", "TRUE", "FALSE")
        if part.data in ("property", "element", "sum", "parens", "case", "when"):
            first = part.children[:1] if part.data in ("property", "element") else _parts(part)
            return all(map(self._scalar, first))
        return part.data in ARITHMETIC or _called(part) in SCALAR


SMALL: Final = (
    "a small list: nodes, relationships, labels or keys of something, a list written out, a parameter or range of at "
    f"most {MAX_SMALL}, or a slice such as names[..100]"
)


def _defines(node: Node) -> bool:
    return node.data in ("projection", "unwind")


def _place(node: Node) -> tuple[int, int]:
    return node.meta.line, node.meta.column


def _loop(node: Node) -> tuple[Part, list[Part]] | None:
    """The list and the bodies, if this is a loop over a list."""
    if node.data == "comprehension":
        own = _parts(node)
        values = _in(own[0])
        return None if values is None else (values, own[1:])
    if _called(node) not in LOOPS:
        return None
    own = _parts(_arguments(node))
    for place, each in enumerate(own):
        if (values := _in(each)) is not None:
            return values, own[place + 1 :]
    return None


def _in(part: Part) -> Part | None:
    """The list of ``name IN list``."""
    if isinstance(part, Tree) and part.data == "comparison" and len(part.children) == 3:
        return part.children[2] if _token(part.children[0], "NAME") and _token(part.children[1], "IN") else None
    return None


def _loops_in(part: Part) -> list[tuple[Part, list[Part]]]:
    if isinstance(part, Token):
        return []
    return [loop for node in part.iter_subtrees() if (loop := _loop(node)) is not None]


def _calls(part: Part, name: str) -> list[Node]:
    return [] if isinstance(part, Token) else [each for each in part.iter_subtrees() if _called(each) == name]


def _built_once(node: Node, bodies: list[Part]) -> None:
    """Refuse ``s + s``, which is twice as long each time; alternatives of a CASE may each have it once."""
    first = _parts(_arguments(node))[0]
    name = first.children[0] if isinstance(first, Tree) else first
    for body in bodies:
        alternatives = _alternatives(body) if isinstance(body, Tree) and body.data == "case" else [body]
        for each in alternatives:
            if sum(str(one) == str(name) for one in _names(each)) > 1:
                raise refused(_any(node), f"reduce may use {name} once in each step, as its value may double")


def _mentions(part: Part) -> list[Token]:
    """The names whose values may become a part of the value: not those that are only counted or compared."""
    if isinstance(part, Token):
        return [part] if part.type == "NAME" else []
    if part.data in ARITHMETIC or part.data in ("where", "subquery") or _called(part) in SCALAR:
        return []
    if part.data in ("property", "element", "rest", "slice"):
        return _mentions(part.children[0])
    if part.data == "case" or _called(part) == "coalesce":
        return max(map(_mentions, _alternatives(part)), key=len, default=[])
    return [each for one in _parts(part) for each in _mentions(one)]


def _alternatives(part: Node) -> list[Part]:
    """The values of a CASE or of coalesce, of which one is taken."""
    if part.data != "case":
        return _parts(_arguments(part))
    values = [each.children[-1] for each in part.children if isinstance(each, Tree) and each.data == "when"]
    otherwise = [after for each, after in pairwise(part.children) if _token(each, "ELSE")]
    return [*values, *otherwise]


def _names(part: Part) -> Iterator[Token]:
    if isinstance(part, Token):
        return iter([part] if part.type == "NAME" else [])
    return (each for each in part.scan_values(lambda one: isinstance(one, Token) and one.type == "NAME"))


def _sized(part: Part) -> bool:
    """Whether it is a number, ``size(...)``, ``length(...)``, or one of these more or less a number."""
    if isinstance(part, Token):
        return part.type in ("INTEGER", "PARAMETER")
    if part.data in ("sum", "difference"):
        return all(_sized(each) for each in _parts(part))
    return _called(part) in ("size", "length") or (part.data == "parens" and all(map(_sized, _parts(part))))


def _called(part: Part) -> str:
    return str(part.children[0]).lower() if isinstance(part, Tree) and part.data == "function" else ""


def _arguments(node: Node) -> Node:
    return next((each for each in node.children if isinstance(each, Tree)), Tree("arguments", []))


def _parts(node: Node) -> list[Part]:
    """What a node is made of, without its words and signs."""
    values = ("NAME", "INTEGER", "FLOAT", "STRING", "PARAMETER", "NULL", "TRUE", "FALSE")
    return [each for each in node.children if isinstance(each, Tree) or each.type in values]


def _first_part(node: Node) -> Part:
    return _parts(node)[0] if _parts(node) else node


def _any(node: Node) -> Token:
    return next(node.scan_values(lambda each: isinstance(each, Token)))


def _listed(node: Node) -> bool:
    """Whether ``[each]`` is a list of one element that is written out, not a comprehension over patterns."""
    return len(node.children) == 1


def _token(part: Part, kind: str) -> bool:
    return isinstance(part, Token) and part.type == kind


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | tuple | str) else 0
