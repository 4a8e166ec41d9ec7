"""A mapping for a graph that is in somebody's Neo4j: which of its nodes and relationships are which of ours."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from graph.errors import InvalidMapping
from graph.load.mapping import DEFAULT_MISSING, Bad, Cleaning, EventTable, Mapping, MappingFile, NodeTable, Strict
from graph.load.patterns import Names, Parsed, Unparsable, parse_expression, parse_pattern, quoted

NODE = "n"
"""What a node is called where the mapping only says its label."""

COUNT = "#count"
"""Name of the column that says how many events a row stands for."""

PLAIN_NAME = re.compile(r"[^\W\d]\w*")
ENDS = {
    "user": "user_id",
    "product": "product_id",
    "other": "other_id",
    "post": "post_id",
    "community": "community_id",
}
"""What an event's table calls its ends, and the fields that they are."""


class Listed(Strict):
    """A list of what a pattern leads to from the matched one."""

    match: str
    value: str


Told = str | Listed
T = TypeVar("T", NodeTable, EventTable)


class AdoptTable(Strict):
    """What nodes and events have in common."""

    match: str
    """A label, or a pattern such as `(u:User)-[r:RATED]->(p:Movie)`."""
    where: str = ""
    """A condition on what is matched."""
    constants: dict[str, Any] = Field(default_factory=dict)
    time: str = ""
    zone: str = ""
    scale: dict[str, float] = Field(default_factory=dict)
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)
    missing: tuple[str, ...] = DEFAULT_MISSING
    bad: dict[str, Bad] = Field(default_factory=dict)
    split: dict[str, str] = Field(default_factory=dict)


class AdoptNodes(AdoptTable):
    """Their nodes that are nodes of ours."""

    label: str
    id: str
    properties: dict[str, Told] = Field(default_factory=dict)


class AdoptEvents(AdoptTable):
    """Their relationships, or paths, that are events of ours."""

    type: str
    user: str | None = None
    product: str | None = None
    other: str | None = None
    post: str | None = None
    community: str | None = None
    value: str | None = None
    at: str | None = None
    event_id: str | None = None
    count: str | None = None
    """How many events one match stands for."""
    fields: dict[str, Told] = Field(default_factory=dict)


class AdoptFile(Strict):
    """The whole file."""

    nodes: tuple[AdoptNodes, ...] = ()
    events: tuple[AdoptEvents, ...] = ()
    cleaning: Cleaning = Field(default_factory=Cleaning)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is asked of the server for one table.

    Attributes:
        pattern: what is matched.
        condition: what must hold of it; ``true`` where nothing is asked.
        columns: our column names, and the expression that gives each.
        lists: names of columns that hold what a pattern leads to, in no order.
    """

    pattern: Parsed
    condition: Parsed
    columns: tuple[tuple[str, Parsed], ...]
    lists: frozenset[str] = frozenset()

    def names(self) -> Names:
        """Every label, type and property that it speaks of."""
        found = self.pattern.names | self.condition.names
        for _, column in self.columns:
            found |= column.names
        return found

    def parameters(self) -> dict[str, Any]:
        """The values in it."""
        found = dict(self.condition.parameters)
        for _, column in self.columns:
            found |= column.parameters
        return found


@dataclass(frozen=True, slots=True)
class AdoptMapping:
    """A mapping that has been read.

    Attributes:
        text: as it was written.
        load: the same as a mapping of a load, whose tables' columns are those of ``readings``.
        readings: what is asked for each table, by its place in the mapping.
    """

    text: str
    load: Mapping
    readings: dict[str, Reading]


def read_adopt_mapping(path: Path) -> AdoptMapping:
    """Read a mapping file.

    Raises:
        InvalidMapping: it cannot be read, is no TOML, or says what cannot be.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        content = AdoptFile.model_validate(tomllib.loads(text))
    except OSError as error:
        raise InvalidMapping(path, "file", error.strerror or str(error), "name an existing TOML file") from error
    except UnicodeDecodeError as error:
        raise InvalidMapping(path, f"byte {error.start}", "is not UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidMapping(path, "TOML", str(error), "see https://toml.io") from error
    except ValidationError as error:
        raise _invalid(path, error) from error
    if not content.nodes and not content.events:
        raise InvalidMapping(path, "the whole file", "has neither [[nodes]] nor [[events]]")
    reader = _Reader(path)
    nodes = [reader.nodes(f"[[nodes]] {number}", table) for number, table in enumerate(content.nodes, 1)]
    events = [reader.events(f"[[events]] {number}", table) for number, table in enumerate(content.events, 1)]
    file = MappingFile(nodes=tuple(nodes), events=tuple(events), cleaning=content.cleaning)
    return AdoptMapping(text, Mapping(path, path.parent, file), reader.readings)


class _Reader:
    """Turns tables into tables of a load and what is asked of the server."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.readings: dict[str, Reading] = {}

    def nodes(self, where: str, table: AdoptNodes) -> NodeTable:
        told: dict[str, Told] = {"id": table.id, **table.properties}
        self._read(where, table, told)
        content = {**self._shared(table, told), "label": table.label, "repeats": "merge"}
        return self._table(where, NodeTable, content)

    def events(self, where: str, table: AdoptEvents) -> EventTable:
        told: dict[str, Told] = {}
        for name, field in {**ENDS, "value": "value", "at": "at", "event_id": "event_id"}.items():
            given = getattr(table, name)
            if given is not None:
                told[field] = given
        told |= table.fields
        if table.count is not None:
            told[COUNT] = table.count
        self._read(where, table, told)
        told.pop(COUNT, None)
        if table.count is not None:
            told.setdefault("event_id", "")
        return self._table(where, EventTable, {**self._shared(table, told), "type": table.type})

    def _shared(self, table: AdoptTable, told: dict[str, Told]) -> dict[str, Any]:
        given = table.model_dump(include={"constants", "time", "zone", "scale", "values", "missing", "bad", "split"})
        return {**given, "file": table.match, "columns": {name: name for name in told}, "trim": False}

    def _table(self, where: str, kind: type[T], content: dict[str, Any]) -> T:
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            found: Any = error.errors()[0]
            place = ", ".join((where, *map(str, found["loc"][:1])))
            reason, _, hint = found["msg"].removeprefix("Value error, ").partition("; ")
            raise InvalidMapping(self._path, place, reason, hint) from error

    def _read(self, where: str, table: AdoptTable, told: dict[str, Told]) -> None:
        pattern = self._pattern(where, table.match)
        condition = Parsed("true")
        if table.where:
            condition = self._expression(f"{where}, where", table.where, pattern.variables, "w")
        columns = tuple(
            (name, self._told(f"{where}, {name}", given, pattern, f"c{number}_"))
            for number, (name, given) in enumerate(told.items())
        )
        lists = frozenset(name for name, given in told.items() if isinstance(given, Listed))
        self.readings[where] = Reading(pattern, condition, columns, lists)

    def _pattern(self, where: str, text: str) -> Parsed:
        label = text if PLAIN_NAME.fullmatch(text) or "`" in text else quoted(text)
        try:
            pattern = parse_pattern(text if "(" in text else f"({NODE}:{label})")
        except Unparsable as error:
            hint = "say a label, or a pattern such as (u:User)-[r:RATED]->(p:Movie)"
            raise InvalidMapping(self._path, f"{where}, match", f"{text!r} {error}", hint) from error
        if not pattern.variables:
            reason = f"{text!r} names nothing that could be spoken of"
            raise InvalidMapping(self._path, f"{where}, match", reason, "give nodes names: (u:User)")
        return pattern

    def _told(self, where: str, given: Told, pattern: Parsed, prefix: str) -> Parsed:
        if isinstance(given, Listed):
            return self._listed(where, given, pattern, prefix)
        if PLAIN_NAME.fullmatch(given) and given not in pattern.variables and len(pattern.variables) == 1:
            (only,) = pattern.variables
            given = f"{quoted(only)}.{given}"
        return self._expression(where, given, pattern.variables, prefix)

    def _listed(self, where: str, given: Listed, pattern: Parsed, prefix: str) -> Parsed:
        try:
            leading = parse_pattern(given.match, pattern.variables)
        except Unparsable as error:
            raise InvalidMapping(self._path, f"{where}.match", f"{given.match!r} {error}") from error
        value = self._expression(f"{where}.value", given.value, leading.variables, prefix)
        return Parsed(f"[{leading.text} | {value.text}]", value.parameters, names=leading.names | value.names)

    def _expression(self, where: str, text: str, known: frozenset[str], prefix: str) -> Parsed:
        try:
            return parse_expression(text, known, prefix)
        except Unparsable as error:
            raise InvalidMapping(self._path, where, f"{text!r} {error}") from error


def missing_names(mapping: AdoptMapping, server: Names) -> Iterator[InvalidMapping]:
    """What a mapping speaks of that the server has never seen, as errors, one each."""
    for where, reading in mapping.readings.items():
        names = reading.names()
        for what, said, there in (
            ("label", names.labels, server.labels),
            ("relationship type", names.types, server.types),
            ("property", names.properties, server.properties),
        ):
            for name in sorted(said - there):
                yield InvalidMapping(mapping.load.path, where, f"the server has no {what} {name!r}", _near(name, there))


def _near(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    shown = ", ".join(sorted(known)[:12]) or "none"
    return f"did you mean {close[0]!r}?" if close else f"it has {shown}"


def _invalid(path: Path, error: ValidationError) -> InvalidMapping:
    first = error.errors()[0]
    location: tuple[int | str, ...] = first["loc"]
    where = ".".join(map(str, location)) or "the whole file"
    if len(location) >= 2 and isinstance(location[1], int):
        rest = ".".join(str(each) for each in location[2:])
        where = f"[[{location[0]}]] {location[1] + 1}" + (f", {rest}" if rest else "")
    if first["type"] == "extra_forbidden":
        models: dict[str, type[Strict]] = {"nodes": AdoptNodes, "events": AdoptEvents, "cleaning": Cleaning}
        known = frozenset(
            models.get(str(location[0]), AdoptFile).model_fields if len(location) > 1 else AdoptFile.model_fields
        )
        return InvalidMapping(path, where, f"there is no key {location[-1]!r}", _near(str(location[-1]), known))
    if first["type"] == "missing":
        return InvalidMapping(path, where, f"the key {location[-1]!r} is missing")
    return InvalidMapping(path, where, first["msg"].removeprefix("Value error, "))
