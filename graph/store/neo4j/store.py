"""The graph store on a Neo4j server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from graph.errors import InvalidEvent, StoreBusy, StoreError, StoreRefused, StoreUnavailable
from graph.model import EdgeArrays, EdgeRecords, EventBatch, NodeBatch, Relation
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

ERASING = ("erased", "posted")
"""Events that may empty rows."""

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


@dataclass(frozen=True)
class Work:
    """What one transaction does.

    Attributes:
        batches: in their order.
        position: of the log, that it reaches.
    """

    batches: Sequence[EventBatch | NodeBatch]
    position: str

    @property
    def can_start_ahead(self) -> bool:
        """Whether part of it may be done while the transaction before is being committed."""
        return all(isinstance(each, NodeBatch) or each.type not in ERASING for each in self.batches)


@dataclass(frozen=True)
class Done:
    """A transaction whose work is done, and which is still open.

    Attributes:
        work: that was done.
        transaction: closing it commits.
        directory: the rows that it gave out.
        tables: what it wrote.
        has_erased: whether somebody was erased.
    """

    work: Work
    transaction: ExitStack
    directory: Neo4jDirectory
    tables: Neo4jTables
    has_erased: bool


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
        self._committing: tuple[Done, Future[None]] | None = None
        self._committer = ThreadPoolExecutor(1, "neo4j-commit")
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
    def writing(self, position: str, *, more: bool = False) -> Iterator[Recorder]:
        """A transaction that takes the store to this log position; leaving it with an exception changes nothing.

        Where ``more`` follow, the server commits this one while the next is made: creating relationships and committing
        them cost it about the same.

        Raises:
            StoreBusy: another process writes or exports and did not end in time, or has taken the store to another
                position than the one that `position` told last.
            StorageFull: the server has no space left; nothing was changed.
        """
        self._check_open()
        if self._read_only:
            raise StoreRefused(self.server.config.url, "the store was opened for reading only", "open it for writing")
        recorder = Recorder()
        yield recorder
        work = Work(recorder.batches, position)
        try:
            done = self._ahead(work) if self._committing and work.can_start_ahead else None
            if done is None:
                self._settle()
                self._write(work, more)
            else:
                self._hand_over(done)
                if not more:
                    self._settle()
        except BaseException:
            self._rows.forget()
            raise

    def _write(self, work: Work, more: bool) -> None:
        """Do it with nothing else under way."""
        ((facts, _),) = self.server.rows(query("begin_write"), write=True)  # waits for others, but not for long
        self._check_position(facts)
        done = self.server.again(lambda: self._do_all(work, more))
        if done is None:
            self._reached = self._seen = work.position
        else:
            self._hand_over(done)

    def _do_all(self, work: Work, more: bool) -> Done | None:
        """Do the work and commit it; what may be committed later is given back."""
        done = self._do(work)
        if more and not done.has_erased:
            return done
        done.transaction.close()
        return None

    def _hand_over(self, done: Done) -> None:
        self._committing = done, self._committer.submit(done.transaction.close)

    def _ahead(self, work: Work) -> Done | None:
        """Do it beside the commit of the transaction before; None, with nothing done, when that did not go well."""
        assert self._committing is not None
        try:
            return self._do(work, self._committing)
        except StoreError:
            self._rows.forget()
            return None

    def _settle(self) -> None:
        """Wait for the commit that is under way, and do its work again where it failed for a passing reason."""
        if self._committing is None:
            return
        (done, committed), self._committing = self._committing, None
        try:
            self._wait_for(done, committed)
        except StoreBusy:
            self._rows.forget()
            self._write(done.work, more=False)

    def _wait_for(self, done: Done, committed: Future[None]) -> None:
        committed.result()
        self._committing = None
        self._reached = self._seen = done.work.position
        self._has_looked = True

    def _do(self, work: Work, before: tuple[Done, Future[None]] | None = None) -> Done:
        """Do the work in a transaction that stays open.

        Raises:
            StoreBusy: somebody else took the store to another position; nothing was done.
        """
        with ExitStack() as stack:
            transaction = stack.enter_context(self.server.transaction(write=True, query_s=WRITE_S))
            if before is None:
                directory = self._look(transaction)
            else:
                theirs = before[0].directory
                directory = Neo4jDirectory(transaction, theirs.next_rows, theirs.some_erased, theirs)
            self._rows.look_into(directory)
            tables = Neo4jTables(transaction, self._rows, directory)
            writer = Writer(tables, self._rows)
            for batch in work.batches:
                if isinstance(batch, NodeBatch):
                    writer.add_nodes(batch)
                else:
                    writer.add_events(batch)
            if before is not None:
                tables.write_ahead(before[0].tables)
                self._wait_for(*before)
                directory.see_before()
                self._look(transaction)
            self._reached = None
            tables.flush()
            rows = {ROWS + label: row for label, row in directory.next_rows.items() if row}
            transaction.run(query("end_write"), facts={"position": work.position, **rows})
            return Done(work, stack.pop_all(), directory, tables, writer.has_erased)

    def _look(self, transaction: Transaction) -> Neo4jDirectory:
        """Take the lock that lets one write at a time, and see where the store is."""
        ((facts, some_erased),) = transaction.rows(query("begin_write"))
        self._check_position(facts)
        if facts.get("position") != self._reached:  # somebody else has written, or an attempt of ours has failed
            self._rows.forget()
        return Neo4jDirectory(transaction, {label: facts.get(ROWS + label, 0) for label in NODES}, some_erased)

    def _check_position(self, facts: Mapping[str, Any]) -> None:
        if self._has_looked and facts.get("position") != self._seen:
            raise StoreBusy(self.server.config.url, "another process brings it up to date")

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

    def records(self, key: tuple[str, str, str], batch_size: int = 50_000) -> Iterator[EdgeRecords]:
        """The standing edges of an edge set that is not derived, every event of it, with all that is kept."""
        return edges_of.records(self._open(), key, batch_size)

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
        if not self._closed:
            with suppress(StoreError):  # was told that more would follow; it has not reached that position
                self._settle()
        self._closed = True
        self._committer.shutdown()
        self.server.close()

    def _open(self) -> Neo4jServer:
        """The server, when all that was written is there."""
        self._check_open()
        self._settle()
        return self.server

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable(self.server.config.url, "the store was closed")
