"""The patterns and expressions of an adopting mapping: parsed, and written anew as Cypher that can only read.

What a mapping says never reaches the server as it stands. It is taken apart by the small grammar below, which has no
clauses, no procedures and no maps; every name is written anew between backticks, every value becomes a parameter.

::

    pattern     node ((`<-`|`-`) `[` [name] [`:` name (`|` name)*] `]` (`->`|`-`) node)*
    node        `(` [name] [`:` name ((`:`|`|`) name)*] `)`
    expression  conjunctions and disjunctions with AND, OR, XOR, NOT of comparisons (= <> < <= > >= IN CONTAINS,
                STARTS WITH, ENDS WITH, IS NULL, IS NOT NULL) of sums and products of numbers, texts, lists, true,
                false, null, `variable.property`, `variable:Label` and calls of `FUNCTIONS`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

FUNCTIONS = (
    "abs",
    "coalesce",
    "elementId",
    "id",
    "left",
    "right",
    "round",
    "size",
    "split",
    "toFloat",
    "toInteger",
    "toLower",
    "toString",
    "toUpper",
    "trim",
    "type",
)
"""Functions that an expression may call: of values alone, without side effects."""

LONGEST = 2_000
"""Characters of one pattern or expression."""

DEEPEST = 30
"""How far parentheses may nest."""

MOST_STEPS = 6
"""Relationships of one pattern."""

TOKEN = re.compile(
    r"""\s*(?:
      (?P<name>[^\W\d]\w*) | `(?P<quoted>[^`\\]{1,200})` | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<text>'(?:[^'\\]|\\['"\\nt])*'|"(?:[^"\\]|\\['"\\nt])*")
      | (?P<sign><=|>=|<>|->|<-|[()\[\],:.|=<>+*/%-])
    )""",
    re.VERBOSE,
)
ESCAPED = {"n": "\n", "t": "\t"}
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class Unparsable(Exception):
    """A pattern or expression breaks the grammar; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a pattern or expression names, to be looked for on the server."""

    labels: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()

    def __or__(self, other: Names) -> Names:
        return Names(self.labels | other.labels, self.types | other.types, self.properties | other.properties)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Cypher that was written anew.

    Attributes:
        text: the Cypher.
        parameters: values by the name that the text gives them.
        variables: those that a pattern binds.
        names: labels, types and properties that it speaks of.
    """

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()
    names: Names = field(default_factory=Names)


def parse_pattern(text: str, known: frozenset[str] = frozenset()) -> Parsed:
    """Parse a pattern.

    Args:
        text: such as ``(u:User)-[r:RATED]->(p:Movie)``.
        known: variables that are bound already and may be used again.

    Raises:
        Unparsable: it is none.
    """
    parser = _Parser(text, known, "")
    pattern = parser.pattern()
    parser.end()
    return Parsed(pattern, {}, parser.variables, parser.names())


def parse_expression(text: str, known: frozenset[str], prefix: str) -> Parsed:
    """Parse an expression.

    Args:
        text: such as ``r.rating > 0 AND NOT p.hidden``.
        known: the variables that it may speak of.
        prefix: what the names of its parameters begin with.

    Raises:
        Unparsable: it is none, or names an unknown variable.
    """
    parser = _Parser(text, known, prefix)
    expression = parser.expression()
    parser.end()
    return Parsed(expression, parser.parameters, known, parser.names())


def quoted(name: str) -> str:
    """A name as Cypher takes any name."""
    return f"`{name}`"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


class _Parser:
    """One pass over one text, by recursive descent."""

    def __init__(self, text: str, known: frozenset[str], prefix: str) -> None:
        if len(text) > LONGEST:
            raise Unparsable(f"is longer than {LONGEST:,} characters")
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0
        self._prefix = prefix
        self.variables = known
        self.parameters: dict[str, Any] = {}
        self._labels: set[str] = set()
        self._types: set[str] = set()
        self._properties: set[str] = set()

    def names(self) -> Names:
        """What it spoke of so far."""
        return Names(frozenset(self._labels), frozenset(self._types), frozenset(self._properties))

    def end(self) -> None:
        """Nothing may follow."""
        if self._next().kind != "end":
            raise self._unexpected("the end")

    def pattern(self) -> str:
        """A chain of nodes and relationships."""
        text, steps = self._node(), 0
        while self._next().text in {"-", "<-"}:
            steps += 1
            if steps > MOST_STEPS:
                raise Unparsable(f"has more than {MOST_STEPS} relationships")
            text += self._relationship() + self._node()
        return text

    def _node(self) -> str:
        self._take("(")
        text = self._bound()
        if self._next().text == ":":
            text += self._several(self._labels, (":", "|", "&"))
        self._take(")")
        return f"({text})"

    def _relationship(self) -> str:
        left = self._advance().text
        self._take("[")
        text = self._bound()
        if self._next().text == ":":
            text += self._several(self._types, ("|",))
        self._take("]")
        right = self._next().text
        if right not in {"-", "->"} or (left, right) == ("<-", "->"):
            raise self._unexpected("`-` or `->`")
        self._advance()
        return f"{left}[{text}]{right}"

    def _bound(self) -> str:
        if self._next().kind not in {"name", "quoted"}:
            return ""
        name = self._advance().text
        self.variables |= {name}
        return quoted(name)

    def _several(self, into: set[str], signs: tuple[str, ...]) -> str:
        """Labels or types, all joined by the same sign."""
        self._take(":")
        first = self._name()
        into.add(first)
        text, sign = f":{quoted(first)}", ""
        while self._next().text in signs:
            found = self._advance().text
            if sign and found != sign:
                raise Unparsable(f"mixes `{sign}` and `{found}` between names")
            sign, name = found, self._name()
            into.add(name)
            text += f"{sign}{quoted(name)}"
        return text

    def expression(self) -> str:
        """What is true, false, or a value."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unparsable(f"nests deeper than {DEEPEST}")
        text = self._negation()
        while (word := self._word()) in {"AND", "OR", "XOR"}:
            self._advance()
            text = f"{text} {word} {self._negation()}"
        self._depth -= 1
        return text

    def _negation(self) -> str:
        count = 0
        while self._word() == "NOT":
            self._advance()
            count += 1
        return "NOT " * count + self._comparison()

    def _comparison(self) -> str:
        text = self._sum()
        word = self._word()
        if self._next().kind == "sign" and self._next().text in COMPARISONS:
            return f"{text} {self._advance().text} {self._sum()}"
        if word in {"IN", "CONTAINS"}:
            self._advance()
            return f"{text} {word} {self._sum()}"
        if word in {"STARTS", "ENDS"}:
            self._advance()
            self._keyword("WITH")
            return f"{text} {word} WITH {self._sum()}"
        if word == "IS":
            self._advance()
            negated = self._word() == "NOT"
            if negated:
                self._advance()
            self._keyword("NULL")
            return f"{text} IS {'NOT ' if negated else ''}NULL"
        return text

    def _sum(self) -> str:
        text = self._value()
        while self._next().kind == "sign" and self._next().text in {"+", "-", "*", "/", "%"}:
            text = f"{text} {self._advance().text} {self._value()}"
        return text

    def _value(self) -> str:
        token = self._next()
        if token.kind == "sign" and token.text == "-":
            self._advance()
            return f"-{self._parameter(_literal(self._number()))}"
        if token.kind == "sign" and token.text == "(":
            self._advance()
            inner = self.expression()
            self._take(")")
            return f"({inner})"
        if token.kind == "sign" and token.text == "[":
            self._advance()
            return f"[{', '.join(self._values(']'))}]"
        if token.kind in {"number", "text"}:
            return self._parameter(_literal(self._advance()))
        if token.kind == "name" and token.text.upper() in {"TRUE", "FALSE", "NULL"}:
            return self._advance().text.lower()
        if token.kind in {"name", "quoted"}:
            return self._named()
        raise self._unexpected("a value")

    def _named(self) -> str:
        token = self._advance()
        following = self._next().text if self._next().kind == "sign" else ""
        if following == "(" and token.kind == "name":
            return self._call(token)
        if token.text not in self.variables:
            known = ", ".join(sorted(self.variables)) or "none"
            raise Unparsable(f"speaks of {token.text!r}, which the pattern does not name; it names {known}")
        if following == ":":
            return f"{quoted(token.text)}{self._several(self._labels, (':', '|', '&'))}"
        if following == ".":
            self._advance()
            name = self._name()
            self._properties.add(name)
            return f"{quoted(token.text)}.{quoted(name)}"
        return quoted(token.text)

    def _call(self, token: _Token) -> str:
        name = next((each for each in FUNCTIONS if each.lower() == token.text.lower()), None)
        if name is None:
            raise Unparsable(f"calls {token.text!r}; functions that may be called: {', '.join(FUNCTIONS)}")
        self._advance()
        return f"{name}({', '.join(self._values(')'))})"

    def _values(self, closing: str) -> list[str]:
        found = []
        while self._next().text != closing or self._next().kind != "sign":
            found.append(self.expression())
            if self._next().text != ",":
                break
            self._advance()
        self._take(closing)
        return found

    def _parameter(self, value: Any) -> str:
        name = f"{self._prefix}{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _number(self) -> _Token:
        if self._next().kind != "number":
            raise self._unexpected("a number")
        return self._advance()

    def _name(self) -> str:
        if self._next().kind not in {"name", "quoted"}:
            raise self._unexpected("a name")
        return self._advance().text

    def _word(self) -> str:
        token = self._next()
        return token.text.upper() if token.kind == "name" else ""

    def _keyword(self, word: str) -> None:
        if self._word() != word:
            raise self._unexpected(word)
        self._advance()

    def _take(self, sign: str) -> None:
        if self._next().text != sign or self._next().kind != "sign":
            raise self._unexpected(f"`{sign}`")
        self._advance()

    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _advance(self) -> _Token:
        token = self._tokens[self._place]
        if token.kind != "end":
            self._place += 1
        return token

    def _unexpected(self, wanted: str) -> Unparsable:
        token = self._next()
        found = "the text ends" if token.kind == "end" else f"{token.text!r} stands"
        return Unparsable(f"at character {token.place + 1} {found} where {wanted} should be")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while text[place:].strip():
        found = TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise Unparsable(f"at character {start + 1} stands {text[start]!r}, which has no meaning here")
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
        place = found.end()
    yield _Token("end", "", len(text))


def _literal(token: _Token) -> Any:
    if token.kind == "number":
        return float(token.text) if set(token.text) & set(".eE") else int(token.text)
    return re.sub(r"\\(.)", lambda found: ESCAPED.get(found[1], found[1]), token.text[1:-1])
