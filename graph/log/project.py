"""Brings a projection, such as the graph store, up to where the log is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain, groupby, pairwise
from typing import Any, Protocol

from graph.errors import StoreAhead
from graph.log.port import IMPORTED, POSTS, EventLog, LogRecord
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EVENTS
from graph.spans import span


class Writer(Protocol):
    """What a projection lets the log do within one transaction."""

    def add_events(self, batch: EventBatch) -> None:
        """Apply events."""

    def add_nodes(self, batch: NodeBatch) -> None:
        """Apply node upserts."""


class Projection(Protocol):
    """What the log needs of a store."""

    @property
    def transaction_rows(self) -> int | None:
        """How many rows one transaction should hold; None: as many as come."""

    def position(self) -> str | None:
        """The log position that it has reached."""

    def writing(self, position: str, *, more: bool = False) -> AbstractContextManager[Writer]:
        """A transaction that takes it to a log position; ``more``: another follows at once."""


def project(
    log: EventLog,
    store: Projection,
    progress: Callable[[int], None] | None = None,
    *,
    batch_size: int = 10_000,
) -> int:
    """Apply every record behind the store's position, in order.

    Safe to interrupt at any moment: each transaction carries the position that it reaches, so the next call goes on
    from there. A store without a bound on its transactions takes each import in one; others take it in several, of
    whole chunks.

    Args:
        log: where the records are.
        store: what is brought up to date.
        progress: called with the number of events applied since its last call; they may be part of a transaction that
            is still open.
        batch_size: single events in one transaction.

    Returns:
        How many events were applied, rows of imports counted one by one.

    Raises:
        ArchiveDamaged: the rows of an import are not in the log. What lies before it has been applied.
        StoreAhead: the store stands behind the log's end, as when an older log was restored.
        StoreError: the store takes no more. What was applied stays.
    """
    position, end = store.position(), log.last_position()
    if not log.reached(end, position):
        raise StoreAhead(str(position), str(end))
    applied = 0
    transactions = _transactions(_records(log, position, batch_size), batch_size, store.transaction_rows)
    for records, following in pairwise(chain(transactions, [None])):
        assert records is not None
        with span("project"), store.writing(records[-1].position, more=following is not None) as writer:
            for batch in _batches(log, records):
                _apply(batch, writer)
                applied += len(batch)
                if progress is not None:
                    progress(len(batch))
    return applied


def rows_of(record: LogRecord) -> int:
    """How many events a record stands for."""
    return record.body.get("rows", 0) if record.type == IMPORTED else 1


def _records(log: EventLog, position: str | None, page: int) -> Iterator[LogRecord]:
    while records := list(log.read(position, page)):
        yield from records
        position = records[-1].position


def _transactions(records: Iterator[LogRecord], batch_size: int, most: int | None) -> Iterator[list[LogRecord]]:
    """Records that belong into one transaction; at least one, and beyond that no more rows than may be."""
    waiting: list[LogRecord] = []
    rows = 0
    for record in records:
        more = rows_of(record)
        if waiting and _parts(waiting[-1], record, rows + more, batch_size, most):
            yield waiting
            waiting, rows = [], 0
        waiting.append(record)
        rows += more
    if waiting:
        yield waiting


def _parts(before: LogRecord, record: LogRecord, rows: int, batch_size: int, most: int | None) -> bool:
    """Whether a transaction ends between two records."""
    if before.type != IMPORTED != record.type:
        return rows > (batch_size if most is None else min(batch_size, most))
    if before.type == record.type and record.body.get("chunk", 0) > 1:  # of the same import
        return most is not None and rows > most
    return True


def _batches(log: EventLog, records: Sequence[LogRecord]) -> Iterator[EventBatch | NodeBatch]:
    for kind, group in groupby(records, key=lambda record: record.type):
        if kind == IMPORTED:
            yield from (log.batch(each) for each in group if each.body.get("rows") != 0)  # erasures may empty a chunk
            continue
        bodies = [record.body for record in group]
        if kind == "erased" and any(POSTS in body for body in bodies):
            yield _posted_again(bodies)
        yield batch_of(kind, bodies)


def _posted_again(bodies: Sequence[Mapping[str, Any]]) -> EventBatch:
    """Which posts were the erased people's, so that they go also where the rewritten log does not tell it any more."""
    pairs = [(body, post) for body in bodies for post in body.get(POSTS, ())]
    people = [body["user_id"] for body, _ in pairs]
    event_ids = [body["event_id"] for body, _ in pairs]
    return EventBatch("posted", event_ids, people, [None] * len(pairs), {"post_id": [post for _, post in pairs]})


def _apply(batch: EventBatch | NodeBatch, writer: Writer) -> None:
    if isinstance(batch, NodeBatch):
        writer.add_nodes(batch)
    else:
        writer.add_events(batch)


def batch_of(kind: str, bodies: Sequence[Mapping[str, Any]]) -> EventBatch | NodeBatch:
    """Single events of one type, in the log's form, as a batch."""
    return _nodes(kind, bodies) if EVENTS[kind].node else _events(kind, bodies)


def _events(kind: str, bodies: Sequence[Mapping[str, Any]]) -> EventBatch:
    names = [f.name for f in EVENTS[kind].fields]
    return EventBatch(
        kind,
        [body["event_id"] for body in bodies],
        [body.get("user_id", "") for body in bodies],
        [body.get("at") for body in bodies],
        {name: [body.get(name) for body in bodies] for name in names},
    )


def _nodes(kind: str, bodies: Sequence[Mapping[str, Any]]) -> NodeBatch:
    known = [body.get("properties") or {} for body in bodies]
    names = dict.fromkeys(name for properties in known for name in properties)
    return NodeBatch(
        EVENTS[kind].node,
        [body["event_id"] for body in bodies],
        [body[f"{kind}_id"] for body in bodies],
        [body.get("at") for body in bodies],
        {name: [properties.get(name, MISSING) for properties in known] for name in names},
    )
