"""Turns batches of events into rows and registers: the inside of one transaction of every store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Literal, Protocol

from graph.errors import InvalidEvent
from graph.model import MISSING, NO_TIME, EventBatch, NodeBatch
from graph.schema import EDGES, EVENTS, NODES, RELATED, EdgeType, Keeping
from graph.store.rows import ERASED, RowNumbers
from graph.store.values import named_ids, predicates

OBJECT_FIELDS = {"Product": "product_id", "User": "other_id", "Post": "post_id", "Community": "community_id"}
"""The event field that names the target, by its label."""

POSTED = EDGES["User", "POSTED", "Post"]
MENTIONS = EDGES["Post", "MENTIONS", "Product"]
INTERACTED = EDGES["User", "INTERACTED", "User"]

Rows = Sequence[int]
Times = Sequence[int]
Mark = Literal["touched", "ended"]


class Tables(Protocol):
    """What the writer needs of a store, within one transaction that the store has begun.

    Every operation must give the same result in whatever order it comes: counts add up, times take the least or the
    greatest, and of everything that can be overwritten the newest ``(at, event_id)`` stands. Times are milliseconds
    since 1970, `NO_TIME` where unknown.
    """

    def add_pairs(
        self, edge: EdgeType, sources: Rows, targets: Rows, at: Times, event_ids: Sequence[str], *, stands: bool
    ) -> None:
        """Events of pairs: each counts once when it makes the pair stand, and the newest says whether it does."""

    def add_history(
        self,
        edge: EdgeType,
        sources: Rows,
        targets: Rows,
        at: Times,
        event_ids: Sequence[str],
        values: Sequence[Sequence[Any]],
    ) -> None:
        """One edge an event; ``values`` has a column for each property of the edge set."""

    def mark(self, what: Mark, label: str, rows: Rows, at: Times, event_ids: Sequence[str]) -> None:
        """Nodes were described or ended at these times."""

    def set_properties(
        self, label: str, rows: Rows, at: Times, event_ids: Sequence[str], values: Mapping[str, Sequence[Any]]
    ) -> None:
        """Write columns of declared properties; `MISSING` leaves one as it is, None empties it."""

    def erase_people(self, user_ids: Sequence[str]) -> None:
        """Empty the rows of people and of what they published."""

    def erase_posts(self, rows: Collection[int]) -> None:
        """Empty the rows of posts whose author is erased."""


class Writer:
    """Implements `graph.store.port.StoreWriter` over the tables of a store.

    Args:
        tables: of the open transaction.
        rows: gives ids their rows.
    """

    def __init__(self, tables: Tables, rows: RowNumbers) -> None:
        self._tables = tables
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
            self._tables.erase_people(batch.user_ids)
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
                self._rows.of(
                    batch.label, [each for node_id, value in named for each in (node_id, *named_ids(edge, value))]
                )
        rows = self._rows.of(batch.label, batch.ids)
        self._describe(batch.label, rows, _times(batch.at), batch.event_ids, batch.properties)

    def _describe(
        self, label: str, rows: Sequence[int], at: Times, event_ids: Sequence[str], values: Mapping[str, Sequence[Any]]
    ) -> None:
        for name in values:
            if NODES[label].property(name) is None:
                raise InvalidEvent(name, f"{label} has no such property; unknown ones belong in attributes")
        self._tables.mark("touched", label, rows, at, event_ids)
        for edge in _derived_from(label):
            named = values.get(edge.from_property, ())
            self._rows.of(edge.target, [node_id for value in named for node_id in named_ids(edge, value)])
        used = [predicate for value in values.get(RELATED.name, ()) for predicate in predicates(value)]
        if used:
            self._rows.of("Predicate", used)
        self._tables.set_properties(label, rows, at, event_ids, values)

    def _end(self, batch: EventBatch) -> None:
        at = _times(batch.at)
        for place, (label, node_id) in enumerate(zip(batch.fields["label"], batch.fields["id"], strict=True)):
            if label not in NODES:
                raise InvalidEvent("label", f"{label!r} is no label; known: {', '.join(NODES)}")
            rows = self._rows.of(label, [node_id])
            self._tables.mark("ended", label, rows, at[place : place + 1], batch.event_ids[place : place + 1])

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
        self, edge: EdgeType, sources: Rows, targets: Rows, at: Times, event_ids: Sequence[str], *, stands: bool = True
    ) -> None:
        sources, targets, at, event_ids = _kept(sources, targets, at, event_ids)
        self._tables.add_pairs(edge, sources, targets, at, event_ids, stands=stands)

    def _add_history(self, edge: EdgeType, sources: Rows, targets: Rows, at: Times, batch: EventBatch) -> None:
        nothing = [None] * len(batch)
        values = [batch.fields.get(p.name, nothing) for p in edge.properties]
        sources, targets, at, event_ids, *values = _kept(sources, targets, at, batch.event_ids, *values)
        self._tables.add_history(edge, sources, targets, at, event_ids, values)

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
            self._tables.erase_posts(orphans)
            self._rows.forget()
            self.has_erased = True


def _derived_from(label: str) -> Iterable[EdgeType]:
    return (edge for edge in EDGES.values() if edge.keeping is Keeping.DERIVED and edge.source == label)


def _times(at: Sequence[int | None]) -> list[int]:
    return [NO_TIME if time is None else time for time in at]


def _kept(sources: Rows, targets: Rows, *others: Sequence[Any]) -> list[Any]:
    """Columns without the rows that name somebody who is erased."""
    if ERASED not in sources and ERASED not in targets:
        return [sources, targets, *others]
    chosen = [n for n, both in enumerate(zip(sources, targets, strict=True)) if ERASED not in both]
    return [[column[n] for n in chosen] for column in (sources, targets, *others)]
