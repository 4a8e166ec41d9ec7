"""A mapping says which columns of which files are which nodes and events. TOML, read strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graph.errors import InvalidMapping
from graph.schema import EVENTS, NODES, EventType

Format = Literal["csv", "tsv", "text", "lists", "lines", "json", "jsonl", "parquet", "mat"]
"""text: columns apart by white space; lists: `user item item …` a line; lines: one value a line; mat: MATLAB v5."""

Unknown = Literal["create", "reject"]
Bad = Literal["reject", "drop"]

FREE_FIELDS = ("event_id", "user_id", "at", "session_id")
"""What every event may carry beside its own fields."""

DEFAULT_MISSING = ("", "\\N", "NULL", "null")


class Strict(BaseModel):
    """Unknown keys are refused: a misspelt rule must not be a rule that is silently off."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Strict):
    """One file, or several of one form by a pattern such as ``part-*.parquet``, and how to read it."""

    file: str
    format: Format | None = None
    names: tuple[str, ...] | None = None
    """Names of the columns, for files without a header line."""
    header: bool = False
    """With `names`: the first line is a header all the same, and is skipped."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: str = "utf-8"
    records: str = ""
    """JSON: the dotted path to the array of rows; empty where the file is the array. mat: the matrix's name."""


class Lookup(Source):
    """Another file that turns one value into another; held in memory."""

    key: str
    value: str


class Table(Source):
    """What events and nodes have in common."""

    columns: dict[str, str]
    """What each column is: our name = theirs. `#row` counts rows from 0, `#number` from 1."""
    constants: dict[str, Any] = {}
    """Values that are the same in every row."""
    time: str = ""
    """unix_s, unix_ms, rfc3339 (the default), go (as the language prints it) or a strptime format."""
    zone: str = ""
    """For times without a zone, such as Europe/Berlin."""
    split: dict[str, str] = {}
    scale: dict[str, float] = {}
    missing: tuple[str, ...] = DEFAULT_MISSING
    """Texts that stand for no value."""
    bad: dict[str, Bad] = {}
    """What becomes of a row whose value of that column cannot be: drop the value, or reject the row."""
    lookup: dict[str, Lookup] = {}
    values: dict[str, dict[str, Any]] = {}
    """What single values of a column stand for: `values = { available = { hidden = false } }`."""
    optional: bool = False
    """Whether the table's file may be missing."""
    may_lack: tuple[str, ...] = ()
    """Our names of columns that the file may do without."""
    whole_ids: bool = False
    """Ids that were written as numbers: `1.0000000e+003` is `1000`."""
    trim: bool = True
    """Cut white space around values of text files."""


class EventTable(Table):
    """Rows that are events."""

    type: str = ""
    type_column: str = ""
    types: dict[str, str] = {}
    """With `type_column`: its values, in any case = our event types; `""` for rows without."""
    unknown: Unknown | None = None

    @model_validator(mode="after")
    def one_way_to_tell_the_type(self) -> Self:
        """Either all rows have one type, or a column tells it."""
        if bool(self.type) == bool(self.type_column):
            raise ValueError("say either type or type_column")
        for name in self.event_types():
            _refuse_unmappable(name)
        for name in (*self.columns, *self.constants):
            if name not in FREE_FIELDS and not any(EVENTS[each].field(name) for each in self.event_types()):
                raise ValueError(f"{name!r} is no field of {', '.join(self.event_types())}{_near(name, self.fields())}")
        nobody = self.event_types() == ["deleted"]
        if not nobody and "user_id" not in self.columns and "user_id" not in self.constants:
            raise ValueError("columns must say which column is user_id")
        return self

    def event_types(self) -> list[str]:
        """The types that its rows can have."""
        if self.type:
            return [self.type]
        return sorted(set(self.types.values())) or sorted(mappable_events())

    def fields(self) -> list[str]:
        """The fields that its types can carry."""
        return [*FREE_FIELDS, *{f.name: None for each in self.event_types() for f in EVENTS[each].fields}]


class NodeTable(Table):
    """Rows that are nodes."""

    label: str
    repeats: Literal["reject", "merge"] = "reject"
    """A row that says what an earlier one said: a fault, or the nature of the file."""

    @model_validator(mode="after")
    def label_is_declared(self) -> Self:
        """The label is one of the schema's, and the id has a column."""
        if self.label not in NODES:
            raise ValueError(f"{self.label!r} is no label{_near(self.label, list(NODES))}")
        if "id" not in self.columns:
            raise ValueError("columns must say which column is id")
        return self


class Cleaning(Strict):
    """Rules over all files of one load."""

    unknown: Unknown = "create"
    """Events about nodes that no file and no store has: make them, or reject the event."""
    min_actions_per_user: int = Field(default=0, ge=0)
    """Events of people with fewer actions are rejected; 0 keeps everyone."""
    max_actions_per_minute: int = Field(default=120, ge=0)
    """People with more actions in one minute are taken for robots; 0 keeps everyone."""


class MappingFile(Strict):
    """The whole file."""

    events: tuple[EventTable, ...] = ()
    nodes: tuple[NodeTable, ...] = ()
    cleaning: Cleaning = Cleaning()

    @model_validator(mode="after")
    def something_to_load(self) -> Self:
        """A mapping without tables is a mistake."""
        if not self.events and not self.nodes:
            raise ValueError("has neither [[events]] nor [[nodes]]")
        return self


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been read.

    Attributes:
        path: where it is from, for messages.
        base: the folder that its files are relative to.
        content: what it says.
    """

    path: Path
    base: Path
    content: MappingFile

    def tables(self) -> Iterator[tuple[str, NodeTable | EventTable]]:
        """Every table with its place in the file; nodes first, so that events find them."""
        for number, nodes in enumerate(self.content.nodes, 1):
            yield f"[[nodes]] {number}", nodes
        for number, events in enumerate(self.content.events, 1):
            yield f"[[events]] {number}", events


def mappable_events() -> dict[str, EventType]:
    """Event types that a table of events can hold."""
    return {name: event for name, event in EVENTS.items() if not event.node and name != "erased"}


def _refuse_unmappable(name: str) -> None:
    if name == "erased":
        raise ValueError("people are erased through the API; their part of the log has to be rewritten")
    if name in EVENTS and EVENTS[name].node:
        raise ValueError(f'{name!r} says what a node is; use [[nodes]] with label = "{EVENTS[name].node}"')
    if name not in EVENTS:
        raise ValueError(f"{name!r} is no event type{_near(name, list(mappable_events()))}")


def read_mapping(path: Path, base: Path | None = None) -> Mapping:
    """Read a mapping file.

    Args:
        path: the TOML file.
        base: the folder that its files are relative to; its own folder by default.

    Raises:
        InvalidMapping: it cannot be read, is no TOML, or says what cannot be.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise InvalidMapping(path, "file", error.strerror or str(error), "name an existing TOML file") from error
    except UnicodeDecodeError as error:
        raise InvalidMapping(path, f"byte {error.start}", "is not UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidMapping(path, "TOML", str(error), "see https://toml.io") from error
    return parse_mapping(content, path, base or path.parent)


def parse_mapping(content: dict[str, Any], path: Path, base: Path) -> Mapping:
    """Check the content of a mapping.

    Raises:
        InvalidMapping: it says what cannot be.
    """
    try:
        return Mapping(path, base, MappingFile.model_validate(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = _where(first["loc"])
        raise InvalidMapping(path, where, *_explained(first["type"], first["msg"], first["loc"])) from error


def _where(location: tuple[int | str, ...]) -> str:
    """`[[events]] 2, columns` for ``("events", 1, "columns")``."""
    if len(location) >= 2 and isinstance(location[1], int):
        rest = ".".join(str(part) for part in location[2:])
        return f"[[{location[0]}]] {location[1] + 1}" + (f", {rest}" if rest else "")
    return ".".join(str(part) for part in location) or "the whole file"


def _explained(kind: str, message: str, location: tuple[int | str, ...]) -> tuple[str, str]:
    name = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        known = list(_model_at(location).model_fields)
        return f"there is no key {name!r}", _near(name, known).removeprefix("; ") or f"known: {', '.join(known)}"
    if kind == "missing":
        return f"the key {name!r} is missing", ""
    reason, _, hint = message.removeprefix("Value error, ").partition("; ")
    return reason, hint


def _model_at(location: tuple[int | str, ...]) -> type[Strict]:
    if len(location) == 1:
        return MappingFile
    if "lookup" in location:
        return Lookup
    tables: dict[str, type[Strict]] = {"events": EventTable, "nodes": NodeTable}
    return tables.get(str(location[0]), Cleaning)


def _near(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
