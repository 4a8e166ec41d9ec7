"""The embedded graph store: one SQLite file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from graph.errors import InvalidValue, StoreUnavailable
from graph.model import EdgeArrays, EdgeRecords, Relation
from graph.schema import EDGE_TYPES, EDGES, NODE_TYPES, NODES, Keeping
from graph.sqlite import Durability, connect, forget_journal, transaction, translated
from graph.store.properties import column, properties_of
from graph.store.reading import derived_edges, history, newest_of_pairs, pairs, ties
from graph.store.relations import records, relations_of
from graph.store.rows import RowNumbers, SqliteDirectory
from graph.store.sqlite_tables import SqliteTables
from graph.store.tables import MIGRATIONS, complete, edge_table, is_complete, node_table, stored_edge_types
from graph.store.writer import INTERACTED, Writer

VALUES_IN_BATCH = 100_000
NEWEST_COUNTS = ("RATED", "REVIEWED")
"""Relationship types of which only the newest edge of each pair stands."""


class SqliteGraphStore:
    """Implements `graph.store.port.GraphStore`; to be used by one thread at a time.

    Args:
        path: the file; made when there is none.
        durability: what a commit survives, see `graph.sqlite.Durability`.
        read_only: never write or create.

    Raises:
        StoreUnavailable: the file cannot be opened or is no store.
        ForeignVersion: a newer program wrote it.
    """

    transaction_rows: ClassVar[int | None] = None
    """An import is one transaction, however large."""

    def __init__(self, path: Path, *, durability: Durability = "full", read_only: bool = False) -> None:
        self.path = path
        self._connection = connect(path, MIGRATIONS, durability=durability, read_only=read_only)
        self._rows = RowNumbers(SqliteDirectory(self._connection))
        self._meet_schema(read_only)

    def _meet_schema(self, read_only: bool) -> None:
        with translated(self.path):
            if is_complete(self._connection):
                return
        if read_only:
            raise StoreUnavailable(str(self.path), "its tables are older than the schema; open it for writing once")
        with transaction(self._connection, self.path):
            complete(self._connection)

    def position(self) -> str | None:
        """The log position that the store has reached; None when it is new."""
        found = self._one("SELECT value FROM meta WHERE name = 'position'")
        return None if found is None else str(found[0])

    @contextmanager
    def writing(self, position: str, *, more: bool = False) -> Iterator[Writer]:  # noqa: ARG002 - nothing to gain
        """A transaction that takes the store to this log position; leaving it with an exception rolls back.

        Raises:
            StorageFull: no space was left; nothing was changed.
            StoreLocked: another process is writing.
        """
        try:
            with transaction(self._connection, self.path):
                writer = Writer(SqliteTables(self._connection, self._rows), self._rows)
                yield writer
                self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('position', ?)", (position,))
        except BaseException:
            self._rows.forget()
            raise
        if writer.has_erased:
            forget_journal(self._connection, self.path)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever another process writes meanwhile."""
        with translated(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def node_count(self, label: str) -> int:
        """Rows of that label, erased ones included."""
        found = self._one(f"SELECT coalesce(max(row), -1) + 1 FROM {_nodes(label)}")  # noqa: S608
        return int(found[0]) if found else 0

    def node_ids(self, label: str, batch_size: int = 100_000) -> Iterator[list[str | None]]:
        """External ids in row order; None for an erased row."""
        with translated(self.path):
            cursor = self._connection.execute(f"SELECT id FROM {_nodes(label)} ORDER BY row")  # noqa: S608
            while batch := cursor.fetchmany(batch_size):
                yield [node_id for (node_id,) in batch]

    def deleted_rows(self, label: str) -> Sequence[int]:
        """Rows of nodes that have been ended: kept in history, never recommended."""
        with translated(self.path):
            found = self._connection.execute(
                f"SELECT row FROM {_nodes(label)} WHERE (ended_at, ended_id) > (touched_at, touched_id) ORDER BY row"  # noqa: S608
            )
            return [row for (row,) in found]

    def property_values(self, label: str, name: str) -> Iterator[tuple[list[int], list[Any]]]:
        """Rows and values of one property, in batches by row; rows without it are left out.

        Raises:
            InvalidValue: the label has no such property.
        """
        declared = NODES[label].property(name) if label in NODES else None
        if declared is None:
            raise InvalidValue("property", f"{label} has no property {name}")
        with translated(self.path):
            found = column(self._connection, label, declared)
            while batch := list(islice(found, VALUES_IN_BATCH)):
                yield [row for row, _ in batch], [value for _, value in batch]

    def edges(self, key: tuple[str, str, str], batch_size: int = 1_000_000) -> Iterator[EdgeArrays]:
        """The standing edges of one edge set. Of rated and reviewed edges the newest of each pair.

        Raises:
            InvalidValue: there is no such edge set.
        """
        if key not in EDGES:
            raise InvalidValue("edges", f"there is no edge set {'-'.join(key)}")
        edge = EDGES[key]
        with translated(self.path):
            if edge.keeping is Keeping.DERIVED:
                for rows, ids in self.property_values(edge.source, edge.from_property):
                    yield derived_edges(self._rows, edge, rows, ids)
            elif edge is INTERACTED:
                yield from ties(self._connection, batch_size)
            elif edge.keeping is Keeping.PAIR:
                yield from pairs(self._connection, edge, batch_size)
            elif edge.type in NEWEST_COUNTS:
                yield from newest_of_pairs(self._connection, edge, batch_size)
            else:
                yield from history(self._connection, edge, batch_size)

    def records(self, key: tuple[str, str, str], batch_size: int = 50_000) -> Iterator[EdgeRecords]:
        """The standing edges of an edge set that is not derived, every event of it, with all that is kept.

        Raises:
            InvalidValue: there is no such edge set, or it is derived.
        """
        if key not in EDGES or EDGES[key].keeping is Keeping.DERIVED:
            raise InvalidValue("edges", f"there is no edge set {'-'.join(key)} with records")
        with translated(self.path):
            yield from records(self._connection, EDGES[key], batch_size)

    def properties(self, label: str, node_id: str) -> dict[str, Any] | None:
        """All properties of one node; None when there is no such node."""
        found = self._one(f"SELECT row FROM {_nodes(label)} WHERE id = ?", node_id)  # noqa: S608
        if found is None:
            return None
        with translated(self.path):
            return properties_of(self._connection, label, found[0])

    def relations(self, label: str, node_id: str) -> Iterator[Relation]:
        """Every edge of one node that is kept, those taken back too, derived ones not; none when it is not there."""
        found = self._one(f"SELECT row FROM {_nodes(label)} WHERE id = ?", node_id)  # noqa: S608
        if found is not None:
            with translated(self.path):
                yield from relations_of(self._connection, label, found[0])

    def counts(self) -> dict[str, dict[str, int]]:
        """``{"nodes": {label: n}, "edges": {relationship type: n}}``, only what is there.

        Events of rated, bought and the like are all counted, also where a newer one stands for the pair.
        """
        nodes = {n.label: self._count(f"{node_table(n.label)} WHERE id IS NOT NULL") for n in NODE_TYPES}
        edges: Counter[str] = Counter()
        for edge in stored_edge_types():
            stands = " WHERE stands" if edge.keeping is Keeping.PAIR else ""
            edges[edge.type] += self._count(edge_table(edge) + stands)
        for edge in EDGE_TYPES:
            if edge.keeping is Keeping.DERIVED:
                edges[edge.type] += sum(len(batch) for batch in self.edges(edge.key))
        return {"nodes": {k: n for k, n in nodes.items() if n}, "edges": {k: n for k, n in edges.items() if n}}

    def close(self) -> None:
        """Release files and connections; safe to call twice."""
        self._connection.close()

    def _count(self, what: str) -> int:
        found = self._one(f"SELECT count(*) FROM {what}")  # noqa: S608
        return int(found[0]) if found else 0

    def _one(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        with translated(self.path):
            found: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
            return found


def _nodes(label: str) -> str:
    if label not in NODES:
        raise InvalidValue("label", f"{label!r} is no label; known: {', '.join(NODES)}")
    return node_table(label)
