"""What may be asked in SPARQL: one query that reads this graph and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pyparsing import ParseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from graph.errors import SparqlRefused

MOST_CHARACTERS = 100_000
REMEMBERED = 1024

SKIPPED = re.compile(
    r"""<[^<>"{}|^`\\\x00-\x20]*> | \#[^\n\r]* | [?$]\w+ | @[A-Za-z-]+
    | \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?''' | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'
    | [\w.-]*:[\w.:%\\-]*""",
    re.VERBOSE | re.DOTALL,
)
"""IRIs, comments, variables, texts and prefixed names: no word inside of them is one of the language."""

SERVICE = re.compile(r"\bSERVICE\b", re.IGNORECASE)
ESCAPED = re.compile(r"\\[uU]")


@lru_cache(REMEMBERED)
def check_query(text: str) -> None:
    """Refuse what is no query of SPARQL 1.1, and what would ask another server.

    Two looks: the words that are left when texts, names and comments are taken out, and the tree of rdflib's parser.
    Oxigraph, which answers, takes no updates as queries.

    Raises:
        SparqlRefused: why, and where that can be told.
    """
    if len(text) > MOST_CHARACTERS:
        raise SparqlRefused(f"a query has at most {MOST_CHARACTERS:,} characters; this has {len(text):,}")
    words = SKIPPED.sub(" ", text)
    if ESCAPED.search(words):
        raise SparqlRefused("words of the language are not written with \\u")
    found = SERVICE.search(words)
    if found is not None:
        raise SparqlRefused("SERVICE asks another server; only this graph can be asked")
    try:
        tree = parseQuery(text)
    except ParseException as error:
        raise SparqlRefused(f"is no query of SPARQL 1.1: {error.msg}", error.lineno, error.column) from error
    except RecursionError as error:
        raise SparqlRefused("is nested too deep") from error
    if any(name == "ServiceGraphPattern" for name in _parts(tree)):
        raise SparqlRefused("SERVICE asks another server; only this graph can be asked")


def _parts(tree: Any) -> Iterator[str]:
    """The names of all parts of a parsed query."""
    left = [tree]
    while left:
        part = left.pop()
        if isinstance(part, CompValue):
            yield part.name
            left += part.values()
        elif isinstance(part, list | tuple | ParseResults):
            left += list(part)
