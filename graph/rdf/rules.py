"""Rules that infer knowledge: SPARQL CONSTRUCT queries with names, several in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from rdflib.plugins.sparql.parser import parseQuery

from graph.errors import SparqlRefused, UnreadableFile
from graph.rdf.guard import check_query
from graph.rdf.sparql import with_prefixes

HEAD = re.compile(r"^#\s*rule:\s*(.*?)\s*$", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: what it infers is kept under the origin ``inferred:NAME``.
        query: a CONSTRUCT query.
    """

    name: str
    query: str


def shipped_rules() -> tuple[Rule, ...]:
    """Transitive, symmetric and inverse predicates, more general ones, things that are the same, categories above."""
    return _parsed(files("graph.rdf").joinpath("rules.rq").read_text(encoding="utf-8"), Path("rules.rq"))


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read rules; each begins with a line ``# rule: NAME``.

    Raises:
        UnreadableFile: the file cannot be read, has no rule, or one is no CONSTRUCT query.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(path, f"cannot be read ({error})") from error
    found = _parsed(text, path)
    if not found:
        raise UnreadableFile(path, "has no rule", "begin each with a line: # rule: NAME")
    return found


def _parsed(text: str, path: Path) -> tuple[Rule, ...]:
    heads = list(HEAD.finditer(text))
    rules: dict[str, Rule] = {}
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        line = text.count("\n", 0, head.start()) + 1
        name, query = head.group(1), text[head.end() : end].strip()
        if not NAME.fullmatch(name) or name in rules:
            raise UnreadableFile(path, f"{name!r} is no name of a rule, or names two", "use letters and digits", line)
        rules[name] = Rule(name, _checked(query, path, line))
    return tuple(rules.values())


def _checked(query: str, path: Path, line: int) -> str:
    whole = with_prefixes(query)
    try:
        check_query(whole)
    except SparqlRefused as error:
        raise UnreadableFile(path, error.reason, line=line + (error.line or 0)) from error
    if parseQuery(whole)[1].name != "ConstructQuery":
        raise UnreadableFile(path, "a rule is a CONSTRUCT query", line=line)
    return whole
