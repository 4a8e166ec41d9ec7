"""Read own Cypher with the grammar, or say where and why not."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import ClassVar, Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from graph.errors import CypherRefused
from graph.fence.allowed import MAX_LENGTH, REFUSED_WORDS
from graph.fence.tokens import Reader, upper

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Kinds of characters that are not seen, or that some readers take for the end of a line."""


class ToldApart:
    """What the grammar's lexer hands its tokens to; see `graph.fence.tokens`."""

    always_accept: ClassVar = ("WORD", "QUOTED", "VBAR")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens of the grammar for those of the lexer."""
        return Reader(list(stream)).tokens()


def parsed(query: str) -> Tree[Token]:
    """The tree of a query.

    Raises:
        CypherRefused: it is too long, has hidden characters or escapes, or is not in the language of the grammar.
    """
    _plain(query)
    try:
        return _grammar().parse(query)
    except UnexpectedToken as error:
        raise _unexpected(error) from None
    except UnexpectedCharacters as error:
        raise CypherRefused(_unread(error.char), error.line, error.column) from None


@cache
def _grammar() -> Lark:
    text = files("graph.fence").joinpath("cypher.lark").read_text(encoding="utf-8")
    return Lark(
        text, parser="lalr", lexer="basic", postlex=ToldApart(), propagate_positions=True, maybe_placeholders=False
    )


def _plain(query: str) -> None:
    if len(query) > MAX_LENGTH:
        raise CypherRefused(f"the query has {len(query)} characters; at most {MAX_LENGTH} are admitted")
    for at, sign in enumerate(query):
        if sign == "\\" and query[at + 1 : at + 2] in ("u", "U"):
            raise _at(query, at, "escapes of the form \\u are not admitted; write the character, or pass a parameter")
        if sign not in "\t\r\n" and unicodedata.category(sign) in HIDDEN:
            raise _at(query, at, f"the hidden character U+{ord(sign):04X} is not admitted; pass it in a parameter")


def _at(query: str, at: int, reason: str) -> CypherRefused:
    before = query[:at]
    return CypherRefused(reason, before.count("\n") + 1, at - before.rfind("\n"))


def _unexpected(error: UnexpectedToken) -> CypherRefused:
    token = error.token
    if token.type == "$END":
        return CypherRefused("the query ends too early", error.line, error.column)
    word = upper(token).partition(".")[0]
    if word in REFUSED_WORDS:
        reason = f"{word} is refused: {REFUSED_WORDS[word]}"
    elif "SEMICOLON" in error.accepts and token.type not in ("RPAR", "RSQB", "RBRACE"):
        reason = (
            f"{token!s} cannot stand here; one reading query is admitted, made of MATCH, WITH, UNWIND, CALL, RETURN"
        )
    else:
        reason = f"{token!s} cannot stand here"
    return CypherRefused(reason, token.line, token.column)


def _unread(sign: str) -> str:
    if sign in "'\"`":
        return f"what {sign} begins has no end"
    if sign == "/":
        return "a comment that /* begins has no end, or a sign is missing"
    return f"the character {sign} cannot stand here"
