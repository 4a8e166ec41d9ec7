"""Training of LightGCN with PyG."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from embeddings.spectral.blocks import normalised
from embeddings.spectral.factors import leading_factors
from embeddings.training import Progress, Rows, TrainingData

with warnings.catch_warnings():  # importing PyG 2.8 compiles scripts, which torch 2.15 calls out of date
    warnings.simplefilter("ignore")
    from torch_geometric.nn import LGConv, LightGCN

if TYPE_CHECKING:
    from embeddings.gnn.lightgcn import LightGcn

Floats = NDArray[np.float32]

SPREAD = 0.3
"""Standard deviation of the vectors at the start."""

WARM_EXPONENT = 0.3
"""Power of both degrees that interactions are divided by for a warm start."""


class _Spread(torch.autograd.Function):
    """Product with a symmetric sparse matrix, whose gradient is the product with the same matrix.

    ``torch.sparse.mm`` would transpose the matrix anew in each step to the same effect.
    """

    @staticmethod
    def forward(ctx: Any, adjacency: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        ctx.adjacency = adjacency
        product: torch.Tensor = torch.sparse.mm(adjacency, x)
        return product

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[None, torch.Tensor]:
        return None, torch.sparse.mm(ctx.adjacency, gradients[0].contiguous())


class SymmetricLGConv(LGConv):  # type: ignore[misc]
    """PyG's layer over an adjacency in CSR form that is normalised already and symmetric."""

    def __init__(self) -> None:
        super().__init__(normalize=False)

    def forward(self, x: torch.Tensor, edge_index: torch.Tensor, edge_weight: None = None) -> torch.Tensor:  # noqa: ARG002
        """One hop: ``edge_index @ x``."""
        hop: torch.Tensor = _Spread.apply(edge_index, x)
        return hop


def light_gcn(node_count: int, dim: int, layers: int) -> LightGCN:
    """PyG's model with `SymmetricLGConv` in place of its layers."""
    network = LightGCN(node_count, dim, layers)
    network.convs = torch.nn.ModuleList(SymmetricLGConv() for _ in range(layers))
    return network


def symmetric_adjacency(data: TrainingData) -> torch.Tensor:
    """Users and items × users and items in CSR form, each entry divided by the root of both degrees."""
    matrix = normalised(data.matrix(), 0.5, 0.5)
    both = sp.block_array([[None, matrix], [matrix.T, None]], format="csr")
    both.sort_indices()
    with warnings.catch_warnings():  # torch warns that its CSR tensors are in beta
        warnings.simplefilter("ignore")
        return torch.sparse_csr_tensor(
            torch.from_numpy(both.indptr.astype(np.int32)),
            torch.from_numpy(both.indices.astype(np.int32)),
            torch.from_numpy(both.data.astype(np.float32)),
            size=both.shape,
            check_invariants=False,
        )


class Negatives:
    """Draws items that a user has not chosen, uniformly."""

    def __init__(self, data: TrainingData) -> None:
        self.item_count = data.item_count
        self.known = np.sort(data.users.astype(np.int64) * data.item_count + data.items)

    def draw(self, users: Rows, rng: np.random.Generator) -> NDArray[np.int64]:
        """One item for each of ``users``; after ten tries a chosen one is let through."""
        items = rng.integers(0, self.item_count, len(users))
        for _ in range(10):
            keys = users.astype(np.int64) * self.item_count + items
            place = np.minimum(np.searchsorted(self.known, keys), len(self.known) - 1)
            wrong = np.flatnonzero(self.known[place] == keys)
            if not len(wrong):
                break
            items[wrong] = rng.integers(0, self.item_count, len(wrong))
        return items


def trained_vectors(
    settings: LightGcn, data: TrainingData, rng: np.random.Generator, progress: Progress
) -> tuple[Floats, Floats]:
    """Vectors of users and items after training; see `LightGcn.fit`."""
    network = light_gcn(data.user_count + data.item_count, settings.dim, settings.layers)
    with torch.no_grad():
        network.embedding.weight.copy_(torch.from_numpy(_start(settings, data, rng)))
    adjacency = symmetric_adjacency(data)
    steps = settings.epochs * -(-len(data.users) // settings.batch_size)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    negatives = Negatives(data)
    for epoch in range(settings.epochs):
        order = rng.permutation(len(data.users))
        losses = []
        for start in range(0, len(order), settings.batch_size):
            batch = order[start : start + settings.batch_size]
            users = data.users[batch]
            optimiser.zero_grad()
            triples = (users, data.items[batch], negatives.draw(users, rng))
            loss = _loss(network, adjacency, triples, data.user_count, settings.reg)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            losses.append(loss.detach())
        progress((epoch + 1) / settings.epochs, f"epoch {epoch + 1}, loss {torch.stack(losses).mean():.4f}")
    with torch.no_grad():
        vectors: Floats = network.get_embedding(adjacency).numpy()
    return vectors[: data.user_count].copy(), vectors[data.user_count :].copy()


def _start(settings: LightGcn, data: TrainingData, rng: np.random.Generator) -> Floats:
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


def _loss(
    network: LightGCN,
    adjacency: torch.Tensor,
    triples: tuple[Rows, Rows, NDArray[np.int64]],
    user_count: int,
    reg: float,
) -> torch.Tensor:
    """BPR of one step, and the squared length of the vectors that it starts from."""
    users, chosen, others = triples
    rows = torch.from_numpy(np.concatenate((users, chosen + user_count, others + user_count)).astype(np.int64))
    # index_select, not [rows]: its gradient adds up rows many times faster on a CPU
    user, positive, negative = network.get_embedding(adjacency).index_select(0, rows).chunk(3)
    margin = (user * (positive - negative)).sum(dim=-1)
    length = network.embedding.weight.index_select(0, rows).square().sum()
    bpr: torch.Tensor = -torch.nn.functional.logsigmoid(margin).mean()
    total: torch.Tensor = bpr + reg * 0.5 * length / len(users)
    return total
