"""A part of a view as plain arrays: which nodes, and the edges among them, each under its own relationship type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue, UnknownNode
from graph.model import Rows
from graph.schema import EDGE_TYPES, NODES
from graph.snapshot.actions import CODE_MASK, CODES, Actions, minutes_of
from graph.snapshot.csr import Csr
from graph.snapshot.layout import ACTED, CODED_KEYS, EdgeKey
from graph.snapshot.view import LiveView

Masks = dict[str, NDArray[np.bool_]]

CODE_KINDS = [kind for kind, _ in CODES]
CODE_STARS = np.array(
    [np.nan if stars is None else stars for _, stars in CODES] + [np.nan] * (CODE_MASK + 1 - len(CODES)), np.float32
)
"""``(64,)`` stars by code of a stamp; NaN without."""
UNKNOWN_TIME_HALVINGS = 4.0
"""An action of unknown time counts as four half-lives old where others have times, as in candidate sources."""


@dataclass(frozen=True, slots=True)
class Around:
    """The neighbourhood of a node.

    Attributes:
        label: of the node.
        id: of the node.
        hops: how many relationships away a node may be, whichever way they point.
        fan_out: newest relationships followed from one node in each edge set and direction; None for all. With a
            bound a hub does not bring the whole graph.
    """

    label: str
    id: str
    hops: int = 2
    fan_out: int | None = None


@dataclass(frozen=True, slots=True)
class Picking:
    """Which part of a graph is taken.

    Attributes:
        labels: of the nodes; empty for all. An edge is taken when both of its ends are.
        types: relationship types; empty for all.
        around: only the nodes near one; None for all.
        ended: also nodes that were ended. Erased people and what they did are never there.
        actions: what an action is worth as the ``weight`` of its edge, faded from the view's newest edge on;
            actions that do not count weigh 0. None gives every edge the weight 1.
    """

    labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    around: Around | None = None
    ended: bool = False
    actions: Actions | None = None


EVERYTHING = Picking()


@dataclass(frozen=True, slots=True)
class PickedEdges:
    """Edges of one relationship type between two labels, as columns of equal length ``m``.

    Attributes:
        key: source label, relationship type, target label; never `ACTED`, whose edges have the types of their actions.
        source: ``(m,)`` int32 rows of the view.
        target: ``(m,)`` int32 rows of the view.
        weight: ``(m,)`` float32; see `Picking.actions`.
        minutes: ``(m,)`` int64 since 1970, 0 where unknown; None for edges that know no time.
        stars: ``(m,)`` float32, NaN where there are none; None for types without.
        predicate: ``(m,)`` int32 rows of Predicate; None for all but RELATED.
        inferred: ``(m,)`` bool whether a rule inferred it; None likewise.
    """

    key: EdgeKey
    source: Rows
    target: Rows
    weight: NDArray[np.float32]
    minutes: NDArray[np.int64] | None = None
    stars: NDArray[np.float32] | None = None
    predicate: Rows | None = None
    inferred: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True)
class Picked:
    """Nodes by label and the edges among them.

    Attributes:
        nodes: rising rows of the view by label; labels without a node are not there.
        edges: one for each relationship type between two labels that has any.
    """

    nodes: Mapping[str, Rows]
    edges: Sequence[PickedEdges]

    @property
    def edge_count(self) -> int:
        """Edges of all types."""
        return sum(map(len, self.edges))


def pick(view: LiveView, what: Picking = EVERYTHING) -> Picked:
    """Take a part of the graph, in O(nodes + edges) time; around a node, in what lies in its reach.

    Raises:
        InvalidValue: a label or a relationship type is not in the schema, or ``hops`` is negative.
        UnknownNode: the node in the middle is not there.
    """
    keys = _keys(view, what)
    present = _present(view, what)
    if what.around is not None:
        present = _near(view, what.around, keys, present)
    nodes = {label: np.flatnonzero(mask).astype(np.int32) for label, mask in present.items()}
    edges = [each for key in keys for each in _edges(view, key, what, present, nodes) if len(each)]
    return Picked({label: rows for label, rows in nodes.items() if len(rows)}, edges)


def _keys(view: LiveView, what: Picking) -> list[EdgeKey]:
    known = {edge.type for edge in EDGE_TYPES}
    for name, allowed, given in (("label", set(NODES), what.labels), ("type", known, what.types)):
        for each in given:
            if each not in allowed:
                raise InvalidValue(name, f"{each!r} is none; known: {', '.join(sorted(allowed))}")
    return [key for key in view.snapshot.adjacencies if key == ACTED or not what.types or key[1] in what.types]


def _present(view: LiveView, what: Picking) -> Masks:
    present = {}
    for label in what.labels or tuple(NODES):
        mask = np.ones(view.count(label), np.bool_)
        gone = view.gone(label)
        for row in np.flatnonzero(gone).tolist():
            mask[row] = what.ended and bool(view.id_of(label, row))
        present[label] = mask
    return present


def _near(view: LiveView, around: Around, keys: Sequence[EdgeKey], present: Masks) -> Masks:
    """Those of ``present`` that are at most ``hops`` away."""
    if around.hops < 0:
        raise InvalidValue("hops", f"{around.hops} is negative")
    row = view.row_of(around.label, around.id)
    if row < 0 or not present.get(around.label, np.zeros(row + 1, np.bool_))[row]:
        raise UnknownNode(around.label, around.id)
    near = {label: np.zeros(len(mask), np.bool_) for label, mask in present.items()}
    near[around.label][row] = True
    fringe = {around.label: np.array([row], np.int32)}
    for _ in range(around.hops):
        reached = {label: np.zeros(len(mask), np.bool_) for label, mask in present.items()}
        for key in keys:
            _step(view, key, around.fan_out, fringe, reached)
        new = {label: mask & present[label] & ~near[label] for label, mask in reached.items()}
        for label, mask in new.items():
            near[label] |= mask
        fringe = {label: np.flatnonzero(mask).astype(np.int32) for label, mask in new.items() if mask.any()}
    return near


def _step(view: LiveView, key: EdgeKey, fan_out: int | None, fringe: Mapping[str, Rows], reached: Masks) -> None:
    adjacency = view.edges(*key)
    for here, there, csr in ((key[0], key[2], adjacency.out), (key[2], key[0], adjacency.into)):
        if here in fringe and there in reached:
            places, _ = _places(csr, fringe[here], fan_out)
            reached[there][csr.indices[places]] = True


def _places(csr: Csr, rows: Rows, fan_out: int | None) -> tuple[NDArray[np.int64], Rows]:
    """Places of the rows' edges in the arrays, and the row of each."""
    rows = rows[rows < csr.node_count]
    starts = csr.indptr[rows]
    degrees = csr.indptr[rows + 1] - starts
    if fan_out is not None:
        degrees = np.minimum(degrees, fan_out)
    ends = np.cumsum(degrees)
    within = np.arange(int(degrees.sum()), dtype=np.int64) - np.repeat(ends - degrees, degrees)
    return np.repeat(starts, degrees) + within, np.repeat(rows, degrees)


def _edges(
    view: LiveView, key: EdgeKey, what: Picking, present: Masks, nodes: Mapping[str, Rows]
) -> Iterator[PickedEdges]:
    if key[0] not in present or key[2] not in present:
        return
    csr = view.edges(*key).out
    places, source = _places(csr, nodes[key[0]], None)
    target = csr.indices[places]
    kept = present[key[2]][target]
    source, target = source[kept], target[kept]
    stamps = None if csr.stamps is None else csr.stamps[places[kept]]
    if stamps is None:
        yield PickedEdges(key, source, target, np.ones(len(source), np.float32))
    elif key in CODED_KEYS:
        predicate, inferred = (stamps >> np.uint32(1)).astype(np.int32), (stamps & np.uint32(1)).astype(np.bool_)
        ones = np.ones(len(source), np.float32)
        yield PickedEdges(key, source, target, ones, predicate=predicate, inferred=inferred)
    elif key != ACTED:
        yield PickedEdges(key, source, target, np.ones(len(source), np.float32), minutes_of(stamps))
    else:
        yield from _acted(view, what, source, target, stamps)


def _acted(
    view: LiveView, what: Picking, source: Rows, target: Rows, stamps: NDArray[np.uint32]
) -> Iterator[PickedEdges]:
    codes = stamps & np.uint32(CODE_MASK)
    stars = CODE_STARS[codes]
    minutes = minutes_of(stamps)
    weight = _weights(view, what.actions, codes, minutes)
    for kind in dict.fromkeys(CODE_KINDS):
        own = np.isin(codes, [code for code, each in enumerate(CODE_KINDS) if each == kind])
        if own.any() and (not what.types or kind in what.types):
            given = stars[own] if np.isfinite(stars[own]).any() else None
            key = ("User", kind, "Product")
            yield PickedEdges(key, source[own], target[own], weight[own], minutes[own], given)


def _weights(
    view: LiveView, actions: Actions | None, codes: NDArray[np.uint32], minutes: NDArray[np.int64]
) -> NDArray[np.float32]:
    if actions is None:
        return np.ones(len(codes), np.float32)
    halvings = np.maximum(view.latest_minutes - minutes, 0) / actions.half_life_minutes[codes]
    halvings[minutes == 0] = UNKNOWN_TIME_HALVINGS if view.latest_minutes else 0
    return np.asarray(actions.weights[codes] * np.exp2(-halvings), np.float32)
