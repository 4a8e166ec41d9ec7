"""Brings a projection, such as the graph store, up to where the log is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any, Protocol

from graph.errors import ImportInterrupted
from graph.log.port import EventLog, LogRecord
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EVENTS

IMPORTED = "imported"


class Writer(Protocol):
    """What a projection lets the log do within one transaction."""

    def add_events(self, batch: EventBatch) -> None:
        """Apply events."""

    def add_nodes(self, batch: NodeBatch) -> None:
        """Apply node upserts."""


class Projection(Protocol):
    """What the log needs of a store."""

    def position(self) -> str | None:
        """The log position that it has reached."""

    def writing(self, position: str) -> AbstractContextManager[Writer]:
        """A transaction that takes it to a log position."""


def project(
    log: EventLog,
    store: Projection,
    progress: Callable[[int], None] | None = None,
    *,
    batch_size: int = 10_000,
    up_to_import: str | None = None,
) -> int:
    """Apply every record behind the store's position, in order, a transaction a batch.

    Args:
        log: where the records are.
        store: what is brought up to date.
        progress: called with the number of records applied since its last call.
        batch_size: records in one transaction.
        up_to_import: checksum of an import that is about to be run again; stop in front of its record.

    Returns:
        How many records were applied.

    Raises:
        ImportInterrupted: a bulk import reached the log but not the store. What lies before it has been applied.
    """
    applied = 0
    while records := list(log.read(store.position(), batch_size)):
        events = list(_before_import(records))
        if events:
            _apply(events, store)
            applied += len(events)
            if progress is not None:
                progress(len(events))
        if len(events) < len(records):
            waiting = records[len(events)].body
            if waiting["sha256"] == up_to_import:
                return applied
            raise ImportInterrupted(waiting["files"])
    return applied


def _before_import(records: Sequence[LogRecord]) -> Iterator[LogRecord]:
    for record in records:
        if record.type == IMPORTED:
            return
        yield record


def _apply(records: Sequence[LogRecord], store: Projection) -> None:
    with store.writing(records[-1].position) as writer:
        for kind, group in groupby(records, key=lambda record: record.type):
            bodies = [dict(record.body) for record in group]
            if EVENTS[kind].node:
                writer.add_nodes(_nodes(kind, bodies))
            else:
                writer.add_events(_events(kind, bodies))


def _events(kind: str, bodies: Sequence[dict[str, Any]]) -> EventBatch:
    names = [f.name for f in EVENTS[kind].fields]
    return EventBatch(
        kind,
        [body["event_id"] for body in bodies],
        [body.get("user_id", "") for body in bodies],
        [body.get("at") for body in bodies],
        {name: [body.get(name) for body in bodies] for name in names},
    )


def _nodes(kind: str, bodies: Sequence[dict[str, Any]]) -> NodeBatch:
    known = [body.get("properties") or {} for body in bodies]
    names = dict.fromkeys(name for properties in known for name in properties)
    return NodeBatch(
        EVENTS[kind].node,
        [body["event_id"] for body in bodies],
        [body[f"{kind}_id"] for body in bodies],
        [body.get("at") for body in bodies],
        {name: [properties.get(name, MISSING) for properties in known] for name in names},
    )
