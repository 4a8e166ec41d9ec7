"""Typed edge sets over one numbering of nodes, as walks take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.gnn.kernels import alias_table
from embeddings.spectral.blocks import attributes, friends
from embeddings.training import Rows, TrainingData
from embeddings.walks import kernels
from graph.errors import InvalidValue

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Drawn:
    """Alias tables: what is drawn in proportion to weights, in O(1).

    Attributes:
        limits: ``(m,)``; empty where all are equally likely.
        alias: ``(m,)`` int32, likewise.
    """

    limits: NDArray[np.uint64]
    alias: Rows


EVENLY = Drawn(np.empty(0, np.uint64), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class WalkGraph:
    """Edge sets in CSR form, one behind the other; O(edges) memory, 12 bytes more an edge with weights.

    Attributes:
        node_count: nodes of all kinds, in one numbering.
        indptr: the rows of all sets, each with its end.
        indices: ``(m,)`` nodes that edges lead to, sorted within a row.
        drawn: alias tables of the edges of each row.
        bases: by the name of a set, what is added to a node to find its row in ``indptr``.
    """

    node_count: int
    indptr: NDArray[np.int64]
    indices: Rows
    drawn: Drawn
    bases: Mapping[str, int]

    @property
    def edge_count(self) -> int:
        """Edges of all sets; one that leads either way counts twice."""
        return len(self.indices)

    def degrees(self) -> NDArray[np.int64]:
        """``(node_count,)`` edges that lead to each node."""
        return np.bincount(self.indices, minlength=self.node_count)

    def walks(
        self,
        starts: Rows,
        length: int,
        rng: np.random.Generator,
        *,
        path: Sequence[str] = ("",),
        p: float = 1.0,
        q: float = 1.0,
    ) -> Rows:
        """Walk, on all threads of the machine; the same generator state gives the same walks.

        Args:
            starts: ``(w,)`` nodes; for a metapath those that its first set leaves.
            length: nodes of a walk, its start included.
            rng: of the walks.
            path: the sets that the steps take in turn, over and over.
            p: the larger, the less a walk returns at once; above 0.
            q: the larger, the nearer it stays to where it came from; above 0.

        Returns:
            ``(w, length)`` int32; -1 after a node that the next step finds no edge at.

        Raises:
            InvalidValue: a set is unknown, a start or setting out of range, or ``p`` and ``q`` meet several sets.
        """
        self._check(starts, length, path, p, q)
        walks = np.full((len(starts), length), -1, np.int32)
        walks[:, :1] = starts[:, None]
        if not len(self.indices) or not len(starts):
            return walks
        seed = rng.integers(0, 2**64, dtype=np.uint64)
        edges = (self.indptr, self.indices, self.drawn.limits, self.drawn.alias)
        if p == q == 1.0:
            bases = np.array([self.bases[each] for each in path], np.int64)
            kernels.walk(*edges, bases, starts, seed, walks)
        else:
            kernels.walk_second_order(*edges, starts, (1.0 / p, 1.0 / q), seed, walks)
        return walks

    def _check(self, starts: Rows, length: int, path: Sequence[str], p: float, q: float) -> None:
        if not path or not set(path) <= set(self.bases):
            raise InvalidValue("path", f"expected some of {', '.join(map(repr, self.bases))}")
        if len(starts) and not 0 <= starts.min() <= starts.max() < self.node_count:
            raise InvalidValue("starts", f"expected nodes between 0 and {self.node_count - 1}")
        if length < 1:
            raise InvalidValue("length", "a walk has its start at least")
        if not (p > 0 and q > 0):
            raise InvalidValue("p, q", "expected numbers above 0")
        if (p, q) != (1.0, 1.0) and len(self.bases) > 1:
            raise InvalidValue("p, q", "walks of second order take graphs of one edge set")


def graph_of(sets: Mapping[str, tuple[int, sp.csr_array]], node_count: int, *, weighted: bool = False) -> WalkGraph:
    """A graph of edge sets.

    Args:
        sets: by name the first node of its rows, and sources × all nodes; entries are weights above 0. A graph of one
            kind of edge has the one name ``""``.
        node_count: nodes, those without edges included.
        weighted: whether edges are drawn in proportion to their weights.

    Raises:
        InvalidValue: a weight is not above 0.
    """
    indptrs, indices, weights, bases = [], [], [], {}
    rows = edges = 0
    for name, (first, matrix) in sets.items():
        matrix.sum_duplicates()
        if weighted and len(matrix.data) and not matrix.data.min() > 0:
            raise InvalidValue("weights", "expected numbers above 0")
        bases[name] = rows - first
        indptrs.append(matrix.indptr.astype(np.int64) + edges)
        indices.append(matrix.indices.astype(np.int32))
        weights.append(matrix.data.astype(np.float64) if weighted else np.empty(0))
        rows += len(matrix.indptr)
        edges += len(matrix.indices)
    indptr = np.concatenate(indptrs)
    drawn = alias_rows(indptr, np.concatenate(weights)) if weighted else EVENLY
    return WalkGraph(node_count, indptr, np.concatenate(indices), drawn, bases)


def alias_rows(indptr: NDArray[np.int64], weights: NDArray[np.float64]) -> Drawn:
    """Alias tables of the rows of a CSR matrix."""
    drawn = Drawn(np.empty(len(weights), np.uint64), np.empty(len(weights), np.int32))
    kernels.alias_rows(indptr, weights, drawn.limits, drawn.alias)
    return drawn


def drawn_by(weights: NDArray[np.float64]) -> Drawn:
    """One alias table; a weight may be 0, not all of them."""
    drawn = Drawn(np.empty(len(weights), np.uint64), np.empty(len(weights), np.int32))
    alias_table(weights / weights.mean(), drawn.limits, drawn.alias)
    return drawn


def weighted_interactions(data: TrainingData, half_life_days: float) -> sp.csr_array:
    """Users × items, float32: 1, or less for what is older than the newest; 0 days weighs all alike.

    Weights stay above 1e-6, so that what is very old is drawn seldom, and a person's only choice surely.
    """
    matrix = data.matrix()
    if half_life_days > 0 and data.minutes is not None:
        age_days = (data.minutes.max() - data.minutes) / DAY_MINUTES
        decayed = np.maximum(0.5 ** (age_days / half_life_days), 1e-6).astype(np.float32)
        matrix = sp.csr_array((decayed, (data.users, data.items)), shape=matrix.shape)
    return matrix


def joined_graph(
    data: TrainingData, *, social: float = 1.0, known: float = 0.0, half_life_days: float = 0.0
) -> WalkGraph:
    """People, items and attributes as one graph whose edges lead either way: one set, named ``""``.

    Args:
        data: what there is; people come first, then items, then attributes.
        social: weight of a follow where an interaction weighs 1; 0 leaves follows out.
        known: likewise of an item's attribute.
        half_life_days: after which an interaction weighs half; 0 for never.
    """
    matrix = weighted_interactions(data, half_life_days)
    people = friends(data) * np.float32(social) if social > 0 and len(data.followers) else None
    facts = attributes(data) * np.float32(known) if known > 0 and data.attribute_count else None
    none = sp.csr_array((data.attribute_count, data.attribute_count), dtype=np.float32)
    blocks: list[list[Any]] = [
        [people, matrix, None],
        [matrix.T, None, None if facts is None else facts.T],
        [None, facts, none],
    ]
    both = sp.csr_array(sp.block_array(blocks, format="csr", dtype=np.float32))
    weighted = bool(len(both.data)) and both.data.min() != both.data.max()
    return graph_of({"": (0, both)}, both.shape[0], weighted=weighted)


def typed_graph(data: TrainingData, *, half_life_days: float = 0.0) -> WalkGraph:
    """People (``U``), items (``I``) and attributes (``A``) in one numbering, joined by sets named ``UI IU UU IA AI``.

    Args:
        data: what there is; a kind of edge that it lacks makes no set.
        half_life_days: after which an interaction weighs half; 0 for never.
    """
    sizes = {"U": data.user_count, "I": data.item_count, "A": data.attribute_count}
    firsts = {"U": 0, "I": data.user_count, "A": data.user_count + data.item_count}
    count = sum(sizes.values())
    matrix = weighted_interactions(data, half_life_days)
    facts = attributes(data)
    parts = {"UI": matrix, "IU": matrix.T, "UU": friends(data), "IA": facts.T, "AI": facts}
    sets = {
        name: (firsts[name[0]], _moved(sp.csr_array(part), firsts[name[1]], count))
        for name, part in parts.items()
        if part.nnz
    }
    return graph_of(sets, count, weighted=half_life_days > 0 and data.minutes is not None)


def _moved(matrix: sp.csr_array, first: int, count: int) -> sp.csr_array:
    return sp.csr_array((matrix.data, matrix.indices + first, matrix.indptr), shape=(matrix.shape[0], count))


def walks_forward(
    graph: sp.csr_array, starts: Rows, length: int, rng: np.random.Generator, since: NDArray[np.int64] | None = None
) -> tuple[Rows, NDArray[np.int64]]:
    """Walks that only go forward in time: each edge is later than the one before.

    Args:
        graph: ``(n, n)`` int64 times of edges as entries, in minutes, those of 0 given explicitly; one edge a pair.
        starts: ``(w,)`` nodes.
        length: nodes of a walk, its start included.
        rng: of the walks.
        since: ``(w,)`` the first edge is later than this; None for any.

    Returns:
        ``(w, length)`` nodes, -1 where no later edge leaves, and the times of the edges that led there.

    Raises:
        InvalidValue: a start is out of range.
    """
    if len(starts) and not 0 <= starts.min() <= starts.max() < graph.shape[0]:
        raise InvalidValue("starts", f"expected nodes between 0 and {graph.shape[0] - 1}")
    walks, reached = np.full((len(starts), length), -1, np.int32), np.zeros((len(starts), length), np.int64)
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    order = np.lexsort((graph.indices, graph.data, rows))
    begun = np.full(len(starts), np.iinfo(np.int64).min) if since is None else since.astype(np.int64)
    seed = rng.integers(0, 2**64, dtype=np.uint64)
    edges = (graph.indptr.astype(np.int64), graph.indices[order].astype(np.int32), graph.data[order].astype(np.int64))
    kernels.walk_forward(*edges, starts, begun, seed, walks, reached)
    return walks, reached
