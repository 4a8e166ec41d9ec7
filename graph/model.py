"""What passes between the parts of the graph layer: batches of columns, never an object an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
"""Row numbers of one label: position of the node in the order of first appearance."""


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Checked events of one type, as columns of equal length.

    Attributes:
        type: a name of `graph.schema.EVENTS`; not a node event (see `NodeBatch`).
        event_ids: one id an event, made from the content where the source has none.
        user_ids: who did it.
        at: milliseconds since 1970, or None where the source knows no time.
        fields: the type's own fields by name; None where an optional one is missing.
    """

    type: str
    event_ids: Sequence[str]
    user_ids: Sequence[str]
    at: Sequence[int | None]
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.event_ids)


@dataclass(frozen=True, slots=True)
class NodeBatch:
    """Checked node upserts of one label, as columns of equal length.

    Attributes:
        label: a label of `graph.schema.NODES`.
        event_ids: one id an upsert.
        ids: external ids.
        at: milliseconds since 1970, or None: older than everything that has a time.
        properties: by name; `MISSING` leaves a property as it is, None removes it.
    """

    label: str
    event_ids: Sequence[str]
    ids: Sequence[str]
    at: Sequence[int | None]
    properties: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.event_ids)


class Missing:
    """The type of `MISSING`: says nothing about a property, where None would remove it."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class EdgeArrays:
    """Edges of one edge set as columns of equal length ``m``, in no particular order.

    Attributes:
        source: ``(m,)`` int32 rows of the source label.
        target: ``(m,)`` int32 rows of the target label.
        at: ``(m,)`` int64 milliseconds since 1970; ``NO_TIME`` where unknown. For pairs the last time.
        value: ``(m,)`` float32 stars where the type has them, else None.
        count: ``(m,)`` int32 distinct events of the pair, or None where each edge is one event.
        predicate: ``(m,)`` int32 rows of Predicate, of RELATED edges, else None.
        inferred: ``(m,)`` bool whether a rule inferred it, of RELATED edges, else None.
    """

    source: Rows
    target: Rows
    at: NDArray[np.int64]
    value: NDArray[np.float32] | None = None
    count: NDArray[np.int32] | None = None
    predicate: Rows | None = None
    inferred: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True)
class EdgeRecords:
    """Standing edges of one edge set with everything that is kept of them, as columns of equal length ``m``.

    Attributes:
        source: ``m`` rows of the source label.
        target: ``m`` rows of the target label.
        columns: ``m`` values by name: count, first_at and last_at of pairs; event_id, at and the type's own of events.
            Times in milliseconds since 1970; None for what is not known.
    """

    source: Sequence[int]
    target: Sequence[int]
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Relation:
    """One edge of a node, as everything that is kept of it.

    Attributes:
        type: relationship type.
        outgoing: whether the node asked about is its source.
        label: of the node at the other end.
        id: of the node at the other end; None for an erased one.
        stands: False for a pair that was taken back, such as a like.
        properties: count, first_at and last_at of a pair; event_id, at and the type's own of an event. Times in
            milliseconds since 1970; what is not known is not there.
    """

    type: str
    outgoing: bool
    label: str
    id: str | None
    stands: bool
    properties: Mapping[str, Any]


NO_TIME = -1
"""In an `EdgeArrays.at`: the source knew no time; counts as older than every time."""
