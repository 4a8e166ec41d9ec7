"""What a table of a mapping means, worked out once: which column feeds which field, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from graph.errors import InvalidMapping
from graph.load.mapping import EventTable, Lookup, Mapping, NodeTable, Table
from graph.load.reading import files_of, read_rows
from graph.load.rows import Rows
from graph.load.times import TimeReader
from graph.load.values import Rule, convert
from graph.schema import EDGE_TYPES, EVENTS, NODES, Property, Type

ROW, NUMBER = "#row", "#number"
"""Column names for the place of a row in its file, from 0 and from 1."""

AT = Property("at", Type.TIME, "when")
IDENTITY = tuple(Property(name, Type.STRING, name) for name in ("event_id", "session_id"))
USER = Property("user_id", Type.STRING, "who", required=True)
NODE_ID = Property("id", Type.STRING, "its id", required=True)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event or a node, and where its values come from.

    Attributes:
        declared: name, type, range; required ones reject the row when they are missing.
        column: the file's name for it; empty for a constant.
        rule: how its values are read.
        rejects: whether a value that cannot be rejects the row; else only the value is dropped.
        constant: the value of all rows, where there is no column.
        lookup: values of the file to values of another one.
        stands_for: single values of the file to what they mean.
        may_lack: whether the file may have no such column.
    """

    declared: Property
    column: str
    rule: Rule
    rejects: bool
    constant: Any = None
    lookup: Dictionary[str, Any] | None = None
    stands_for: Dictionary[str, Any] = field(default_factory=dict)
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one table become events of one type, or nodes of one label.

    Attributes:
        where: the table's place in the mapping, for messages.
        table: as written.
        kind: event type or label.
        fields: all fields, identity and time included.
        extras: undeclared properties of nodes, kept under ``attributes``.
    """

    where: str
    table: EventTable | NodeTable
    kind: str
    fields: tuple[Field, ...]
    extras: tuple[Field, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, if the table feeds it."""
        return next((each for each in self.fields if each.declared.name == name), None)


class Planner:
    """Works out plans; lookup files are read once.

    Args:
        mapping: what is planned.
        now: the moment that times are compared with.
    """

    def __init__(self, mapping: Mapping, now: datetime) -> None:
        self._mapping = mapping
        self._now = now

    def event_plans(self, where: str, table: EventTable) -> dict[str, Plan]:
        """A plan for each event type that the table can hold.

        Raises:
            InvalidMapping: something in it cannot be.
        """
        return {kind: self._event_plan(where, table, kind) for kind in table.event_types()}

    def _event_plan(self, where: str, table: EventTable, kind: str) -> Plan:
        event = EVENTS[kind]
        declared = (USER, *IDENTITY, AT, *event.fields)
        fields = self._fields(where, table, declared)
        given = {each.declared.name for each in fields}
        for needed in (each for each in event.fields if each.required and each.name not in given):
            if table.type:
                reason = f"{kind} needs {needed.name}: {needed.summary}"
                raise InvalidMapping(self._mapping.path, f"{where}, columns", reason, f"say {needed.name} = its column")
        return Plan(where, table, kind, fields)

    def node_plan(self, where: str, table: NodeTable) -> Plan:
        """The plan of a table of nodes.

        Raises:
            InvalidMapping: something in it cannot be.
        """
        node = NODES[table.label]
        times = () if node.property("at") else (AT,)
        declared = (NODE_ID, *times, *node.properties)
        fields = self._fields(where, table, declared)
        known = {each.name for each in declared}
        others = [name for name in (*table.columns, *table.constants) if name not in known]
        extras = tuple(Property(name.removeprefix("attributes."), Type.JSON, "") for name in others)
        named = {extra.name: name for extra, name in zip(extras, others, strict=True)}
        return Plan(where, table, table.label, fields, self._fields(where, table, extras, named))

    def _fields(
        self, where: str, table: Table, declared: tuple[Property, ...], named: Dictionary[str, str] | None = None
    ) -> tuple[Field, ...]:
        read = self._times(where, table)
        fields = []
        for each in declared:
            name = (named or {}).get(each.name, each.name)
            if name in table.columns or name in table.constants:
                fields.append(self._field(where, table, each, name, read))
        return tuple(fields)

    def _field(self, where: str, table: Table, declared: Property, name: str, read: TimeReader) -> Field:
        rule = Rule(
            declared,
            is_id=_is_id(declared, table),
            missing=frozenset(table.missing),
            trim=table.trim,
            whole=table.whole_ids,
            split=table.split.get(name, ""),
            scale=table.scale.get(name, 1.0),
            time=read,
        )
        rejects = table.bad.get(name, "reject" if _identifies(declared) else "drop") == "reject"
        if name in table.constants:
            return Field(declared, "", rule, rejects, self._constant(where, rule, name, table.constants[name]))
        lookup = self._lookup(where, table.lookup[name]) if name in table.lookup else None
        stands_for = {text.casefold(): value for text, value in table.values.get(name, {}).items()}
        lacking = name in table.may_lack
        return Field(declared, table.columns[name], rule, rejects, None, lookup, stands_for, lacking)

    def _constant(self, where: str, rule: Rule, name: str, value: Any) -> Any:
        converted = convert([value], replace(rule, text=False))
        if converted.bad:
            raise InvalidMapping(self._mapping.path, f"{where}, constants.{name}", converted.bad[0])
        return converted.values[0]

    def _times(self, where: str, table: Table) -> TimeReader:
        try:
            return TimeReader(table.time, table.zone, self._now)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            reason = f"there is no zone {table.zone!r}"
            raise InvalidMapping(self._mapping.path, f"{where}, zone", reason, "such as Europe/Berlin") from error

    def _lookup(self, where: str, lookup: Lookup) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in files_of(lookup, self._mapping, where):
            for rows in read_rows(lookup, path, self._mapping, where):
                keys = column_of(rows, lookup.key, self._mapping, f"{where}, lookup.key", path.name)
                values = column_of(rows, lookup.value, self._mapping, f"{where}, lookup.value", path.name)
                found.update(zip(map(str, keys), values, strict=True))
        return found


def _is_id(declared: Property, table: Table) -> bool:
    if declared.type is Type.IDS or declared.name == "id" or declared.name.endswith("_id"):
        return True
    label = table.label if isinstance(table, NodeTable) else ""
    return any(edge.source == label and edge.from_property == declared.name for edge in EDGE_TYPES)


def _identifies(declared: Property) -> bool:
    """Without a sound value of these, what is left of the row would be another fact."""
    return declared.required or declared.name in {"at", "event_id"} or declared.name.endswith("_id")


def has_column(rows: Rows, name: str) -> bool:
    """Whether the file has such a column, as far as this batch tells."""
    return name.startswith("#") or name in rows.columns or name.split(".")[0] in rows.columns


def column_of(rows: Rows, name: str, mapping: Mapping, where: str, file: str) -> list[Any]:
    """The values of one column; a dotted name reaches into JSON objects.

    Raises:
        InvalidMapping: the file has no such column.
    """
    if name in {ROW, NUMBER}:
        first = rows.first + (name == NUMBER)
        return list(range(first, first + len(rows)))
    if name in rows.columns:
        return list(rows.columns[name])
    head, *rest = name.split(".")
    if rest and head in rows.columns:
        return [_reach(value, rest) for value in rows.columns[head]]
    if rows.first and not rows.text:
        return [None] * len(rows)  # no JSON row of this batch has it, but earlier ones had
    raise _no_column(rows, name, mapping, where, file)


def _reach(value: Any, path: list[str]) -> Any:
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _no_column(rows: Rows, name: str, mapping: Mapping, where: str, file: str) -> InvalidMapping:
    known = list(rows.columns)
    hint = f"its columns are {', '.join(known)}"
    if len(known) == 1:
        sign = next((sign for sign in (";", "\t", ",", "|") if sign in known[0]), None)
        hint = f"it seems to be separated by {sign!r}: say delimiter = {sign!r}" if sign else hint
    return InvalidMapping(mapping.path, where, f"{file} has no column {name!r}", hint)
