"""GraphSAGE over all kinds of nodes and edges: settings, and what it learnt, which needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.gnn.hetero import HeteroGraph, hetero_graph
from embeddings.settings import check_learnable, check_range
from embeddings.spectral.kernels import multiply
from embeddings.training import Progress, Rows, TrainingData, silent
from graph.errors import InvalidValue

Floats = NDArray[np.float32]

SLOPE = np.float32(0.2)
"""Of negative values between the layers."""


@dataclass(frozen=True, slots=True)
class SageNetwork:
    """Weights, and the vectors of all known nodes before each layer: enough for a node that nobody trained on.

    Attributes:
        relations: names, kind of the node and kind of the neighbour, in order.
        kinds: of nodes, in order.
        own: ``(2, kinds, dim, dim)`` float32: what a layer makes of a node's own vector.
        others: ``(2, relations, dim, dim)`` float32: what it makes of the mean of its neighbours.
        levels: ``(2, n, dim)`` float32: vectors before the first and before the second layer.
        first: row of the first node of each kind.
    """

    relations: tuple[tuple[str, str, str], ...]
    kinds: tuple[str, ...]
    own: Floats
    others: Floats
    levels: Floats
    first: tuple[int, ...]

    def vector_of(self, kind: str, neighbours: Mapping[str, Rows]) -> Floats:
        """The vector of a new node, in time that grows with its edges only; nothing is trained.

        Args:
            kind: ``"User"`` or ``"Product"``.
            neighbours: by relation, rows of the neighbour's kind: ``{"chose": items, "follows": users}`` for a person,
                ``{"chosen_by": users, "has_0": attributes}`` for an item.

        Returns:
            ``(dim,)`` float32 of length 1, to be compared with `FittedSage.tables`; zeros without neighbours.

        Raises:
            InvalidValue: a relation is not known or not that kind's, or a row has no vector.
        """
        known = {name: (place, target) for place, (name, of, target) in enumerate(self.relations) if of == kind}
        means: list[tuple[int, Rows]] = []
        for name, rows in neighbours.items():
            if name not in known:
                raise InvalidValue("neighbours", f"{name!r} is none of {', '.join(known)}")
            if len(rows):
                place, target = known[name]
                means.append((place, self._rows(target, rows)))
        vector = np.zeros(self.own.shape[-1], np.float32)
        for layer in range(2):
            total = vector @ self.own[layer, self.kinds.index(kind)]
            for place, rows in means:
                total += self.levels[layer][rows].mean(axis=0) @ self.others[layer, place]
            vector = bent(total) if layer == 0 else total
        return vector / max(np.float32(np.linalg.norm(vector)), np.float32(1e-12))

    def _rows(self, kind: str, rows: Rows) -> Rows:
        place = self.kinds.index(kind)
        begin = self.first[place]
        end = self.first[place + 1] if place + 1 < len(self.first) else self.levels.shape[1]
        found = np.asarray(rows, np.int64) + begin
        if found.min() < begin or found.max() >= end:
            raise InvalidValue("neighbours", f"a row of {kind} lies outside 0 to {end - begin - 1}")
        return found.astype(np.int32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For `embeddings.artefact.save_model`."""
        return {"sage_own": self.own, "sage_others": self.others, "sage_levels": self.levels}

    def details(self) -> dict[str, Any]:
        """For `embeddings.artefact.save_model`."""
        return {
            "relations": [list(each) for each in self.relations],
            "kinds": list(self.kinds),
            "first": list(self.first),
        }


def stored_network(arrays: Mapping[str, NDArray[Any]], details: Mapping[str, Any]) -> SageNetwork:
    """Out of a trained model's arrays and details, which may be mapped files."""
    relations = tuple((name, kind, target) for name, kind, target in details["relations"])
    parts = (arrays["sage_own"], arrays["sage_others"], arrays["sage_levels"])
    return SageNetwork(relations, tuple(details["kinds"]), *parts, first=tuple(details["first"]))


def bent(values: Floats) -> Floats:
    """Leaky ReLU."""
    return np.where(values > 0, values, SLOPE * values)


def passed(graph: HeteroGraph, own: Floats, others: Floats, block: Floats) -> Floats:
    """One layer over all nodes and all their neighbours: ``(n, dim)``."""
    product = np.empty_like(block)
    for place, (kind, begin) in enumerate(graph.first.items()):
        span = slice(begin, begin + graph.counts[kind])
        product[span] = block[span] @ own[place]
    for place, relation in enumerate(graph.relations):
        degrees = np.diff(relation.indptr)
        shares = np.repeat(1.0 / np.maximum(degrees, 1), degrees).astype(np.float32)
        mean = np.empty((len(degrees), block.shape[1]), np.float32)
        multiply(relation.indptr, relation.indices, shares, block, mean)
        product[relation.first : relation.first + len(degrees)] += mean @ others[place]
    return product


@dataclass(frozen=True, slots=True)
class FittedSage:
    """What GraphSAGE learnt.

    Attributes:
        users: ``(users, dim)`` float32 of length 1, or zeros for nodes without any edge.
        items: ``(items, dim)``, likewise.
        network: for nodes that come later.
    """

    users: Floats
    items: Floats
    network: SageNetwork

    def score(self, users: Rows) -> Floats:
        """Cosines: ``(len(users), items)``."""
        return self.users[users] @ self.items.T

    def tables(self) -> Mapping[str, Floats]:
        """Both tables."""
        return {"User": self.users, "Product": self.items}


@dataclass(frozen=True)
class Sage:
    """Vectors out of a node's own and means of its neighbours', by kind of node and of edge, learnt on samples.

    Attributes:
        dim: length of a vector.
        epochs: passes over the interactions.
        batch_size: interactions in one step, each of which must find its item among the others'.
        learning_rate: of Adam, at the start; it falls to zero along half a cosine.
        fan_out: most neighbours by one relation that a step looks at, for each node of either hop.
        temperature: of the softmax over a step's items.
        blank: part of the asked nodes whose own vector is hidden, half of their relations with it, so that new nodes
            are nothing unheard of.
    """

    name: ClassVar[str] = "sage"
    summary: ClassVar[str] = "GraphSAGE over people, items, attributes and all relations; gives new nodes vectors."
    source: ClassVar[str] = (
        "Hamilton et al., GraphSAGE, NIPS 2017; hidden own vectors: Volkovs et al., DropoutNet, NIPS 2017; "
        "softmax over the step's items less the log of their popularity: Yi et al., RecSys 2019"
    )
    needs_torch: ClassVar[bool] = True

    dim: int = 64
    epochs: int = 20
    batch_size: int = 1024
    learning_rate: float = 0.005
    fan_out: int = 8
    temperature: float = 0.15
    blank: float = 0.3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "epochs", "fan_out"):
            check_range(self, each, 1)
        check_range(self, "batch_size", 2)
        check_range(self, "learning_rate", 1e-9, 10)
        check_range(self, "temperature", 0.01)
        check_range(self, "blank", 0, 1)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedSage:
        """Train; a step costs O(``batch_size · (relations · fan_out)² · dim``) whatever the size of the graph.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        from embeddings.gnn.sage_torch import trained_weights

        graph = hetero_graph(data)
        start, own, others = trained_weights(self, data, graph, rng, progress)
        return fitted_sage(graph, start, own, others)


def fitted_sage(graph: HeteroGraph, start: Floats, own: Floats, others: Floats) -> FittedSage:
    """All vectors out of the weights, from all neighbours rather than from samples."""
    middle = bent(passed(graph, own[0], others[0], start))
    last = passed(graph, own[1], others[1], middle)
    edges = np.zeros(graph.node_count, np.int64)
    for each in graph.relations:
        edges[each.first : each.first + len(each.indptr) - 1] += np.diff(each.indptr)
    last *= ((edges > 0) / np.maximum(np.linalg.norm(last, axis=1), 1e-12)).astype(np.float32)[:, None]
    users, items = graph.counts["User"], graph.counts["Product"]
    names = tuple((each.name, each.kind, each.target) for each in graph.relations)
    levels = np.stack((start, middle))
    network = SageNetwork(names, tuple(graph.first), own, others, levels, tuple(graph.first.values()))
    return FittedSage(last[:users].copy(), last[users : users + items].copy(), network)
