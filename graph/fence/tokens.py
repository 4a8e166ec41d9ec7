"""Tell apart the tokens of Cypher that the grammar cannot tell by itself: keywords from names, arrows from minus signs.

Cypher reserves no word: ``MATCH (order) RETURN order.limit AS all`` is a query. A word is a keyword here where its
neighbours let it be one. That may refuse a strange name, never admit a clause: the grammar has no clause that writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lark import Token

from graph.errors import CypherRefused
from graph.fence.allowed import MAX_DEPTH, MAX_TOKENS

ALWAYS: Final = frozenset(
    ["MATCH", "OPTIONAL", "RETURN", "WITH", "UNWIND", "CALL", "CASE", "NOT", "NULL", "TRUE", "FALSE", "DISTINCT"]
)
"""Keywords wherever a name would not have to stand."""

AFTER_VALUE: Final = frozenset(
    [
        "WHERE",
        "UNION",
        "YIELD",
        "ORDER",
        "SKIP",
        "OFFSET",
        "LIMIT",
        "AS",
        "AND",
        "OR",
        "XOR",
        "IN",
        "IS",
        "STARTS",
        "ENDS",
        "CONTAINS",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "ASC",
        "ASCENDING",
        "DESC",
        "DESCENDING",
    ]
)
"""Keywords where a value, a name or a bracket has just ended, as no name can stand there."""

VALUE_ENDS: Final = frozenset(
    [
        "NAME",
        "INTEGER",
        "FLOAT",
        "STRING",
        "PARAMETER",
        "RPAR",
        "RSQB",
        "RBRACE",
        "NULL",
        "TRUE",
        "FALSE",
        "END",
        "EVERYTHING",
        "DIRECTION",
        "TYPED",
        "NORMALIZED",
        "PATHS",
    ]
)

RENAMED: Final = {
    "OFFSET": "SKIP",
    "ASC": "DIRECTION",
    "ASCENDING": "DIRECTION",
    "DESC": "DIRECTION",
    "DESCENDING": "DIRECTION",
}

FOLLOWING: Final = {
    ("CASE", "WHEN"): "WHEN",
    ("ORDER", "BY"): "BY",
    ("UNION", "ALL"): "ALL",
    ("IS", "TYPED"): "TYPED",
    ("NOT", "TYPED"): "TYPED",
    ("IS", "NORMALIZED"): "NORMALIZED",
    ("NOT", "NORMALIZED"): "NORMALIZED",
    ("ALL", "SHORTEST"): "SHORTEST",
    ("ANY", "SHORTEST"): "SHORTEST",
    ("SHORTEST", "PATH"): "PATHS",
    ("SHORTEST", "PATHS"): "PATHS",
    ("INTEGER", "PATH"): "PATHS",
    ("INTEGER", "PATHS"): "PATHS",
    ("PARAMETER", "PATHS"): "PATHS",
}
"""Words that are keywords after a certain token."""

AFTER_DASHES: Final = frozenset({"LPAR", "MORETHAN", "PLUS", "STAR", "LBRACE"})
"""What follows ``--`` between nodes: the next node, the head of an arrow, or how often it is followed."""

OPENING: Final = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "BLOCK": "RBRACE", "REPEATS": "RBRACE",
                  "OPENS": "RSQB", "LEFT_OPENS": "RSQB"}  # fmt: skip
CLOSING: Final = frozenset(OPENING.values())


class Bracket(NamedTuple):
    """An open bracket: its kind, and the kind of the token before it."""

    kind: str
    before: str


class Reader:
    """One pass over the words and signs of one query, which yields the tokens of the grammar."""

    def __init__(self, found: list[Token]) -> None:
        self._found = found
        self._at = 0
        self._open: list[Bracket] = []
        self._closed = Bracket("", "")
        self._past: list[str] = ["", ""]

    def tokens(self) -> Iterator[Token]:
        """The tokens, with positions as in the text.

        Raises:
            CypherRefused: too many of them, or brackets too deep in one another.
        """
        while self._at < len(self._found):
            token = self._found[self._at]
            if self._at > MAX_TOKENS:
                raise refused(token, f"the query has more than {MAX_TOKENS} words and signs")
            kind, count = self._read(token)
            text = "".join(self._found[self._at : self._at + count])
            self._at += count
            self._follow(kind, token)
            self._past.append(kind)
            yield Token.new_borrow_pos(kind, text, token)

    def _follow(self, kind: str, token: Token) -> None:
        if kind in OPENING:
            self._open.append(Bracket(kind, self._before))
            if len(self._open) > MAX_DEPTH:
                raise refused(token, f"brackets stand more than {MAX_DEPTH} deep in one another")
        elif kind in CLOSING and self._open:
            self._closed = self._open.pop()

    @property
    def _before(self) -> str:
        return self._past[-1]

    @property
    def _inside(self) -> Bracket:
        return self._open[-1] if self._open else Bracket("", "")

    def _kind(self, ahead: int) -> str:
        place = self._at + ahead
        return self._found[place].type if place < len(self._found) else ""

    def _upper(self, ahead: int) -> str:
        place = self._at + ahead
        return upper(self._found[place]) if place < len(self._found) else ""

    def _read(self, token: Token) -> tuple[str, int]:
        match token.type:
            case "WORD":
                return self._word(upper(token))
            case "QUOTED":
                return self._name()
            case "LBRACE":
                return self._brace(), 1
            case "MINUS" | "LESSTHAN" if self._before in ("RPAR", "RBRACE"):
                return self._arrow(token.type)
            case "STAR" if self._before in ("RETURN", "WITH", "DISTINCT", "YIELD", "LPAR", "DOT"):
                return "EVERYTHING", 1
            case "VBAR":
                return ("YIELDS" if self._in_list() else "EITHER"), 1
            case "COLON" if self._before == "NAME" and self._starts_entry(self._past[-2]):
                return "KEYS", 1
            case kind:
                return kind, 1

    def _in_list(self) -> bool:
        inside = self._inside
        return inside.kind == "LSQB" or (inside.kind == "LPAR" and inside.before == "FUNCTION")

    def _starts_entry(self, before: str) -> bool:
        return self._inside.kind == "LBRACE" and before in ("LBRACE", "COMMA")

    def _word(self, word: str) -> tuple[str, int]:
        before = self._before
        if before in ("DOT", "AS", "COLON", "EITHER", "AMPERSAND", "BANG") or (
            self._starts_entry(before) and self._kind(1) == "COLON"
        ):
            return "NAME", 1
        if keyword := FOLLOWING.get((before, word)):
            return keyword, 1
        if word in ("EXISTS", "COUNT", "COLLECT") and self._kind(1) == "LBRACE":
            return "SUBQUERY", 1
        if word in ("ALL", "ANY") and self._upper(1) == "SHORTEST" and before in ("MATCH", "EQUAL"):
            return word, 1
        if word == "SHORTEST" and before in ("MATCH", "EQUAL", "COMMA") and self._kind(1) not in ("EQUAL", "DOT"):
            return word, 1
        if word in ALWAYS or (word in AFTER_VALUE and before in VALUE_ENDS):
            return RENAMED.get(word, word), 1
        return self._name()

    def _name(self) -> tuple[str, int]:
        """A name, or the dotted name of a function or procedure up to its parenthesis."""
        if self._before in ("DOT", "COLON", "AS"):
            return "NAME", 1
        count = 1
        while self._kind(count) == "DOT" and self._kind(count + 1) in ("WORD", "QUOTED"):
            count += 2
        if self._kind(count) == "LPAR":
            return "FUNCTION", count
        return "NAME", 1

    def _brace(self) -> str:
        if self._before in ("SUBQUERY", "CALL"):
            return "BLOCK"
        if self._before == "RPAR" and self._closed.before == "CALL":
            return "BLOCK"
        if self._kind(1) in ("INTEGER", "COMMA"):
            return "REPEATS"
        return "LBRACE"

    def _arrow(self, kind: str) -> tuple[str, int]:
        """Minus signs between nodes: ``-[``, ``<-[``, ``--`` and ``<--``; other ones are left as they are."""
        left = kind == "LESSTHAN"
        first = 1 if left else 0
        if self._kind(first) != "MINUS":
            return kind, 1
        if self._kind(first + 1) == "LSQB":
            return ("LEFT_OPENS" if left else "OPENS"), first + 2
        if self._kind(first + 1) == "MINUS" and self._kind(first + 2) in AFTER_DASHES:
            return ("LEFT_DASHES" if left else "DASHES"), first + 2
        return kind, 1


def upper(token: Token) -> str:
    """The word in capitals; one with a letter beyond ASCII is no keyword, whatever capitals it may have."""
    return token.upper() if token.isascii() else str(token)


def refused(token: Token, reason: str) -> CypherRefused:
    """The refusal of the query because of one of its tokens."""
    return CypherRefused(reason, token.line, token.column)


def whole(number: Token) -> int:
    """The value of a token of kind INTEGER: decimal, ``0x`` or ``0o``."""
    digits = number.replace("_", "")
    return int(digits) if digits.isdigit() else int(digits, 0)
