"""The nodes of an embedded store as CSV, for Neo4j's offline import: properties, and when each was last written."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from graph.schema import ATTRIBUTES, NODE_TYPES, NODES, Property, Type
from graph.store.neo4j.csv_relationships import HEADER_TYPES
from graph.store.tables import NEVER, attribute_table, node_table, property_table

BATCH = 20_000
"""Nodes that are put together at a time."""

EMPTY = "_empty"
"""Names the lists of a node that are empty: the importer knows no empty list. See `cypher/write/finish_import`."""

DELIMITERS = (";", "|", "~", *map(chr, range(0xE000, 0xF8FF)))
"""What may stand between the ids of a list; the first that no id holds is taken."""

Register = tuple[int, str, Any]


@dataclass(frozen=True, slots=True)
class NodeSheet:
    """All nodes of one label.

    Attributes:
        label: which.
        between: what stands between the ids of a list; see `delimiter`.
    """

    kind: ClassVar[str] = "nodes"
    label: str
    between: str

    @property
    def name(self) -> str:
        """Of its files."""
        return f"nodes-{self.label}".lower()

    @property
    def of(self) -> str:
        """The label, as it is called in Neo4j."""
        return self.label

    def header(self) -> str:
        """The line of the header file."""
        known = map(_column, NODES[self.label].properties)
        first = f"row:ID({self.label}){{id-type:long}}"
        return ",".join((first, "id:string", *known, "deleted:boolean", "_clocks:string", f"{EMPTY}:string[]"))

    def blocks(self, connection: sqlite3.Connection, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Lines of nodes from row ``first`` to before ``last``, as counts and text without a last newline.

        Rows of the erased are left out.
        """
        for start in range(first, last, BATCH):
            lines = list(_lines(connection, self, start, min(start + BATCH, last)))
            if lines:
                yield len(lines), "\n".join(lines).encode()


def delimiter(connection: sqlite3.Connection) -> str:
    """A sign that none of the ids in lists holds."""
    lists = [(node.label, each.name) for node in NODE_TYPES for each in node.properties if each.type is Type.IDS]
    return next(sign for sign in DELIMITERS if not any(_holds(connection, *each, sign) for each in lists))


def _holds(connection: sqlite3.Connection, label: str, name: str, sign: str) -> bool:
    statement = f"SELECT 1 FROM {property_table(label)} WHERE name = ? AND instr(value, ?) LIMIT 1"  # noqa: S608
    return connection.execute(statement, (name, sign)).fetchone() is not None


def _column(declared: Property) -> str:
    return f"{declared.name}:{'string[]' if declared.type is Type.IDS else HEADER_TYPES[declared.type]}"


def _lines(connection: sqlite3.Connection, sheet: NodeSheet, first: int, last: int) -> Iterator[str]:
    label, span = sheet.label, (first, last)
    known = {each.name: _registers(connection, label, each.name, span) for each in NODES[label].properties}
    attributes = _attributes(connection, label, span)
    statement = (
        f"SELECT row, id, touched_at, touched_id, ended_at, ended_id FROM {node_table(label)}"  # noqa: S608
        " WHERE row >= ? AND row < ? AND id IS NOT NULL ORDER BY row"
    )
    for row, node_id, *times in connection.execute(statement, span):
        registers = {name: column[row] for name, column in known.items() if row in column}
        yield _line(label, row, node_id, times, registers, attributes.get(row, {}), sheet.between)


def _registers(connection: sqlite3.Connection, label: str, name: str, span: tuple[int, int]) -> dict[int, Register]:
    statement = f"SELECT row, at, event_id, value FROM {property_table(label)} WHERE name = ? AND row >= ? AND row < ?"  # noqa: S608
    return {row: (at, event_id, value) for row, at, event_id, value in connection.execute(statement, (name, *span))}


def _attributes(connection: sqlite3.Connection, label: str, span: tuple[int, int]) -> dict[int, dict[str, Register]]:
    found: dict[int, dict[str, Register]] = defaultdict(dict)
    statement = f"SELECT row, name, at, event_id, value FROM {attribute_table(label)} WHERE row >= ? AND row < ?"  # noqa: S608
    for row, name, at, event_id, value in connection.execute(statement, span):
        found[row][name] = (at, event_id, value)
    return found


def _line(
    label: str,
    row: int,
    node_id: str,
    times: list[Any],
    registers: Mapping[str, Register],
    attributes: Mapping[str, Register],
    between: str,
) -> str:
    touched_at, touched_id, ended_at, ended_id = times
    clocks: dict[str, Any] = {name: (at, event_id) for name, (at, event_id, _) in registers.items()}
    clocks |= {f"{ATTRIBUTES.name}.{name}": (at, event_id) for name, (at, event_id, _) in attributes.items()}
    if touched_at != NEVER:
        clocks["touched"] = (touched_at, touched_id)
    if ended_at != NEVER:
        clocks["ended"] = (ended_at, ended_id)
    values, empty = [], []
    for declared in NODES[label].properties:
        value = registers[declared.name][2] if declared.name in registers else None
        if declared == ATTRIBUTES:
            value = _standing(attributes, registers.get(ATTRIBUTES.name))
        if declared.type is Type.IDS and value == "[]":
            empty.append(declared.name)
        values.append(_field(declared, value, between))
    ended = "true" if (ended_at, ended_id) > (touched_at, touched_id) else ""
    told = _quoted(orjson.dumps(clocks).decode()) if clocks else ""
    return ",".join((str(row), _quoted(node_id), *values, ended, told, _quoted(between.join(empty)) if empty else ""))


def _standing(attributes: Mapping[str, Register], removal: Register | None) -> str | None:
    """The attributes as one JSON text, without those that are older than a removal of all of them."""
    since = (NEVER, "") if removal is None else removal[:2]
    known = {
        name: orjson.Fragment(value)
        for name, (at, event_id, value) in sorted(attributes.items())
        if value is not None and (at, event_id) > since
    }
    return orjson.dumps(known).decode() if known else None


def _field(declared: Property, value: Any, between: str) -> str:
    if value is None:
        return ""
    if declared.type is Type.IDS:
        ids = orjson.loads(value)
        return _quoted(between.join(ids)) if ids else ""
    if declared.type in {Type.STRING, Type.JSON}:
        return _quoted(value)
    if declared.type is Type.BOOLEAN:
        return "true" if value else "false"
    return repr(value) if declared.type is Type.FLOAT else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
