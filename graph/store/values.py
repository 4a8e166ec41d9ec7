"""How property values are kept in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from graph.model import MISSING
from graph.schema import Property, Type

STRUCTURED = frozenset({Type.JSON, Type.IDS})
"""Types that are kept as JSON text."""


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


def named_ids(value: Any) -> Iterator[str]:
    """The ids that a property value names: one, several, or none; an empty one names nothing."""
    if value is None or value is MISSING:
        return
    yield from filter(None, (value,) if isinstance(value, str) else value)
