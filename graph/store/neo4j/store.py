"""The graph store on a Neo4j server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from graph.errors import InvalidEvent, StoreBusy, StoreRefused, StoreUnavailable
from graph.model import EdgeArrays, EventBatch, NodeBatch, Relation
from graph.queries import query
from graph.schema import EVENTS, NODES
from graph.store.neo4j import edges as edges_of
from graph.store.neo4j import reading
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer, Transaction
from graph.store.neo4j.finishing import finish_import
from graph.store.neo4j.relations import relations
from graph.store.neo4j.schema import apply_schema, stored_version
from graph.store.neo4j.tables import Neo4jDirectory, Neo4jTables
from graph.store.rows import RowNumbers
from graph.store.writer import Writer

TRANSACTION_ROWS = 20_000
"""Events in one transaction."""

WRITE_S = 120.0
"""Longest time one transaction may take on the server."""

ROWS = "rows_"
"""In the names under which the store's own node keeps the next row of each label."""


class Recorder:
    """Implements `graph.store.port.StoreWriter`: keeps what is written until the transaction is made.

    So that a transaction which fails for a passing reason can be made again.
    """

    def __init__(self) -> None:
        self.batches: list[EventBatch | NodeBatch] = []

    def add_events(self, batch: EventBatch) -> None:
        """Keep events.

        Raises:
            InvalidEvent: it is a node event.
        """
        if EVENTS[batch.type].node:
            raise InvalidEvent("type", f"{batch.type} says what a node is; pass it as a NodeBatch")
        self.batches.append(batch)

    def add_nodes(self, batch: NodeBatch) -> None:
        """Keep node upserts."""
        self.batches.append(batch)


class Neo4jGraphStore:
    """Implements `graph.store.port.GraphStore`; one process writes at a time, others wait for it.

    Args:
        config: where the server is.
        read_only: change nothing, not even the schema.

    Raises:
        StoreUnavailable: the server cannot be reached, or is too old.
        StoreRefused: it does not let us in.
        ForeignVersion: a newer program has set it up.
    """

    def __init__(self, config: Neo4jConfig, *, read_only: bool = False) -> None:
        self.server = Neo4jServer(config)
        self._read_only = read_only
        self._closed = False
        self._rows = RowNumbers()
        self._reached: str | None = None
        self._seen: str | None = None
        self._has_looked = False
        try:
            if read_only:
                self.server.version()
                stored_version(self.server)
            else:
                apply_schema(self.server)
                finish_import(self.server)
        except BaseException:
            self.server.close()
            raise

    @property
    def transaction_rows(self) -> int | None:
        """How many rows one transaction should hold."""
        return TRANSACTION_ROWS

    def position(self) -> str | None:
        """The log position that the store has reached; None when it is new."""
        self._seen = reading.position(self._open())
        self._has_looked = True
        return self._seen

    @contextmanager
    def writing(self, position: str) -> Iterator[Recorder]:
        """A transaction that takes the store to this log position; leaving it with an exception changes nothing.

        Raises:
            StoreBusy: another process writes or exports and did not end in time, or has taken the store to another
                position than the one that `position` told last.
            StorageFull: the server has no space left; nothing was changed.
        """
        server = self._open()
        if self._read_only:
            raise StoreRefused(server.config.url, "the store was opened for reading only", "open it for writing")
        recorder = Recorder()
        yield recorder
        server.rows(query("begin_write"), write=True)  # waits for others no longer than one query may take
        try:
            done = server.retried(partial(self._apply, recorder.batches, position), write=True, query_s=WRITE_S)
        except BaseException:
            self._rows.forget()
            raise
        if not done:
            raise StoreBusy(server.config.url, "another process brings it up to date")
        self._reached = self._seen = position

    def _apply(self, batches: Sequence[EventBatch | NodeBatch], position: str, transaction: Transaction) -> bool:
        """False, with nothing done, where the store is not where it was when we looked."""
        ((facts, erased),) = transaction.rows(query("begin_write"))
        if self._has_looked and facts.get("position") != self._seen:
            return False
        directory = Neo4jDirectory(transaction, {label: facts.get(ROWS + label, 0) for label in NODES}, erased)
        if facts.get("position") != self._reached:  # somebody else has written, or an attempt of ours has failed
            self._rows.forget()
        self._reached = None
        self._rows.look_into(directory)
        tables = Neo4jTables(transaction, self._rows, directory)
        writer = Writer(tables, self._rows)
        for batch in batches:
            if isinstance(batch, NodeBatch):
                writer.add_nodes(batch)
            else:
                writer.add_events(batch)
        tables.flush()
        rows = {ROWS + label: row for label, row in directory.next_rows.items() if row}
        transaction.run(query("end_write"), facts={"position": position, **rows})
        return True

    def reading(self) -> AbstractContextManager[None]:
        """Everything read inside is of one moment; who wants to write meanwhile waits, or gets `StoreBusy`."""
        return reading.reading(self._open())

    def node_count(self, label: str) -> int:
        """Rows of that label, erased ones included."""
        return reading.node_count(self._open(), label)

    def node_ids(self, label: str, batch_size: int = 100_000) -> Iterator[list[str | None]]:
        """External ids in row order; None for an erased row."""
        return reading.node_ids(self._open(), label, batch_size)

    def deleted_rows(self, label: str) -> Sequence[int]:
        """Rows of nodes that have been ended: kept in history, never recommended."""
        return reading.deleted_rows(self._open(), label)

    def property_values(self, label: str, name: str) -> Iterator[tuple[list[int], list[Any]]]:
        """Rows and values of one property, in batches by row; rows without it are left out."""
        return reading.property_values(self._open(), label, name)

    def edges(self, key: tuple[str, str, str], batch_size: int = 1_000_000) -> Iterator[EdgeArrays]:
        """The standing edges of one edge set. Of rated and reviewed edges the newest of each pair."""
        return edges_of.edges(self._open(), key, batch_size)

    def properties(self, label: str, node_id: str) -> dict[str, Any] | None:
        """All properties of one node; None when there is no such node."""
        return reading.properties(self._open(), label, node_id)

    def relations(self, label: str, node_id: str) -> Iterator[Relation]:
        """Every edge of one node that is kept, those taken back too, derived ones not; none when it is not there."""
        return relations(self._open(), label, node_id)

    def counts(self) -> dict[str, dict[str, int]]:
        """``{"nodes": {label: n}, "edges": {relationship type: n}}``, only what is there."""
        return reading.counts(self._open())

    def close(self) -> None:
        """Close all connections; safe to call twice."""
        self._closed = True
        self.server.close()

    def _open(self) -> Neo4jServer:
        if self._closed:
            raise StoreUnavailable(self.server.config.url, "the store was closed")
        return self.server
