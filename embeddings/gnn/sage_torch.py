"""Training of GraphSAGE over several kinds of nodes and edges, with PyG's layers on our samples."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.gnn.hetero import HeteroGraph, Hop, NeighbourSampler
from embeddings.spectral.blocks import normalised
from embeddings.spectral.factors import leading_factors
from embeddings.training import Progress, Rows, TrainingData

with warnings.catch_warnings():  # importing PyG 2.8 compiles scripts, which torch 2.15 calls out of date
    warnings.simplefilter("ignore")
    from torch_geometric.nn import SAGEConv

if TYPE_CHECKING:
    from embeddings.gnn.sage import Sage

Floats = NDArray[np.float32]


LOST = 0.5
"""Part of the relations that a node whose own vector is hidden does without, so that each learns to do alone."""


class SageLayer(torch.nn.Module):
    """One `SAGEConv` a relation, and one matrix a kind of node for its own vector."""

    def __init__(self, graph: HeteroGraph, dim: int) -> None:
        super().__init__()
        self.begins = torch.tensor(list(graph.first.values()))
        self.own = [torch.nn.Linear(dim, dim, bias=False) for _ in graph.first]
        self.others = [SAGEConv((dim, dim), dim, aggr="mean", root_weight=False, bias=False) for _ in graph.relations]
        self.parts = torch.nn.ModuleList((*self.own, *self.others))
        for each in self.own:
            torch.nn.init.eye_(each.weight)

    def forward(self, own: torch.Tensor, nodes: torch.Tensor, others: torch.Tensor, hop: Hop) -> torch.Tensor:
        """Vectors of the asked nodes ``(k, dim)`` from their own and their neighbours'."""
        kinds = torch.bucketize(nodes, self.begins, right=True) - 1
        total = torch.zeros_like(own)
        for place, layer in enumerate(self.own):
            of = (kinds == place).nonzero()[:, 0]
            total = total.index_add(0, of, layer(own.index_select(0, of)))
        for layer, edges in zip(self.others, hop.edges, strict=True):
            if edges.shape[1]:
                total = total + layer((others, own), torch.from_numpy(edges), size=(len(others), len(own)))
        return total

    def weights(self) -> tuple[Floats, Floats]:
        """``(kinds, dim, dim)`` and ``(relations, dim, dim)``, to be multiplied from the right."""
        own = [each.weight.detach().numpy().T for each in self.own]
        others = [each.lin_l.weight.detach().numpy().T for each in self.others]
        return np.stack(own).copy(), np.stack(others).copy()


class Training:
    """A training under way."""

    def __init__(self, settings: Sage, data: TrainingData, graph: HeteroGraph, rng: np.random.Generator) -> None:
        self.settings, self.data, self.rng, self.graph = settings, data, rng, graph
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**31)))
            self.layers = [SageLayer(graph, settings.dim) for _ in range(2)]
        self.table = torch.nn.Parameter(torch.from_numpy(_start(settings, data, graph, rng)))
        self.sampler = NeighbourSampler(graph, settings.fan_out)
        popularity = np.bincount(data.items, minlength=data.item_count)
        self.log_popularity = torch.from_numpy(np.log(np.maximum(popularity, 1)).astype(np.float32))
        parts = [self.table, *(each for layer in self.layers for each in layer.parameters())]
        self.optimiser = torch.optim.Adam(parts, lr=settings.learning_rate, fused=True)
        steps = settings.epochs * -(-len(data.users) // settings.batch_size)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, steps)

    def epoch(self) -> float:
        """One pass over the interactions; the mean loss."""
        order, size = self.rng.permutation(len(self.data.users)), self.settings.batch_size
        return float(np.mean([self._step(order[at : at + size]) for at in range(0, len(order), size)]))

    def _step(self, picked: NDArray[np.int64]) -> float:
        self.optimiser.zero_grad()
        users, items = self.data.users[picked], self.data.items[picked]
        rows = items + np.int32(self.data.user_count)
        vectors = self._vectors(np.concatenate((users, rows)), np.concatenate((rows, users)))
        left, right = torch.nn.functional.normalize(vectors, dim=1).chunk(2)
        chosen = torch.from_numpy(items.astype(np.int64))
        logits = left @ right.T / self.settings.temperature - self.log_popularity[chosen]
        same = (chosen[:, None] == chosen[None, :]).fill_diagonal_(False)
        loss = torch.nn.functional.cross_entropy(logits.masked_fill(same, -1e9), torch.arange(len(chosen)))
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.schedule.step()
        return float(loss.detach())

    def _vectors(self, asked: Rows, avoid: Rows) -> torch.Tensor:
        """Of the asked nodes, as if the edge to the one to avoid were not there."""
        near = self.sampler.sample(asked, self.rng, avoid)
        level = np.concatenate((asked, near.nodes))
        far = self.sampler.sample(level, self.rng, avoid)
        hidden = np.zeros(len(level), np.bool_)
        hidden[: len(asked)] = self.rng.random(len(asked)) < self.settings.blank
        lost = hidden[: len(asked)] & (self.rng.random((len(self.graph.relations), len(asked))) < LOST)
        near, far = without(near, lost), without(far, lost)
        nodes = torch.from_numpy(level.astype(np.int64))
        own = self.table.index_select(0, nodes) * torch.from_numpy(~hidden)[:, None]
        others = self.table.index_select(0, torch.from_numpy(far.nodes.astype(np.int64)))
        middle = torch.nn.functional.leaky_relu(self.layers[0](own, nodes, others, far), 0.2)
        first, rest = middle[: len(asked)], middle[len(asked) :]
        vectors: torch.Tensor = self.layers[1](first, nodes[: len(asked)], rest, near)
        return vectors


def without(hop: Hop, lost: NDArray[np.bool_]) -> Hop:
    """The hop less the edges of some relations of the first nodes asked about; ``lost`` is ``(relations, nodes)``."""
    count = lost.shape[1]
    kept = []
    for edges, gone in zip(hop.edges, lost, strict=True):
        owners = edges[1]
        kept.append(edges[:, (owners >= count) | ~gone[np.minimum(owners, count - 1)]])
    return Hop(hop.nodes, tuple(kept))


def trained_weights(
    settings: Sage, data: TrainingData, graph: HeteroGraph, rng: np.random.Generator, progress: Progress
) -> tuple[Floats, Floats, Floats]:
    """Vectors of all nodes before the first layer, and both layers' weights; see `Sage.fit`."""
    training = Training(settings, data, graph, rng)
    for epoch in range(settings.epochs):
        loss = training.epoch()
        progress((epoch + 1) / settings.epochs, f"epoch {epoch + 1}, loss {loss:.4f}")
    own, others = zip(*(each.weights() for each in training.layers), strict=True)
    return training.table.detach().numpy().copy(), np.stack(own), np.stack(others)


def _start(settings: Sage, data: TrainingData, graph: HeteroGraph, rng: np.random.Generator) -> Floats:
    """Singular vectors of the normalised interactions, and a little noise; for attributes noise alone."""
    start = rng.standard_normal((graph.node_count, settings.dim), np.float32) * np.float32(0.03)
    factors = leading_factors(normalised(data.matrix(), 0.3, 0.3), settings.dim, rounds=6, rng=rng)
    known = np.sqrt(factors.values) * np.concatenate((factors.left, factors.right))
    start[: len(known), : known.shape[1]] += known * np.float32(0.3 / known.std())
    return start
