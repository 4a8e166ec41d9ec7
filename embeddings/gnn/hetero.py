"""People, items and what is known of items as one graph of several kinds of nodes and edges; and samples of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.gnn.kernels_sampling import number_nodes, sample_relation
from embeddings.training import Rows, TrainingData

KINDS = ("User", "Product", "Attribute")


@dataclass(frozen=True, slots=True)
class Relation:
    """Edges of one type, from the nodes of one kind to their neighbours of another.

    Attributes:
        name: such as ``"chose"``.
        kind: of the nodes that have neighbours by it.
        target: kind of the neighbours.
        first: row of the first node of that kind in the whole graph.
        indptr: ``(nodes of the kind + 1,)`` int64.
        indices: rows of neighbours in the whole graph, sorted within a node.
    """

    name: str
    kind: str
    target: str
    first: int
    indptr: NDArray[np.int64]
    indices: Rows


@dataclass(frozen=True, slots=True)
class HeteroGraph:
    """Nodes of all kinds in one numbering, one kind behind the other, and relations both ways.

    Attributes:
        first: row of the first node of each kind.
        counts: nodes of each kind.
        relations: in a fixed order.
    """

    first: Mapping[str, int]
    counts: Mapping[str, int]
    relations: tuple[Relation, ...]

    @property
    def node_count(self) -> int:
        """Nodes of all kinds."""
        return sum(self.counts.values())


def hetero_graph(data: TrainingData) -> HeteroGraph:
    """Interactions, follows and attributes, each relation in both directions; memory is linear in edges.

    Relations: ``chose`` and ``chosen_by``, ``follows`` and ``followed_by``, and ``has_K`` and ``had_by_K`` for
    each relation K of attributes.
    """
    counts = dict(zip(KINDS, (data.user_count, data.item_count, data.attribute_count), strict=True))
    first = {"User": 0, "Product": data.user_count, "Attribute": data.user_count + data.item_count}
    parts = [("chose", "chosen_by", "User", "Product", data.users, data.items)]
    if len(data.followers):
        parts.append(("follows", "followed_by", "User", "User", data.followers, data.followees))
    for each in range(data.relation_count):
        of = data.attribute_relations == each
        ends = (data.attribute_items[of], data.attribute_entities[of])
        parts.append((f"has_{each}", f"had_by_{each}", "Product", "Attribute", *ends))
    relations = []
    for name, back, kind, target, sources, targets in parts:
        shape = (counts[kind], counts[target])
        matrix = sp.csr_array((np.ones(len(sources), np.float32), (sources, targets)), shape=shape)
        relations.append(_relation(name, kind, target, first, matrix))
        relations.append(_relation(back, target, kind, first, sp.csr_array(matrix.T.tocsr())))
    return HeteroGraph(first, counts, tuple(relations))


def _relation(name: str, kind: str, target: str, first: Mapping[str, int], matrix: sp.csr_array) -> Relation:
    matrix.sum_duplicates()
    indices = (matrix.indices + first[target]).astype(np.int32)
    return Relation(name, kind, target, first[kind], matrix.indptr.astype(np.int64), indices)


@dataclass(frozen=True, slots=True)
class Hop:
    """Neighbours drawn for some nodes.

    Attributes:
        nodes: ``(k,)`` distinct rows of the graph: all neighbours drawn.
        edges: for each relation ``(2, m)`` int64: places of neighbours in ``nodes``, places of those asked about.
    """

    nodes: Rows
    edges: tuple[NDArray[np.int64], ...]


class NeighbourSampler:
    """Draws neighbours of all relations; a call takes memory for what it may draw, once for all nodes four bytes."""

    def __init__(self, graph: HeteroGraph, fan_out: int) -> None:
        """Prepare for draws of up to ``fan_out`` neighbours by each relation."""
        self.graph, self.fan_out = graph, fan_out
        self._places = np.full(graph.node_count, -1, np.int32)

    def sample(self, nodes: Rows, rng: np.random.Generator, avoid: Rows | None = None) -> Hop:
        """Neighbours of some nodes, without repetition by any one relation.

        Args:
            nodes: ``(k,)``, which may repeat: each place draws for itself.
            rng: of the draws.
            avoid: ``(a,)`` a neighbour that each of the first ``a`` nodes does without.
        """
        spared = np.empty(0, np.int32) if avoid is None else avoid
        drawn = [self._drawn(each, nodes, spared, rng) for each in self.graph.relations]
        known = np.empty(min(self.graph.node_count, sum(len(each) for each, _ in drawn)), np.int32)
        count = 0
        for picked, _ in drawn:
            count = number_nodes(picked, self._places, known, count)
        self._places[known[:count]] = -1
        return Hop(known[:count], tuple(np.stack(each).astype(np.int64) for each in drawn))

    def _drawn(self, relation: Relation, nodes: Rows, avoid: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
        picked = np.empty(len(nodes) * self.fan_out, np.int32)
        owners = np.empty(len(picked), np.int32)
        arrays = (relation.indptr, relation.indices, relation.first)
        seed = rng.integers(0, 2**64, dtype=np.uint64)
        count = sample_relation(arrays, nodes, avoid, self.fan_out, seed, picked, owners)
        return picked[:count].copy(), owners[:count].copy()
