"""What a step of LightGCN costs beside the plain one, how fast neighbours are drawn, and a new person's vector made."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.harness import Measure, alone
from embeddings.training import TrainingData

PLAIN_BATCH = 2048
"""As in the code of LightGCN's authors."""
STEPS = 5


def gnn(_: Path) -> list[Measure]:
    plain, same, ours = alone(_steps)
    rate, latency = alone(_sage)
    return [
        Measure("plain epoch: torch.sparse, steps of 2,048", plain, "s"),
        Measure("epoch with steps of 2,048", same, "s"),
        Measure("epoch as by default, steps of 8,192", ours, "s"),
        Measure("default epoch against the plain one", plain / ours, "x", 4.0, at_least=True),
        Measure("same steps against the plain ones", plain / same, "x"),
        Measure("neighbours drawn", rate / 1e6, "M/s", 5.0, at_least=True),
        Measure("a new person's vector", latency * 1e3, "ms", 10.0),
    ]


def _gowalla() -> TrainingData:
    from graph.datasets import dataset
    from recommend.evaluation import problem_of_dataset

    return problem_of_dataset(dataset("gowalla")).data


def _steps() -> tuple[float, float, float]:
    """Seconds of an epoch on Gowalla by the median of a few steps: plain, ours in the same steps, ours by default.

    The three take turns, so that what else the machine does falls on all of them.
    """
    from embeddings.gnn.lightgcn import LightGcn
    from embeddings.gnn.lightgcn_torch import Training

    data = _gowalla()
    rng = np.random.default_rng(0)
    kinds = [LightGcn(warm_start=False, batch_size=PLAIN_BATCH), LightGcn(warm_start=False)]
    trainings = [Training(each, data, rng) for each in kinds]
    batches = [each._batches() for each in trainings]
    calls = [_plain_step(data, rng)]
    calls += [
        lambda training=training, some=some: training._step(training.graph, next(some))
        for training, some in zip(trainings, batches, strict=True)
    ]
    times = np.array([[_seconds(call) for call in calls] for _ in range(STEPS + 1)])[1:]
    counts = [-(-len(data.users) // size) for size in (PLAIN_BATCH, PLAIN_BATCH, kinds[1].batch_size)]
    plain, same, ours = np.median(times, axis=0) * counts
    return float(plain), float(same), float(ours)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _plain_step(data: TrainingData, rng: np.random.Generator) -> Callable[[], None]:
    """A step as the paper's formulas read: the whole graph through each layer, forward and back.

    The product's gradient is told that the matrix is symmetric; left to itself, torch would transpose it in each step.
    """
    import warnings

    import torch

    from embeddings.gnn.graph import joined_graph

    graph = joined_graph(data)
    count = data.user_count + data.item_count
    parts = (torch.from_numpy(each) for each in (graph.indptr.astype(np.int32), graph.indices, graph.data))
    with warnings.catch_warnings():  # torch warns that its CSR tensors are in beta
        warnings.simplefilter("ignore")
        adjacency = torch.sparse_csr_tensor(*parts, size=(count, count), check_invariants=False)

    class Spread(torch.autograd.Function):
        @staticmethod
        def forward(_: object, block: torch.Tensor) -> torch.Tensor:
            return torch.sparse.mm(adjacency, block)

        @staticmethod
        def backward(_: object, gradient: torch.Tensor) -> torch.Tensor:
            return torch.sparse.mm(adjacency, gradient.contiguous())

    table = torch.nn.Parameter(torch.from_numpy(rng.standard_normal((count, 64)).astype(np.float32) * 0.1))
    optimiser = torch.optim.Adam([table], lr=0.001)

    def step() -> None:
        picked = rng.integers(0, len(data.users), PLAIN_BATCH)
        others = rng.integers(0, data.item_count, PLAIN_BATCH)
        rows = (data.users[picked], data.items[picked] + data.user_count, others + data.user_count)
        users, chosen, drawn = (torch.from_numpy(each.astype(np.int64)) for each in rows)
        optimiser.zero_grad()
        layers = [table]
        for _ in range(3):
            layers.append(Spread.apply(layers[-1]))
        mean = torch.stack(layers).mean(dim=0)
        margin = (mean.index_select(0, users) * (mean.index_select(0, chosen) - mean.index_select(0, drawn))).sum(dim=1)
        length = sum(table.index_select(0, each).square().sum() for each in (users, chosen, drawn))
        loss = torch.nn.functional.softplus(-margin).mean() + 1e-4 * 0.5 * length / PLAIN_BATCH
        loss.backward()
        optimiser.step()

    return step


def _sage() -> tuple[float, float]:
    """Edges drawn a second on Gowalla with one thread, and seconds of a new person's vector with 20 items."""
    from embeddings.gnn.hetero import NeighbourSampler, hetero_graph
    from embeddings.gnn.sage import fitted_sage

    graph, rng = hetero_graph(_gowalla()), np.random.default_rng(0)
    sampler = NeighbourSampler(graph, 10)
    rates = []
    for _ in range(STEPS + 1):
        nodes = rng.integers(0, graph.node_count, 50_000).astype(np.int32)
        start = time.perf_counter()
        hop = sampler.sample(nodes, rng)
        rates.append(sum(each.shape[1] for each in hop.edges) / (time.perf_counter() - start))
    weights = (rng.standard_normal((2, count, 64, 64)).astype(np.float32) for count in (3, len(graph.relations)))
    start_vectors = rng.standard_normal((graph.node_count, 64)).astype(np.float32)
    network = fitted_sage(graph, start_vectors, *weights).network
    edges = {"chose": rng.integers(0, graph.counts["Product"], 20)}
    waits = [_seconds(lambda: network.vector_of("User", edges)) for _ in range(200)]
    return float(np.median(rates[1:])), float(np.quantile(waits, 0.99))
