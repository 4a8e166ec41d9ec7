"""When each thing in a store was said last: what a projection of only the newest events asks about older ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from graph.schema import EdgeType, Keeping
from graph.sqlite import connect, translated
from graph.store.rows import erased_key
from graph.store.tables import MIGRATIONS, attribute_table, edge_table, node_table, property_table
from graph.store.writer import Mark


class Said(NamedTuple):
    """One register: when, by which event, and what.

    Attributes:
        at: milliseconds since 1970; `graph.model.NO_TIME` for an event without a time.
        event_id: of that event.
        stands: of a pair, whether it has an edge.
        value: stars.
    """

    at: int
    event_id: str
    stands: bool = True
    value: float | None = None


class Registers(Protocol):
    """Looks up when something was said last; rows are those of the store's snapshots."""

    def knows_what_came(self) -> bool:
        """Whether what was taken in since the snapshot is, or will soon be, looked up too."""

    def pair(self, edge: EdgeType, source: int, target: int) -> Said | None:
        """The newest event of a pair; of starred ones the newest stars."""

    def mark(self, what: Mark, label: str, row: int) -> Said | None:
        """When a node was described, or ended, last."""

    def property(self, label: str, row: int, name: str) -> Said | None:
        """When a property was set, or removed, last."""

    def attribute(self, label: str, row: int, name: str) -> Said | None:
        """When a name under ``attributes`` was set, or removed, last."""

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""


@dataclass(frozen=True, slots=True)
class NoRegisters:
    """For a graph whose store cannot be asked: everything in it is older than what comes."""

    def knows_what_came(self) -> bool:
        """It never is."""
        return False

    def pair(self, edge: EdgeType, source: int, target: int) -> Said | None:  # noqa: ARG002
        """Nothing is known."""
        return None

    def mark(self, what: Mark, label: str, row: int) -> Said | None:  # noqa: ARG002
        """Nothing is known."""
        return None

    def property(self, label: str, row: int, name: str) -> Said | None:  # noqa: ARG002
        """Nothing is known."""
        return None

    def attribute(self, label: str, row: int, name: str) -> Said | None:  # noqa: ARG002
        """Nothing is known."""
        return None

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Nothing is known."""
        return set()


class SqliteRegisters:
    """Asks the embedded store's file, which may be ahead: what it has taken already is as good.

    Args:
        path: of the store.

    Raises:
        StoreUnavailable: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection = connect(path, MIGRATIONS, durability="normal", read_only=True)

    def knows_what_came(self) -> bool:
        """The projector brings the store along with the log."""
        return True

    def pair(self, edge: EdgeType, source: int, target: int) -> Said | None:
        """The newest event of a pair; of starred ones the newest stars."""
        if edge.keeping is Keeping.PAIR:
            what, ending = "at, event_id, stands, NULL", ""
        else:
            value = "value" if any(each.name == "value" for each in edge.properties) else "NULL"
            what, ending = f"at, event_id, 1, {value}", " ORDER BY at DESC, event_id DESC LIMIT 1"
        statement = f"SELECT {what} FROM {edge_table(edge)} WHERE source = ? AND target = ?{ending}"  # noqa: S608
        found = self._one(statement, source, target)
        return None if found is None else Said(found[0], found[1], bool(found[2]), found[3])

    def mark(self, what: Mark, label: str, row: int) -> Said | None:
        """When a node was described, or ended, last."""
        found = self._one(f"SELECT {what}_at, {what}_id FROM {node_table(label)} WHERE row = ?", row)  # noqa: S608
        return None if found is None else Said(*found)

    def property(self, label: str, row: int, name: str) -> Said | None:
        """When a property was set, or removed, last."""
        table = property_table(label)
        found = self._one(f"SELECT at, event_id FROM {table} WHERE name = ? AND row = ?", name, row)  # noqa: S608
        return None if found is None else Said(*found)

    def attribute(self, label: str, row: int, name: str) -> Said | None:
        """When a name under ``attributes`` was set, or removed, last."""
        table = attribute_table(label)
        found = self._one(f"SELECT at, event_id FROM {table} WHERE row = ? AND name = ?", row, name)  # noqa: S608
        return None if found is None else Said(*found)

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""
        statement = "SELECT 1 FROM erased WHERE label = ? AND key = ?"
        return {each for each in ids if self._one(statement, label, erased_key(each)) is not None}

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _one(self, statement: str, *values: object) -> tuple | None:  # type: ignore[type-arg]
        with translated(self._path):
            found: tuple | None = self._connection.execute(statement, values).fetchone()  # type: ignore[type-arg]
            return found
