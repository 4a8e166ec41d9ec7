"""Training of LightGCN, over follows too, and with a contrastive loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from embeddings.gnn.graph import SymmetricGraph, joined_graph, of_matrix
from embeddings.gnn.negatives import Negatives
from embeddings.gnn.propagation import Layers, Propagation, Seen, mean_of_layers
from embeddings.spectral.blocks import normalised
from embeddings.spectral.factors import leading_factors
from embeddings.training import Progress, Rows, TrainingData

if TYPE_CHECKING:
    from embeddings.gnn.lightgcn import GraphConvolution

Floats = NDArray[np.float32]

SPREAD = 0.3
"""Standard deviation of the vectors at the start."""

WARM_EXPONENT = 0.3
"""Power of both degrees that interactions are divided by for a warm start."""

CONTRASTED = 2048
"""People, and items, of a step that are told from one another, at most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's interactions.

    Attributes:
        nodes: ``(k,)`` distinct rows of people and items.
        users: ``(b,)`` places in ``nodes``.
        chosen: ``(b,)`` places in ``nodes``.
        others: ``(b, c)`` places in ``nodes``.
        weights: ``(b,)`` how much each counts, or None.
    """

    nodes: Rows
    users: torch.Tensor
    chosen: torch.Tensor
    others: torch.Tensor
    weights: torch.Tensor | None


class Training:
    """A training under way: everything that one epoch leaves for the next."""

    def __init__(self, settings: GraphConvolution, data: TrainingData, rng: np.random.Generator) -> None:
        self.settings, self.data, self.rng = settings, data, rng
        self.contrast = float(getattr(settings, "contrast", 0.0))
        noise = float(getattr(settings, "noise", 0.0))
        self.layers = Layers(settings.layers, start=not self.contrast, noise=noise)
        self.graph = joined_graph(data, float(getattr(settings, "social", 0.0)))
        self.negatives = Negatives(data, settings.negatives == "popularity")
        self.draws = settings.candidates if settings.negatives == "hard" else 1
        self.weights = _propensities(data, settings.debias) if settings.debias else None
        self.table = torch.from_numpy(_start(settings, data, rng))
        self.propagation = Propagation(self.layers, len(self.table), settings.dim)
        steps = settings.epochs * -(-len(data.users) // settings.batch_size)
        self.optimiser = torch.optim.Adam([self.table], lr=settings.learning_rate, fused=True)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, steps)

    def epoch(self) -> float:
        """One pass over the interactions; the mean loss."""
        graph = thinned(self.graph, self.settings.dropout, self.rng) if self.settings.dropout else self.graph
        return float(np.mean([self._step(graph, batch) for batch in self._batches()]))

    def vectors(self) -> tuple[Floats, Floats]:
        """Of people and of items."""
        table = self.table.numpy()
        mean = mean_of_layers(self.graph, table, self.layers)
        return mean[: self.data.user_count].copy(), mean[self.data.user_count :].copy()

    def _batches(self) -> Iterator[Batch]:
        data, size = self.data, self.settings.batch_size
        order = self.rng.permutation(len(data.users))
        for start in range(0, len(order), size):
            picked = order[start : start + size]
            users = data.users[picked]
            others = self.negatives.draw(users, self.draws, self.rng)
            rows = (users, data.items[picked] + data.user_count, others.ravel() + data.user_count)
            nodes, places = np.unique(np.concatenate(rows), return_inverse=True)
            parts = [torch.from_numpy(each) for each in np.split(places, (len(users), 2 * len(users)))]
            weights = None if self.weights is None else torch.from_numpy(self.weights[picked])
            yield Batch(nodes.astype(np.int32), parts[0], parts[1], parts[2].reshape(others.shape), weights)

    def _step(self, graph: SymmetricGraph, batch: Batch) -> float:
        """One step down; torch sees the vectors of the batch only, the way to the table and back is ours."""
        seen = self.propagation.forward(graph, self.table.numpy(), batch.nodes, self.rng)
        mean, first, start = (torch.from_numpy(each).requires_grad_() for each in (seen.mean, seen.first, seen.start))
        loss = self._loss(mean, first, start, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        slopes = (torch.zeros_like(each) if each.grad is None else each.grad for each in (mean, first, start))
        gradients = Seen(*(each.numpy() for each in slopes))
        self.table.grad = torch.from_numpy(self.propagation.backward(graph, batch.nodes, gradients))
        self.optimiser.step()
        self.schedule.step()
        return float(loss.detach())

    def _loss(self, mean: torch.Tensor, first: torch.Tensor, start: torch.Tensor, batch: Batch) -> torch.Tensor:
        """BPR, the squared length of the vectors that a step starts from, and the contrast where there is one."""
        users, chosen = mean.index_select(0, batch.users), mean.index_select(0, batch.chosen)
        places = batch.others[:, 0]
        if self.draws > 1:
            places = _hardest(mean.detach(), users.detach(), batch.others)
        margin = (users * (chosen - mean.index_select(0, places))).sum(dim=-1)
        each = -torch.nn.functional.logsigmoid(margin)
        loss: torch.Tensor = (each if batch.weights is None else each * batch.weights).mean()
        if self.settings.reg:
            times = torch.bincount(torch.cat((batch.users, batch.chosen, places)), minlength=len(start))
            loss = loss + self.settings.reg * 0.5 * (start.square().sum(dim=1) * times).sum() / len(users)
        if self.contrast:
            loss = loss + self.contrast * self._recognised(mean, first, batch)
        return loss

    def _recognised(self, mean: torch.Tensor, first: torch.Tensor, batch: Batch) -> torch.Tensor:
        """How badly a node's mean over layers is told from others' by its first layer; people and items apart."""
        temperature = float(getattr(self.settings, "temperature", 1.0))
        total = torch.zeros(())
        for places in (batch.users, batch.chosen):
            some = torch.unique(places[:CONTRASTED])
            left = torch.nn.functional.normalize(mean.index_select(0, some), dim=1)
            right = torch.nn.functional.normalize(first.index_select(0, some), dim=1)
            total = total + torch.nn.functional.cross_entropy(left @ right.T / temperature, torch.arange(len(some)))
        return total


def trained_vectors(
    settings: GraphConvolution, data: TrainingData, rng: np.random.Generator, progress: Progress
) -> tuple[Floats, Floats]:
    """Vectors of users and items after training; see `GraphConvolution.fit`."""
    training = Training(settings, data, rng)
    for epoch in range(settings.epochs):
        loss = training.epoch()
        progress((epoch + 1) / settings.epochs, f"epoch {epoch + 1}, loss {loss:.4f}")
    return training.vectors()


def thinned(graph: SymmetricGraph, dropout: float, rng: np.random.Generator) -> SymmetricGraph:
    """The graph without some of its arcs, both directions of an arc together; the others weigh more instead."""
    count = len(graph.indptr) - 1
    rows = np.repeat(np.arange(count, dtype=np.int32), np.diff(graph.indptr))
    upper = rows < graph.indices
    upper[upper] = rng.random(int(upper.sum())) >= dropout
    data = graph.data[upper] / np.float32(1.0 - dropout)
    half = sp.csr_array((data, (rows[upper], graph.indices[upper])), shape=(count, count))
    return of_matrix(sp.csr_array(half + half.T))


def _hardest(mean: torch.Tensor, users: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Of the drawn items of each person the one that scores highest now."""
    vectors = mean.index_select(0, others.ravel()).reshape(*others.shape, -1)
    best = torch.einsum("bd,bcd->bc", users, vectors).argmax(dim=1, keepdim=True)
    return others.gather(1, best)[:, 0]


def _propensities(data: TrainingData, debias: float) -> Floats:
    """How much each interaction counts: its item's popularity to the power of ``-debias``, 1 on average."""
    popularity = np.bincount(data.items, minlength=data.item_count)[data.items]
    weights = popularity.astype(np.float64) ** -debias
    shares: Floats = (weights / weights.mean()).astype(np.float32)
    return shares


def _start(settings: GraphConvolution, data: TrainingData, rng: np.random.Generator) -> Floats:
    """Random vectors of users and items, or singular vectors of the normalised interactions of the same size."""
    noise = rng.standard_normal((data.user_count + data.item_count, settings.dim), np.float32) * np.float32(SPREAD)
    if not settings.warm_start:
        return noise
    exponent = WARM_EXPONENT
    factors = leading_factors(normalised(data.matrix(), exponent, exponent), settings.dim, rounds=6, rng=rng)
    known = np.sqrt(factors.values) * np.concatenate((factors.left, factors.right))
    start = noise * np.float32(0.1)
    start[:, : known.shape[1]] += known * np.float32(SPREAD / known.std())
    return start
