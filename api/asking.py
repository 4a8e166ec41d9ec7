"""Questions in Cypher: the named ones of the catalogue, for command line and HTTP alike."""

from __future__ import annotations

from typing import Any

from api.errors import UnknownQuery
from api.queries_page import public_queries
from graph.queries import NamedQuery
from graph.query_parameters import parameter


def named(name: str) -> NamedQuery:
    """The query of that name.

    Raises:
        UnknownQuery: the catalogue has none.
    """
    for each in public_queries():
        if each.name == name:
            return each
    raise UnknownQuery(name)


def described(found: NamedQuery) -> dict[str, Any]:
    """What there is to know of a query, in JSON types."""
    read = [parameter(found.name, name, line) for name, line in found.parameters.items()]
    columns = [(name, *line.partition(", ")[::2]) for name, line in found.columns.items()]
    return {
        "name": found.name,
        "summary": found.summary,
        "cost": found.cost,
        "same_as": found.same_as or None,
        "parameters": [
            {"name": each.name, "type": each.type, "meaning": each.described(), "required": each.required}
            for each in read
        ],
        "columns": [{"name": name, "type": kind, "meaning": meaning} for name, kind, meaning in columns],
        "query": found.text,
    }
