"""The properties of nodes: each is a register in which the newest ``(at, event_id)`` stands, removals included.

Each name under ``attributes`` is a register of its own, so that two sources may each know a part; removing
``attributes`` removes all that is older.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from graph.errors import InvalidEvent
from graph.model import MISSING
from graph.schema import ATTRIBUTES, NODES, Property
from graph.store.rows import ERASED
from graph.store.tables import attribute_table, property_table
from graph.store.values import decode, encode

SET = """
INSERT INTO {table} (name, row, at, event_id, value) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (name, row) DO UPDATE SET at = excluded.at, event_id = excluded.event_id, value = excluded.value
WHERE (excluded.at, excluded.event_id) > (at, event_id)
"""
ATTRIBUTES_OF = """
SELECT a.row, a.name, a.value FROM {attributes} a
LEFT JOIN {properties} removal ON removal.name = 'attributes' AND removal.row = a.row
WHERE a.value IS NOT NULL AND (removal.at IS NULL OR (a.at, a.event_id) > (removal.at, removal.event_id))
"""
"""Values that stand, without those that a later removal of all attributes took."""

Register = tuple[str, int, int, str, Any]


def set_properties(
    connection: sqlite3.Connection,
    label: str,
    rows: Sequence[int],
    at: Sequence[int],
    event_ids: Sequence[str],
    values: Mapping[str, Sequence[Any]],
) -> None:
    """Write columns of properties; `MISSING` leaves a register as it is, None empties it.

    Raises:
        InvalidEvent: the label has no such property.
    """
    for name, column in values.items():
        declared = NODES[label].property(name)
        if declared is None:
            raise InvalidEvent(name, f"{label} has no such property; unknown ones belong in attributes")
        told = [
            (row, time, event_id, value)
            for row, time, event_id, value in zip(rows, at, event_ids, column, strict=True)
            if row != ERASED and value is not MISSING
        ]
        if declared == ATTRIBUTES:
            connection.executemany(SET.format(table=attribute_table(label)), _attribute_registers(told))
            told = [each for each in told if each[3] is None]
        registers = ((name, row, time, event_id, encode(declared, value)) for row, time, event_id, value in told)
        connection.executemany(SET.format(table=property_table(label)), registers)


def _attribute_registers(told: Iterable[tuple[int, int, str, Any]]) -> Iterator[Register]:
    for row, time, event_id, attributes in told:
        for name, value in (attributes or {}).items():
            yield name, row, time, event_id, None if value is None else orjson.dumps(value).decode()


def column(connection: sqlite3.Connection, label: str, declared: Property) -> Iterator[tuple[int, Any]]:
    """Rows and values of one property, by row; rows without it are left out."""
    if declared == ATTRIBUTES:
        found = connection.execute(f"{_attributes_of(label)} ORDER BY a.row, a.name")
        for row, group in groupby(found, itemgetter(0)):
            yield row, {name: orjson.loads(value) for _, name, value in group}
    else:
        statement = f"SELECT row, value FROM {property_table(label)} WHERE name = ? AND value IS NOT NULL ORDER BY row"  # noqa: S608 - our own table name
        for row, value in connection.execute(statement, (declared.name,)):
            yield row, decode(declared, value)


def properties_of(connection: sqlite3.Connection, label: str, row: int) -> dict[str, Any]:
    """All properties of one node, in the order of their declaration."""
    found: dict[str, Any] = {}
    statement = f"SELECT value FROM {property_table(label)} WHERE name = ? AND row = ?"  # noqa: S608 - our own table name
    for declared in NODES[label].properties:
        kept = connection.execute(statement, (declared.name, row)).fetchone()
        if kept is not None and kept[0] is not None:
            found[declared.name] = decode(declared, kept[0])
    attributes = connection.execute(f"{_attributes_of(label)} AND a.row = ? ORDER BY a.name", (row,)).fetchall()
    if attributes:
        found[ATTRIBUTES.name] = {name: orjson.loads(value) for _, name, value in attributes}
    return found


def _attributes_of(label: str) -> str:
    return ATTRIBUTES_OF.format(attributes=attribute_table(label), properties=property_table(label))
