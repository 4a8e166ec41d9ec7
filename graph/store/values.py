"""How property values are kept in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from graph.model import MISSING
from graph.schema import EdgeType, Property, Type

STRUCTURED = frozenset({Type.JSON, Type.IDS})
"""Types that are kept as JSON text."""

RELATED_TYPE = "RELATED"


def encode(declared: Property, value: Any) -> Any:
    """A property's value as SQLite keeps it."""
    return value if value is None or declared.type not in STRUCTURED else orjson.dumps(value).decode()


def encode_column(declared: Property, column: Iterable[Any]) -> Iterable[Any]:
    """A whole column as SQLite keeps it."""
    return (encode(declared, value) for value in column) if declared.type in STRUCTURED else column


def decode(declared: Property, value: Any) -> Any:
    """The other way of `encode`."""
    if value is None:
        return None
    if declared.type in STRUCTURED:
        return orjson.loads(value)
    return bool(value) if declared.type is Type.BOOLEAN else value


def named_ids(edge: EdgeType, value: Any) -> Iterator[str]:
    """The ids that a property value names for a derived edge set, each once: one, several, or none."""
    if value is None or value is MISSING:
        return
    if edge.type == RELATED_TYPE:
        named: Iterable[str] = (node_id for node_id, _, _ in facts(edge.target, value))
    else:
        named = (value,) if isinstance(value, str) else value
    yield from filter(None, dict.fromkeys(named))


def facts(label: str, related: Any) -> Iterator[tuple[str, str, str]]:
    """What a value of ``related`` says about nodes of a label: id, predicate and origin, each once."""
    if related is None or related is MISSING:
        return
    prefix = f"{label}:"
    for origin, told in related.items():
        for predicate, names in told.items():
            for name in dict.fromkeys(names):
                if name.startswith(prefix):
                    yield name[len(prefix) :], predicate, origin


def predicates(related: Any) -> Iterator[str]:
    """The predicates that a value of ``related`` uses, each once."""
    if related is not None and related is not MISSING:
        yield from dict.fromkeys(predicate for told in related.values() for predicate in told)
