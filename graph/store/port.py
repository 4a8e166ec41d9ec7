"""What every graph store can do: take changes with the log position they came from, and be read out in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from graph.model import EdgeArrays, EdgeRecords, EventBatch, NodeBatch, Relation


class StoreWriter(Protocol):
    """One transaction: everything in it is kept, or nothing."""

    def add_events(self, batch: EventBatch) -> None:
        """Apply events; unknown people, products and posts get rows, in order of appearance."""

    def add_nodes(self, batch: NodeBatch) -> None:
        """Apply node upserts; each property is a register in which the newest (at, event_id) wins."""


class GraphStore(Protocol):
    """The graph as a projection of the event log.

    Laws (tests/contracts): the state is a function of the set of events applied, not of their order;
    rows are numbered per label by first appearance, from 0, and never reused; a write that fails or
    is interrupted leaves the store as it was.
    """

    @property
    def transaction_rows(self) -> int | None:
        """How many rows one transaction should hold, such as those of an import; None: as many as come."""

    def position(self) -> str | None:
        """The log position that the store has reached; None when it is new."""

    def writing(self, position: str, *, more: bool = False) -> AbstractContextManager[StoreWriter]:
        """A transaction that takes the store to this log position; leaving it with an exception rolls back.

        Args:
            position: of the log, stored in the same transaction.
            more: the caller writes on at once, so that the store may still be at work on this transaction when the
                context is left; what goes wrong with it then comes up at the next call. They end in their order.
        """

    def reading(self) -> AbstractContextManager[None]:
        """Everything read inside is of one moment, whatever another process writes meanwhile."""

    def node_count(self, label: str) -> int:
        """Rows of that label, erased ones included."""

    def node_ids(self, label: str, batch_size: int = 100_000) -> Iterator[list[str | None]]:
        """External ids in row order; None for an erased row."""

    def deleted_rows(self, label: str) -> Sequence[int]:
        """Rows of nodes that have been ended: kept in history, never recommended."""

    def property_values(self, label: str, name: str) -> Iterator[tuple[list[int], list[Any]]]:
        """Rows and values of one property, in batches by row; rows without it are left out."""

    def edges(self, key: tuple[str, str, str], batch_size: int = 1_000_000) -> Iterator[EdgeArrays]:
        """The standing edges of one edge set. Of rated and reviewed edges the newest of each pair."""

    def records(self, key: tuple[str, str, str], batch_size: int = 50_000) -> Iterator[EdgeRecords]:
        """The standing edges of an edge set that is not derived, every event of it, with all that is kept.

        Of INTERACTED the direct part: ties through posts are made from other edges.
        """

    def properties(self, label: str, node_id: str) -> dict[str, Any] | None:
        """All properties of one node; None when there is no such node."""

    def relations(self, label: str, node_id: str) -> Iterator[Relation]:
        """Every edge of one node that is kept, those taken back too, derived ones not; none when it is not there."""

    def counts(self) -> dict[str, dict[str, int]]:
        """``{"nodes": {label: n}, "edges": {relationship type: n}}``, only what is there."""

    def close(self) -> None:
        """Release files and connections; safe to call twice."""
