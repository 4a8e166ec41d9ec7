"""The nodes of an embedded store as CSV, for Neo4j's offline import: properties, and when each was last written."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from graph.schema import ATTRIBUTES, NODE_TYPES, NODES, Property, Type
from graph.store.neo4j.csv_relationships import HEADER_TYPES
from graph.store.tables import NEVER, attribute_table, node_table, property_table

BATCH = 20_000
"""Nodes that are put together at a time."""

EMPTY = "_empty"
"""Names the lists of a node that are empty: the importer knows no empty list. See
`graph.store.neo4j.finishing`."""

DELIMITERS = (";", "|", "~", *map(chr, range(0xE000, 0xF8FF)))
"""What may stand between the ids of a list; the first that no id holds is taken."""


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
    """Put together column by column: most nodes lack most properties."""
    batch = _Batch(connection, sheet, first, last)
    columns = [batch.column(declared) for declared in NODES[sheet.label].properties]
    ended = batch.marks()
    clocks = {row: _quoted(orjson.dumps(known).decode()) for row, known in batch.clocks.items()}
    empty = {row: _quoted(sheet.between.join(names)) for row, names in batch.empty.items()}
    told = zip(*columns, strict=True) if columns else iter(((),) * (last - first))
    statement = f"""SELECT row, row || ',"' || replace(id, '"', '""') || '"' FROM {node_table(sheet.label)}
        WHERE row >= ? AND row < ? ORDER BY row"""  # noqa: S608 - our own table name
    for (row, line), values in zip(connection.execute(statement, (first, last)), told, strict=True):
        if line is not None:
            yield ",".join((line, *values, ended.get(row, ""), clocks.get(row, ""), empty.get(row, "")))


class _Batch:
    """Some rows of a label: what is read of them once for all columns."""

    def __init__(self, connection: sqlite3.Connection, sheet: NodeSheet, first: int, last: int) -> None:
        self._connection = connection
        self._sheet = sheet
        self._first, self._last = first, last
        self.clocks: dict[int, dict[str, tuple[int, str]]] = defaultdict(dict)
        """When each property of a row was last written, removals included."""
        self.empty: dict[int, list[str]] = defaultdict(list)
        """Names of lists of a row that are empty."""

    def column(self, declared: Property) -> Sequence[str]:
        """One property's values as CSV, one a row."""
        if declared == ATTRIBUTES:
            return self._filled(self._attributes())
        return self._filled(
            (row, _field(declared, value, self._sheet.between))
            for row, value in self._registers(declared.name)
            if value is not None and not self._is_empty(declared, row, value)
        )

    def marks(self) -> dict[int, str]:
        """Rows of nodes that were ended; and notes when nodes were told of and ended."""
        table = node_table(self._sheet.label)
        for what in ("touched", "ended"):
            found = self._select(f"row, {what}_at, {what}_id FROM {table}", f"AND {what}_at <> {NEVER}")
            for row, at, event_id in found:
                self.clocks[row][what] = (at, event_id)
        ended = self._select(f"row FROM {table}", "AND (ended_at, ended_id) > (touched_at, touched_id)")
        return {row: "true" for (row,) in ended}

    def _registers(self, name: str) -> Iterator[tuple[int, Any]]:
        found = self._select(
            f"row, at, event_id, value FROM {property_table(self._sheet.label)}", "AND name = :name", name=name
        )
        for row, at, event_id, value in found:
            self.clocks[row][name] = (at, event_id)
            yield row, value

    def _attributes(self) -> Iterator[tuple[int, str]]:
        """The attributes of a row as one JSON text, without those that are older than a removal of all of them."""
        for _ in self._registers(ATTRIBUTES.name):
            pass
        standing: dict[int, dict[str, orjson.Fragment]] = defaultdict(dict)
        for row, name, at, event_id, value in self._select(
            f"row, name, at, event_id, value FROM {attribute_table(self._sheet.label)}", "ORDER BY row, name"
        ):
            removed = self.clocks[row].get(ATTRIBUTES.name, (NEVER, ""))
            self.clocks[row][f"{ATTRIBUTES.name}.{name}"] = (at, event_id)
            if value is not None and (at, event_id) > removed:
                standing[row][name] = orjson.Fragment(value)
        for row, known in standing.items():
            yield row, _quoted(orjson.dumps(known).decode())

    def _is_empty(self, declared: Property, row: int, value: Any) -> bool:
        if declared.type is not Type.IDS or value != "[]":
            return False
        self.empty[row].append(declared.name)
        return True

    def _filled(self, known: Iterable[tuple[int, str]]) -> Sequence[str]:
        column = [""] * (self._last - self._first)
        for row, value in known:
            column[row - self._first] = value
        return column

    def _select(self, what: str, condition: str, **values: str) -> sqlite3.Cursor:
        statement = f"SELECT {what} WHERE row >= :first AND row < :last {condition}"
        return self._connection.execute(statement, {"first": self._first, "last": self._last, **values})


def _field(declared: Property, value: Any, between: str) -> str:
    if declared.type is Type.IDS:
        return _quoted(between.join(orjson.loads(value)))
    if declared.type in {Type.STRING, Type.JSON}:
        return _quoted(value)
    if declared.type is Type.BOOLEAN:
        return "true" if value else "false"
    return repr(value) if declared.type is Type.FLOAT else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
