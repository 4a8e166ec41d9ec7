"""A store that follows a plain list of events, as it would follow a log."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EVENTS
from graph.store.port import GraphStore, StoreWriter

Event = dict[str, Any]


def follow(store: GraphStore, events: Sequence[Event], batch_size: int = 10_000) -> None:
    """Apply what lies behind the store's position, which is a number; so many events a transaction."""
    first = int(store.position() or 0)
    while part := events[first : first + batch_size]:
        first += len(part)
        with store.writing(str(first), more=first < len(events)) as writer:
            for kind, group in groupby(part, key=lambda event: str(event["type"])):
                _apply(kind, list(group), writer)


def _apply(kind: str, events: list[Event], writer: StoreWriter) -> None:
    ids, at = [each["event_id"] for each in events], [each.get("at") for each in events]
    if label := EVENTS[kind].node:
        names = dict.fromkeys(name for each in events for name in each["properties"])
        columns = {name: [each["properties"].get(name, MISSING) for each in events] for name in names}
        writer.add_nodes(NodeBatch(label, ids, [each[f"{kind}_id"] for each in events], at, columns))
        return
    fields = {each.name: [event.get(each.name) for event in events] for each in EVENTS[kind].fields}
    writer.add_events(EventBatch(kind, ids, [each.get("user_id", "") for each in events], at, fields))
