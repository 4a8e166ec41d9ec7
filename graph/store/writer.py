"""Turns batches of events into rows and registers: the inside of one transaction of the SQLite store.

Every statement gives the same result in whatever order events come: counts add up, times take the least or the
greatest, and of everything that can be overwritten the newest ``(at, event_id)`` stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from graph.errors import InvalidEvent
from graph.model import MISSING, NO_TIME, EventBatch, NodeBatch
from graph.schema import EDGES, EVENTS, NODES, EdgeType, Keeping
from graph.store.erasing import erase_people, erase_posts
from graph.store.properties import set_properties
from graph.store.rows import ERASED, RowNumbers
from graph.store.tables import edge_table, node_table
from graph.store.values import encode_column, named_ids

OBJECT_FIELDS = {"Product": "product_id", "User": "other_id", "Post": "post_id", "Community": "community_id"}
"""The event field that names the target, by its label."""

POSTED = EDGES["User", "POSTED", "Post"]
MENTIONS = EDGES["Post", "MENTIONS", "Product"]
INTERACTED = EDGES["User", "INTERACTED", "User"]

TOUCH = """
UPDATE {table} SET {what}_at = ?1, {what}_id = ?2 WHERE row = ?3 AND (?1, ?2) > ({what}_at, {what}_id)
"""
ADD_PAIR = """
INSERT INTO {table} (source, target, at, event_id, count, first_at, last_at, stands)
VALUES (?, ?, ?3, ?4, ?5, CASE WHEN ?5 THEN ?3 ELSE -1 END, CASE WHEN ?5 THEN ?3 ELSE -1 END, ?5)
ON CONFLICT (source, target) DO UPDATE SET
  count = count + excluded.count,
  first_at = CASE -1 WHEN excluded.first_at THEN first_at WHEN first_at THEN excluded.first_at
             ELSE min(first_at, excluded.first_at) END,
  last_at = max(last_at, excluded.last_at),
  stands = CASE WHEN (excluded.at, excluded.event_id) > (at, event_id) THEN excluded.stands ELSE stands END,
  event_id = CASE WHEN (excluded.at, excluded.event_id) > (at, event_id) THEN excluded.event_id ELSE event_id END,
  at = max(at, excluded.at)
"""

Times = Sequence[int]


class SqliteWriter:
    """Implements `graph.store.port.StoreWriter` within a transaction that the store has begun."""

    def __init__(self, connection: sqlite3.Connection, rows: RowNumbers) -> None:
        self._connection = connection
        self._rows = rows
        self.has_erased = False
        """Whether somebody was erased in this transaction."""

    def add_events(self, batch: EventBatch) -> None:
        """Apply events; unknown people, products and posts get rows, in order of appearance.

        Raises:
            InvalidEvent: it is a node event; those go through `add_nodes`.
        """
        event = EVENTS[batch.type]
        if event.node:
            raise InvalidEvent("type", f"{batch.type} says what a node is; pass it as a NodeBatch")
        if batch.type == "deleted":
            self._end(batch)
        elif batch.type == "erased":
            erase_people(self._connection, self._rows, batch.user_ids)
            self._rows.forget()
            self.has_erased = True
        elif batch.type == "shared":
            self._share(batch)
        elif event.edges:
            self._act(EDGES[event.edges[0]], batch, event.stands)

    def add_nodes(self, batch: NodeBatch) -> None:
        """Apply node upserts; each property is a register in which the newest (at, event_id) wins.

        Raises:
            InvalidEvent: the label has no such property.
        """
        for edge in _derived_from(batch.label):
            if edge.target == batch.label and edge.from_property in batch.properties:
                named = zip(batch.ids, batch.properties[edge.from_property], strict=True)
                self._rows.of(batch.label, [each for node_id, value in named for each in (node_id, *named_ids(value))])
        rows = self._rows.of(batch.label, batch.ids)
        self._describe(batch.label, rows, _times(batch.at), batch.event_ids, batch.properties)

    def _describe(
        self, label: str, rows: Sequence[int], at: Times, event_ids: Sequence[str], values: Mapping[str, Sequence[Any]]
    ) -> None:
        self._mark("touched", label, rows, at, event_ids)
        set_properties(self._connection, label, rows, at, event_ids, values)
        for edge in _derived_from(label):
            named = values.get(edge.from_property, ())
            self._rows.of(edge.target, [node_id for value in named for node_id in named_ids(value)])

    def _mark(self, what: str, label: str, rows: Iterable[int], at: Times, event_ids: Sequence[str]) -> None:
        statement = TOUCH.format(table=node_table(label), what=what)
        self._connection.executemany(statement, zip(at, event_ids, rows, strict=True))

    def _end(self, batch: EventBatch) -> None:
        at = _times(batch.at)
        for place, (label, node_id) in enumerate(zip(batch.fields["label"], batch.fields["id"], strict=True)):
            if label not in NODES:
                raise InvalidEvent("label", f"{label!r} is no label; known: {', '.join(NODES)}")
            rows = self._rows.of(label, [node_id])
            self._mark("ended", label, rows, at[place : place + 1], batch.event_ids[place : place + 1])

    def _act(self, edge: EdgeType, batch: EventBatch, stands: bool) -> None:
        objects = batch.fields[OBJECT_FIELDS[edge.target]]
        if edge.target == "User":
            both = self._rows.of("User", list(chain.from_iterable(zip(batch.user_ids, objects, strict=True))))
            sources, targets = both[::2], both[1::2]
        else:
            sources, targets = self._rows.of("User", batch.user_ids), self._rows.of(edge.target, objects)
        at = _times(batch.at)
        if edge.keeping is Keeping.PAIR:
            self._add_pairs(edge, sources, targets, at, batch.event_ids, stands=stands)
        else:
            self._add_history(edge, sources, targets, at, batch)
        if edge is POSTED:
            self._describe_posts(batch, sources, targets, at)

    def _add_pairs(
        self,
        edge: EdgeType,
        sources: Sequence[int],
        targets: Sequence[int],
        at: Times,
        event_ids: Sequence[str],
        *,
        stands: bool = True,
    ) -> None:
        edges = zip(sources, targets, at, event_ids, repeat(int(stands)), strict=False)
        if ERASED in sources or ERASED in targets:
            edges = (each for each in edges if each[0] != ERASED != each[1])  # type: ignore[assignment]
        self._connection.executemany(ADD_PAIR.format(table=edge_table(edge)), edges)

    def _add_history(
        self, edge: EdgeType, sources: Sequence[int], targets: Sequence[int], at: Times, batch: EventBatch
    ) -> None:
        columns = [encode_column(p, batch.fields.get(p.name, repeat(None, len(batch)))) for p in edge.properties]
        edges: Iterable[tuple[Any, ...]] = zip(sources, targets, at, batch.event_ids, *columns, strict=True)
        if ERASED in sources or ERASED in targets:
            edges = (each for each in edges if each[0] != ERASED != each[1])
        marks = ", ".join("?" * (4 + len(columns)))
        names = "".join(f", {p.name}" for p in edge.properties)
        self._connection.executemany(
            f"INSERT OR IGNORE INTO {edge_table(edge)} (source, target, at, event_id{names}) VALUES ({marks})",  # noqa: S608
            edges,
        )

    def _share(self, batch: EventBatch) -> None:
        receivers = batch.fields.get("with", [None] * len(batch))
        people = self._rows.of(
            "User",
            list(chain.from_iterable((u, *(r or ())) for u, r in zip(batch.user_ids, receivers, strict=True))),
        )
        row_of = iter(people)
        sources, ties = [], []
        at = _times(batch.at)
        for place, with_ in enumerate(receivers):
            source = next(row_of)
            sources.append(source)
            targets = dict.fromkeys(next(row_of) for _ in with_ or ())
            ties += [(source, target, at[place], batch.event_ids[place]) for target in targets]
        for label in ("Product", "Post"):
            self._share_label(label, batch, sources, at)
        if ties:
            self._add_pairs(INTERACTED, *zip(*ties, strict=True))

    def _share_label(self, label: str, batch: EventBatch, sources: Sequence[int], at: Times) -> None:
        objects = batch.fields.get(OBJECT_FIELDS[label], [None] * len(batch))
        chosen = [place for place, node_id in enumerate(objects) if node_id is not None]
        if not chosen:
            return
        targets = self._rows.of(label, [objects[place] for place in chosen])
        self._add_pairs(
            EDGES["User", "SHARED", label],
            [sources[place] for place in chosen],
            targets,
            [at[place] for place in chosen],
            [batch.event_ids[place] for place in chosen],
        )

    def _describe_posts(self, batch: EventBatch, people: Sequence[int], posts: Sequence[int], at: Times) -> None:
        known = {name: batch.fields[name] for name in ("text", "images") if name in batch.fields}
        properties = {name: [MISSING if v is None else v for v in column] for name, column in known.items()}
        properties["at"] = [MISSING if time == NO_TIME else time for time in at]
        self._describe("Post", posts, at, batch.event_ids, properties)
        mentions = [
            (post, product_id, time, event_id)
            for post, products, time, event_id in zip(
                posts, batch.fields.get("product_ids", repeat(None, len(batch))), at, batch.event_ids, strict=True
            )
            for product_id in dict.fromkeys(products or ())
        ]
        if mentions:
            sources, product_ids, times, event_ids = zip(*mentions, strict=True)
            self._add_pairs(MENTIONS, sources, self._rows.of("Product", product_ids), times, event_ids)
        orphans = {post for person, post in zip(people, posts, strict=True) if person == ERASED != post}
        if orphans:
            erase_posts(self._connection, orphans)
            self._rows.forget()
            self.has_erased = True


def _derived_from(label: str) -> Iterable[EdgeType]:
    return (edge for edge in EDGES.values() if edge.keeping is Keeping.DERIVED and edge.source == label)


def _times(at: Sequence[int | None]) -> list[int]:
    return [NO_TIME if time is None else time for time in at]
